"""How does one subscription run? Requests as answers are dealt with, answers as they come, and an end that is heard at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import grpc

from connectors.salesforce.errors import Expired
from connectors.salesforce.event_errors import error_of
from connectors.salesforce.eventbus import CUSTOM, LATEST, EventBus, message
from flows.errors import IsthmusError, Lapsed, Transient, Unreachable


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream came to its end; `fault` says why, None where we ended it ourselves."""

    fault: IsthmusError | None = None


def beginning(channel: str, position: str, events: int) -> Any:
    """Return the request that opens a subscription behind a position, or at the newest event where there is none."""
    try:
        replay_id = bytes.fromhex(position)
    except ValueError:
        raise Lapsed("REPLAY_ID", f"The stored position {position[:40]!r} is none.") from None
    preset = CUSTOM if replay_id else LATEST
    return message("FetchRequest")(topic_name=channel, replay_preset=preset, replay_id=replay_id, num_requested=events)


class Stream:
    """One Subscribe call. A thread of its own reads it, so that silence and a wish to stop are noticed at once."""

    def __init__(self, bus: EventBus, first: Any, silence: float) -> None:
        self._bus = bus
        self._first = first
        self._silence = silence
        self._asking: SimpleQueue[Any] = SimpleQueue()
        self._heard: SimpleQueue[Any] = SimpleQueue()
        self._call: Any = None
        self._told = False  # a session that has served us was a good one

    def answers(self) -> Iterator[Any]:
        """Yield the answers; the next events are asked for when the consumer comes back for more.

        A token that is refused at the door is renewed once. Raises what the stream ended with.
        """
        heard = self._opened()
        while not isinstance(heard, Ended):
            self._told = True
            yield heard
            missing = self._first.num_requested - heard.pending_num_requested
            if missing > 0:
                self._asking.put(message("FetchRequest")(num_requested=missing))
            heard = self._next()
        if isinstance(heard.fault, Expired) and self._told:
            self._bus.forget()
            raise Transient("PUBSUB_SESSION", "The session ended while we listened; the next stream signs in anew.")
        if heard.fault:
            raise heard.fault

    def stop(self) -> None:
        """End the iteration; a signal's handler may call this, for putting is reentrant."""
        self._heard.put(Ended())

    def close(self) -> None:
        """Give the call up."""
        self._asking.put(None)
        if self._call:
            self._call.cancel()

    def _opened(self) -> Any:
        """Return the first answer; that is when a refusal of the token shows."""
        self._start()
        heard = self._next()
        if isinstance(heard, Ended) and isinstance(heard.fault, Expired):
            self._bus.forget()
            self._start()
            heard = self._next()
        return heard

    def _start(self) -> None:
        self._asking.put(None)  # ends what grpc reads of an earlier call
        self._asking = SimpleQueue()
        self._asking.put(self._first)
        self._call = self._bus.subscribe(iter(self._asking.get, None))
        threading.Thread(target=self._read, args=(self._call,), name="event-stream", daemon=True).start()

    def _read(self, call: Any) -> None:
        try:
            for answer in call:
                self._heard.put(answer)
            self._heard.put(Ended(Unreachable("PUBSUB_BROKEN", "The event stream ended.")))
        except grpc.RpcError as fault:
            self._heard.put(Ended(error_of(fault)))

    def _next(self) -> Any:
        try:
            return self._heard.get(timeout=self._silence)
        except Empty:
            words = f"Nothing was heard on the event stream for {self._silence:.0f} s, not even that it is alive."
            return Ended(Unreachable("PUBSUB_SILENT", words))
