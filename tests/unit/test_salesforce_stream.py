"""Does a subscription end as its end deserves, and go on from where it was?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
import pytest

from connectors.salesforce.errors import Expired
from connectors.salesforce.eventbus import EventBus, message
from connectors.salesforce.events import position_of
from connectors.salesforce.stream import Stream, beginning
from flows.errors import Transient, Unreachable

EMPTY = message("FetchResponse")(latest_replay_id=b"12345678", pending_num_requested=5)


class Refused(grpc.RpcError):
    """A call that ended with a status."""

    def __init__(self, status: grpc.StatusCode) -> None:
        self._status = status

    def code(self) -> grpc.StatusCode:
        return self._status

    def details(self) -> str:
        return "No longer."

    def trailing_metadata(self) -> Any:
        return ()


@dataclass
class Bus:
    """A bus whose streams tell what a test put in, one list a stream; an error ends it."""

    streams: list[list[Any]]
    forgotten: int = 0
    asked: list[Any] = field(default_factory=list)

    def subscribe(self, requests: Iterator[Any]) -> Any:
        self.asked.append(next(requests))
        return Call(self.streams.pop(0))

    def forget(self) -> None:
        self.forgotten += 1


@dataclass
class Call:
    """One opened stream."""

    told: list[Any]

    def __iter__(self) -> Iterator[Any]:
        for one in self.told:
            if isinstance(one, Exception):
                raise one
            yield one

    def cancel(self) -> None:
        """Nothing here goes on."""


def stream(*streams: list[Any]) -> tuple[Bus, Stream]:
    bus = Bus(list(streams))
    return bus, Stream(cast("EventBus", bus), beginning("/data/ChangeEvents", "", 5), 5)


def test_a_session_that_ends_while_we_listen_is_no_wrong_credential() -> None:
    bus, followed = stream([EMPTY, Refused(grpc.StatusCode.UNAUTHENTICATED)])
    answers = followed.answers()
    assert next(answers) == EMPTY
    with pytest.raises(Transient):
        next(answers)
    assert bus.forgotten == 1


def test_a_session_that_is_refused_at_the_door_is_renewed_once() -> None:
    bus, followed = stream([Refused(grpc.StatusCode.UNAUTHENTICATED)], [EMPTY])
    assert next(followed.answers()) == EMPTY
    assert bus.forgotten == 1


def test_a_session_that_is_refused_twice_is_wrong() -> None:
    refused = Refused(grpc.StatusCode.UNAUTHENTICATED)
    _, followed = stream([refused], [refused])
    with pytest.raises(Expired):
        next(followed.answers())


def test_a_stream_that_just_ends_is_opened_again() -> None:
    _, followed = stream([])
    with pytest.raises(Unreachable):
        next(followed.answers())


@pytest.mark.parametrize(
    ("answer", "position"),
    [
        (EMPTY, b"12345678".hex()),
        (message("FetchResponse")(events=[{"replay_id": b"1"}, {"replay_id": b"2"}]), b"2".hex()),
        (message("FetchResponse")(), ""),
    ],
)
def test_the_position_is_the_answer_s_or_that_of_its_last_event(answer: Any, position: str) -> None:
    assert position_of(answer) == position
