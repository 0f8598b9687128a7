"""Which verdict does an error get? One pure function decides, for every flow and both systems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.errors import IsthmusError, Misconfigured, NotReady, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.model import Lease, Reason, Settlement, State

REST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Policy:
    """How long to wait and how often to try. The wait doubles from `first` to `longest`; jitter adds up to a quarter."""

    attempts: int = 8
    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=15)

    def wait(self, attempts: int, jitter: float) -> timedelta:
        """Return the pause before the next attempt; `jitter` is in [0, 1)."""
        doubled: timedelta = self.first * 2 ** min(max(attempts - 1, 0), 20)
        return min(doubled, self.longest) * (1 + jitter / 4)


@dataclass(frozen=True, slots=True)
class Case:
    """One failed attempt: which lease, how many attempts so far, when, and how much jitter."""

    lease: Lease
    attempts: int
    now: datetime
    jitter: float


def judge(error: IsthmusError, case: Case, policy: Policy) -> Settlement:
    """Return what becomes of the delivery: waiting until, or dead with code and reason; an unknown error is an end."""
    match error:
        case Throttled():
            return _later(error, case, timedelta(seconds=error.wait * (1 + case.jitter / 4)), counted=False)
        case Misconfigured() | Unreachable():
            return _later(error, case, REST * (1 + case.jitter / 4), counted=False)
        case NotReady():
            return replace(_again(error, case, policy), waiting_for=error.reference)
        case Unsettled():
            return replace(_again(error, case, policy), unsettled=True)
        case Transient():
            return _again(error, case, policy)
        case _:
            return Settlement(case.lease, State.DEAD, reason=reason_of(error))


def rests(error: IsthmusError) -> bool:
    """Tell whether the whole connection should rest after this error, so that no other record runs into it."""
    return isinstance(error, Misconfigured | Unreachable)


def reason_of(error: IsthmusError) -> Reason:
    """Return the error as a person will read it."""
    if isinstance(error, Rejected):
        return Reason(error.code, error.message, error.hint, error.field, str(error.value or ""), error.candidates)
    return Reason(error.code, error.message, error.hint)


def _again(error: IsthmusError, case: Case, policy: Policy) -> Settlement:
    if case.attempts >= policy.attempts:
        reason = reason_of(error)
        spent = replace(reason, message=f"{reason.message} (given up after {case.attempts} attempts)")
        return Settlement(case.lease, State.DEAD, reason=spent)
    return _later(error, case, policy.wait(case.attempts, case.jitter), counted=True)


def _later(error: IsthmusError, case: Case, pause: timedelta, *, counted: bool) -> Settlement:
    return Settlement(case.lease, State.WAITING, due_at=case.now + pause, counted=counted, reason=reason_of(error))
