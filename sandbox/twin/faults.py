"""Which requests shall go wrong, and how? Faults that a person or a test has armed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

KINDS = {
    "status": "answer with `status` before doing anything",
    "busy": "the channel's own refusal for too many requests at once",
    "drop_before": "cut the connection before doing anything",
    "timeout": "hold the request for `seconds` without doing anything, then cut the connection",
    "drop": "do it, then cut the connection",
    "commit_then_500": "do it, then answer 500",
    "slow": "do it, after `seconds`",
    "garbage": "do it, then answer with broken XML, JSON or CSV",
    "maintenance": "the maintenance page",
    "expire": "the caller's token has expired",
    "partial": "a torn list: done, status unknown, not processed",
    "after_submit_failed": "saved, but a script failed afterwards",
    "lock": "the record is locked by someone else",
    "daily_limit": "the daily limit of calls is reached",
    "changed": "somebody edited the record meanwhile",
    "closed_period": "the record's accounting period is closed",
    "duplicate": "an event is delivered twice",
    "reorder": "an event is delivered after the one behind it",
    "gap": "an event without data: read the record",
}
EVENTS = frozenset({"duplicate", "reorder", "gap"})  # kinds that strike deliveries of events, never requests
FIELDS = ("match", "kind", "status", "times", "rate", "nth", "retry_after", "seconds")
_WHOLE = {"status": (200, 599), "times": (1, 10**9), "nth": (1, 10**9), "retry_after": (0, 10**6)}
_REAL = {"rate": (0.0, 1.0), "seconds": (0.0, 3600.0)}


class FaultRefused(ValueError):
    """A fault cannot be armed as it was described; the message says why."""


@dataclass
class Fault:
    """One armed fault: fires on requests that `match`, `times` times (None: for ever), at a `rate`, or at the `nth` only."""

    match: str = ".*"
    kind: str = "status"
    status: int = 429
    times: int | None = 1
    rate: float | None = None
    nth: int | None = None
    retry_after: int | None = None
    seconds: float = 5.0
    id: int = 0
    seen: int = 0
    fired: int = 0

    def strikes(self, *spellings: str) -> bool:
        """Tell whether the fault fires on a request, which may be spelt in several ways, and count it."""
        if not any(re.search(self.match, one) for one in spellings):
            return False
        self.seen += 1
        hit = self._hits()
        self.fired += hit
        return hit

    def _hits(self) -> bool:
        if self.times is not None and self.fired >= self.times:
            return False
        if self.nth is not None:
            return self.seen == self.nth
        return self.rate is None or random.random() < self.rate  # noqa: S311 — a draw, not a secret

    def as_json(self) -> dict[str, Any]:
        """Return the fault as it was armed, with how many requests it saw and how often it fired."""
        return {name: getattr(self, name) for name in ("id", *FIELDS, "seen", "fired")}


@dataclass
class Faults:
    """All armed faults; the first that strikes is the one."""

    armed: list[Fault] = field(default_factory=list)
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def arm(self, wish: Any) -> Fault:
        """Arm a fault from its description; raise FaultRefused when it makes no sense."""
        fault = Fault(**_checked(wish), id=next(iter(self._numbers)))
        if {"rate", "nth"} & {name for name, value in wish.items() if value is not None} and "times" not in wish:
            fault.times = None
        self.armed.append(fault)
        return fault

    def disarm(self, number: int | None = None) -> bool:
        """Take one fault away, or all; tells whether there was any."""
        kept = [fault for fault in self.armed if number is not None and fault.id != number]
        found = len(kept) < len(self.armed)
        self.armed[:] = kept
        return found

    def striking(self, *spellings: str, can: Callable[[str], bool] = lambda _kind: True) -> Fault | None:
        """Return the fault that strikes a request, described as `METHOD path operation`, of the kinds that it `can` show."""
        if not self.armed:
            return None
        return self._first(spellings, (one for one in self.armed if one.kind not in EVENTS and can(one.kind)))

    def striking_event(self, event: str) -> Fault | None:
        """Return the fault that strikes the delivery of an event, described as `EVENT channel change record-id`."""
        return self._first((event,), (fault for fault in self.armed if fault.kind in EVENTS))

    def _first(self, spellings: Iterable[str], faults: Iterable[Fault]) -> Fault | None:
        return next((fault for fault in faults if fault.strikes(*spellings)), None)

    def as_json(self) -> list[dict[str, Any]]:
        """Return what is armed and how often each fired."""
        return [fault.as_json() for fault in self.armed]


def _checked(wish: Any) -> dict[str, Any]:
    """Return the fields of a wish that are said, each of its own kind and range; null says nothing, but `times` for ever."""
    if not isinstance(wish, dict):
        raise FaultRefused(f"expected an object with some of {', '.join(FIELDS)}")
    unknown = sorted(str(name) for name in set(wish) - set(FIELDS))
    if unknown:
        raise FaultRefused(f"unknown {', '.join(unknown)}; known: {', '.join(FIELDS)}")
    said = {name: value for name, value in wish.items() if value is not None or name == "times"}
    if said.get("kind", "status") not in KINDS:
        raise FaultRefused(f"'{said['kind']}' is no kind of fault; known: {', '.join(KINDS)}")
    _check_numbers(said)
    try:
        re.compile(said.get("match", ""))
    except (re.error, TypeError) as error:
        raise FaultRefused(f"match '{said['match']}' is no regular expression: {error}") from error
    return said


def _check_numbers(said: dict[str, Any]) -> None:
    for name, (least, most) in (_WHOLE | _REAL).items():
        value = said.get(name)
        if value is None:
            continue
        right = int if name in _WHOLE else (int, float)
        if isinstance(value, bool) or not isinstance(value, right) or not least <= value <= most:
            raise FaultRefused(f"{name} is a {'whole ' * (name in _WHOLE)}number from {least} to {most}, not {value!r}")
