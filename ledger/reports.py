"""What do people ask the ledger? Counts, dead letters, runs, and the whole story of one record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, select

from flows.model import State
from ledger.engine import reading
from ledger.tables import clashes, deliveries, runs

NEWEST_FIRST = deliveries.c.id.desc()


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One delivery as people see it."""

    id: int
    flow: str
    source_id: str
    version: str
    state: State
    attempts: int
    owner: str
    code: str | None
    field: str | None
    value: str | None
    message: str | None
    hint: str | None
    candidates: tuple[str, ...]
    amount: Decimal | None
    currency: str | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class CauseReport:
    """How many dead letters one code has, what they are worth by currency, and what to do about the newest."""

    code: str
    count: int
    values: Mapping[str, Decimal]
    hint: str


@dataclass(frozen=True, slots=True)
class ClashReport:
    """One field that both sides had changed, the three values as text, and whose stood."""

    at: datetime
    flow: str
    source_id: str
    path: str
    base: str | None
    ours: str | None
    theirs: str | None
    won: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run as people see it."""

    id: int
    flow: str
    reading: str
    started_at: datetime
    finished_at: datetime | None
    read: int
    new: int
    known: int
    filtered: int
    failure: str | None
    occurrence: datetime | None


class Reports:
    """The ledger's reading side; nothing here changes anything."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def counts(self) -> Mapping[str, Mapping[State, int]]:
        """Return how many deliveries of each flow are in which state."""
        found: dict[str, dict[State, int]] = {}
        key = (deliveries.c.flow, deliveries.c.state)
        with reading(self._engine) as connection:
            for flow, state, number in connection.execute(select(*key, func.count()).group_by(*key)):
                found.setdefault(flow, {})[State(state)] = number
        return found

    def records(self, flow: str) -> Mapping[State, int]:
        """Return of how many records a delivery is in which state; each record counts once a state."""
        distinct = func.count(deliveries.c.source_id.distinct())
        wanted = select(deliveries.c.state, distinct).where(deliveries.c.flow == flow).group_by(deliveries.c.state)
        with reading(self._engine) as connection:
            return {State(state): number for state, number in connection.execute(wanted)}

    def delivery(self, number: int) -> DeliveryReport | None:
        """Return one delivery."""
        return next(iter(self._deliveries(columns().where(deliveries.c.id == number))), None)

    def dead_letters(self, flow: str | None, code: str | None, limit: int | None) -> Sequence[DeliveryReport]:
        """Return dead letters, newest first."""
        return self._deliveries(columns().where(_dead(flow, code)).order_by(NEWEST_FIRST).limit(limit))

    def dead_by_code(self, flow: str | None = None) -> Sequence[CauseReport]:
        """Return the causes for which deliveries are held, most frequent first."""
        wanted = select(deliveries.c.code, deliveries.c.amount, deliveries.c.currency, deliveries.c.hint)
        causes: dict[str, tuple[int, dict[str, Decimal], str]] = {}
        with reading(self._engine) as connection:
            for code, amount, currency, hint in connection.execute(wanted.where(_dead(flow, None))):
                count, values, _ = causes.get(code, (0, {}, ""))
                _add(values, amount, currency)
                causes[code] = (count + 1, values, hint or "")
        reports = [CauseReport(code, *found) for code, found in causes.items()]
        return sorted(reports, key=lambda cause: (-cause.count, cause.code))

    def delivered_value(self, flow: str) -> Mapping[str, Decimal]:
        """Return what the flow's delivered records are worth by currency, each record once, at its newest version."""
        done = and_(deliveries.c.flow == flow, deliveries.c.state.in_((State.DELIVERED, State.UNCHANGED)))
        newest = select(func.max(deliveries.c.id)).where(done).group_by(deliveries.c.source_id)
        wanted = select(deliveries.c.amount, deliveries.c.currency).where(deliveries.c.id.in_(newest))
        totals: dict[str, Decimal] = {}
        with reading(self._engine) as connection:
            for amount, currency in connection.execute(wanted):
                _add(totals, amount, currency)
        return totals

    def clashes(self, flow: str, source_id: str) -> Sequence[ClashReport]:
        """Return what both sides had changed on one record, newest first."""
        wanted = select(*(clashes.c[name] for name in ClashReport.__dataclass_fields__))
        of = and_(clashes.c.flow == flow, clashes.c.source_id == source_id)
        with reading(self._engine) as connection:
            return [ClashReport(*row) for row in connection.execute(wanted.where(of).order_by(clashes.c.id.desc()))]

    def runs(self, limit: int | None) -> Sequence[RunReport]:
        """Return runs, newest first."""
        names = RunReport.__dataclass_fields__
        wanted = select(*(runs.c[name] for name in names)).order_by(runs.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [RunReport(*row) for row in connection.execute(wanted)]

    def _deliveries(self, wanted: Select[Any]) -> Sequence[DeliveryReport]:
        with reading(self._engine) as connection:
            return [report(row) for row in connection.execute(wanted).mappings()]


def columns() -> Select[Any]:
    """Return the selection of which `report` makes reports."""
    return select(*(deliveries.c[name] for name in DeliveryReport.__dataclass_fields__))


def report(row: Any) -> DeliveryReport:
    """Return a row of `columns` as a report."""
    known = dict(row)
    known["state"] = State(known["state"])
    known["candidates"] = tuple(json.loads(known["candidates"] or "[]"))
    known["amount"] = None if known["amount"] is None else Decimal(known["amount"])
    return DeliveryReport(**known)


def _dead(flow: str | None, code: str | None) -> ColumnElement[bool]:
    wanted = [deliveries.c.state == State.DEAD]
    wanted += [deliveries.c.flow == flow] if flow else []
    wanted += [deliveries.c.code == code] if code else []
    return and_(*wanted)


def _add(totals: dict[str, Decimal], amount: str | None, currency: str | None) -> None:
    if amount is not None:
        totals[currency or ""] = totals.get(currency or "", Decimal()) + Decimal(amount)
