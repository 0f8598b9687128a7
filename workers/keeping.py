"""How does a lease stay alive during a slow call? One thread a process prolongs what is held, every third of its length."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger("isthmus.keeping")


K_contra = TypeVar("K_contra", contravariant=True)


class Prolongs(Protocol[K_contra]):
    """What can prolong leases: the queue those of deliveries, the past those of backfills."""

    def extend(self, leases: Sequence[K_contra], until: datetime, /) -> None:
        """Prolong the leases that are still held."""


class LeaseKeeper(Generic[K_contra]):
    """The Keeping port: `with keeper(leases): ...` prolongs the leases until the block ends.

    A process that dies takes its thread along, so its leases run out and relay sends the deliveries again.
    """

    def __init__(self, queue: Prolongs[K_contra], length: timedelta, clock: Callable[[], datetime]) -> None:
        self._queue = queue
        self._length = length
        self._clock = clock
        self._held: dict[int, Sequence[K_contra]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def __call__(self, leases: Sequence[K_contra]) -> Iterator[None]:
        """Keep the leases alive until the block ends."""
        key = id(leases)
        with self._lock:
            self._held[key] = leases
            self._start()
        try:
            yield
        finally:
            with self._lock:
                del self._held[key]

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._prolong_for_ever, name="lease-keeper", daemon=True)
            self._thread.start()

    def _prolong_for_ever(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._length.total_seconds() / 3):
            self.prolong()

    def prolong(self) -> None:
        """Prolong everything that is held, once."""
        with self._lock:
            held = [lease for leases in self._held.values() for lease in leases]
        if not held:
            return
        try:
            self._queue.extend(held, self._clock() + self._length)
        except SQLAlchemyError as error:
            log.warning("leases.not_prolonged", why=type(error).__name__)
