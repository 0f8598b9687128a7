"""Which faults on request does the org carry out itself? Limits, expired tokens, locks, and rows that are locked.

`partial` locks every second row that a request writes, whatever brought the rows (collections, composite, bulk);
`changed` means that an approval has locked each of them, and fails a conditional request (salesforce.md 1.7).
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from starlette.requests import Request

from sandbox.salesforce.changes import Change
from sandbox.salesforce.refusals import Refused
from sandbox.twin.faults import Fault

DAILY = "TotalRequests Limit exceeded."
BUSY = "ConcurrentPerOrgLongTxn Limit exceeded."
LOCKED = "unable to obtain exclusive access to this record or 1 records"
STALE = "The record was modified after the date of the request's condition."
_CONDITIONS = ("if-unmodified-since", "if-match")


@dataclass
class _Rows:
    """What strikes the rows of the request under way."""

    kind: str
    seen: int = 0


_rows: ContextVar[_Rows | None] = ContextVar("rows", default=None)


def kind_of(request: Request) -> str:
    """Name the fault that strikes a request; empty where there is none."""
    fault: Fault | None = request.scope.get("fault")
    return fault.kind if fault else ""


def meet(kind: str, request: Request) -> None:
    """Refuse a request that a fault strikes as a whole, and remember one that strikes its rows."""
    if kind in {"daily_limit", "busy"}:
        raise Refused("REQUEST_LIMIT_EXCEEDED", DAILY if kind == "daily_limit" else BUSY, 403)
    if kind == "lock":
        raise Refused("UNABLE_TO_LOCK_ROW", LOCKED, fields=[])
    if kind == "changed" and any(name in request.headers for name in _CONDITIONS):
        raise Refused("PRECONDITION_FAILED", STALE, 412)
    strike_rows(kind)


def strike_rows(kind: str) -> None:
    """Let a fault strike the rows that are written from here on; a bulk job's rows are written after its request."""
    _rows.set(_Rows(kind) if kind in {"partial", "changed"} else None)


def watch(change: Change) -> None:
    """Refuse a row while it is written, so that its own savepoint undoes it."""
    rows = _rows.get()
    if rows is None:
        return
    rows.seen += 1
    if rows.kind == "changed":
        raise Refused("ENTITY_IS_LOCKED", "entity is locked for editing", fields=[])
    if rows.seen % 2 == 0:
        raise Refused("UNABLE_TO_LOCK_ROW", f"{LOCKED}: {change.record_id}", fields=[])
