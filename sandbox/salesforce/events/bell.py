"""How do waiting subscribers hear of new events? A bell that rings after each commit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """Wakes all who listen; a listener that is busy finds its bell rung when it comes back."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Listen for the length of a stream."""
        heard = asyncio.Event()
        self._listeners.add(heard)
        try:
            yield heard
        finally:
            self._listeners.discard(heard)

    def ring(self) -> None:
        """Wake all listeners."""
        for heard in self._listeners:
            heard.set()


async def heard_within(heard: asyncio.Event, seconds: float) -> bool:
    """Wait for a ring, and be ready for the next; tells whether there was one in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await heard.wait()
    rung = heard.is_set()
    heard.clear()
    return rung
