"""Which requests shall go wrong, and how? Faults that a person or a test has armed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "status": "answer with `status` before doing anything",
    "busy": "the channel's own refusal for too many requests at once",
    "drop_before": "cut the connection before doing anything",
    "drop": "do it, then cut the connection",
    "commit_then_500": "do it, then answer 500",
    "slow": "do it, after `seconds`",
    "garbage": "do it, then answer with broken XML or JSON",
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
    seen: int = 0
    fired: int = 0

    def strikes(self, request: str) -> bool:
        """Tell whether the fault fires on this request, and count it."""
        if not re.search(self.match, request):
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


@dataclass
class Faults:
    """All armed faults; the first that strikes is the one."""

    armed: list[Fault] = field(default_factory=list)

    def arm(self, wish: dict[str, Any]) -> Fault:
        """Arm a fault from its description; raise FaultRefused when it makes no sense."""
        unknown = sorted(set(wish) - set(FIELDS))
        if unknown:
            raise FaultRefused(f"unknown {', '.join(unknown)}; known: {', '.join(FIELDS)}")
        fault = Fault(**{name: value for name, value in wish.items() if value is not None or name == "times"})
        if fault.kind not in KINDS:
            raise FaultRefused(f"'{fault.kind}' is no kind of fault; known: {', '.join(KINDS)}")
        try:
            re.compile(fault.match)
        except re.error as error:
            raise FaultRefused(f"match '{fault.match}' is no regular expression: {error}") from error
        if {"rate", "nth"} & wish.keys() and "times" not in wish:
            fault.times = None
        self.armed.append(fault)
        return fault

    def striking(self, request: str) -> Fault | None:
        """Return the fault that strikes a request, described as `METHOD path?query operation`."""
        return self._first(request, (fault for fault in self.armed if fault.kind not in EVENTS))

    def striking_event(self, event: str) -> Fault | None:
        """Return the fault that strikes the delivery of an event, described as `EVENT channel change record-id`."""
        return self._first(event, (fault for fault in self.armed if fault.kind in EVENTS))

    def _first(self, what: str, faults: Iterable[Fault]) -> Fault | None:
        return next((fault for fault in faults if fault.strikes(what)), None)

    def as_json(self) -> list[dict[str, Any]]:
        """Return what is armed and how often each fired."""
        return [{name: getattr(fault, name) for name in (*FIELDS, "seen", "fired")} for fault in self.armed]
