"""What happens next, after something went wrong? Each error is named by the answer.

`Rejected` and `NotReady` are born in the mapping room and stand here beside the others, so that the core and the
connectors have one page to read. Connectors raise these and nothing else; `flows.policy` judges them.
"""

from __future__ import annotations

from mappings.errors import IsthmusError, NotReady, Rejected

__all__ = [
    "IsthmusError",
    "Lapsed",
    "Misconfigured",
    "NotReady",
    "Overtaken",
    "Rejected",
    "Throttled",
    "Transient",
    "Unreachable",
    "Unsettled",
]


class Transient(IsthmusError):
    """It was certainly not written and may well succeed later (lock, 5xx before commit): wait, with growing gaps."""


class Unreachable(Transient):
    """The system did not take the call at all (refused, no route, maintenance): wait, and let the whole connection rest."""


class Throttled(IsthmusError):
    """The account's limit is reached: wait `wait` seconds; this does not count as an attempt."""

    def __init__(self, code: str, message: str, *, wait: float, hint: str = "") -> None:
        super().__init__(code, message, hint=hint)
        self.wait = wait


class Unsettled(IsthmusError):
    """The write may have happened: look it up by its key before it is sent again."""


class Misconfigured(IsthmusError):
    """Wrong for every record (credentials, permission, unknown field): the connection rests, nothing is burned."""


class Lapsed(IsthmusError):
    """The place from which to go on is no longer known there: read what has changed, and go on from now."""


class Overtaken(IsthmusError):
    """Another process has taken the watch over meanwhile: nothing was noted; stand by."""
