"""What did each attempt come to? Settlements, dead letters, and whoever waits behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, select, tuple_, update

from flows.model import Binding, DeadLetter, Reason, Settlement, State
from ledger.audit import note
from ledger.engine import chunks, insert, is_postgresql
from ledger.lanes import held_under
from ledger.tables import attempts, bindings, clashes, deliveries
from mappings.values import Reference, canonical_text

DONE = (State.DELIVERED, State.UNCHANGED)
KEPT = ("target_id", "version", "digest", "lines", "bound_at", "agreed")
NO_REASON = Reason(code="", message="")


class Settling:
    """Writes what became of claimed deliveries; an old fence is refused."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settle(self, settlements: Sequence[Settlement], now: datetime) -> Sequence[DeadLetter]:
        """Write what each attempt came to, in one transaction; returns the new dead letters."""
        with self._engine.begin() as connection:
            held = _held(connection, settlements)
            mine = [settlement for settlement in settlements if settlement.lease.delivery in held]
            if not mine:
                return ()
            bound = _already_bound(connection, mine)
            connection.execute(_SETTLED, [_row(settlement, bound, now) for settlement in mine])
            connection.execute(_ENDED, [_attempt(settlement, now) for settlement in mine])
            _note_clashes(connection, mine, held, now)
            _bind(connection, [settlement.binding for settlement in mine if settlement.binding], now)
            _wake(connection, [held[settlement.lease.delivery] for settlement in mine if settlement.state in DONE], now)
            _stir(connection, [held[settlement.lease.delivery] for settlement in mine if _died(settlement)], now)
            return [_letter(held[one.lease.delivery], one) for one in mine if _died(one)]

    def revive(self, letters: Sequence[int], now: datetime, who: str) -> int:
        """Make dead letters pending again with fresh attempts, and say so in the audit; returns how many."""
        fresh = {"state": State.PENDING, "due_at": now, "attempts": 0, "settled_at": None}
        return self._move(letters, fresh, ("replay", who, ""), now)

    def dismiss(self, letters: Sequence[int], now: datetime, who: str, reason: str) -> int:
        """Take dead letters off the list for good; the reason stays in the audit."""
        gone = {"state": State.FILTERED, "code": "DISMISSED", "due_at": None, "settled_at": now, "waiting_for": None}
        return self._move(letters, gone, ("dismiss", who, reason), now)

    def _move(self, letters: Sequence[int], values: Mapping[str, Any], act: tuple[str, str, str], now: datetime) -> int:
        what, who, why = act
        moved: list[int] = []
        with self._engine.begin() as connection:
            for chunk in chunks(letters):
                dead = and_(deliveries.c.id.in_(chunk), deliveries.c.state == State.DEAD)
                statement = update(deliveries).where(dead).values(values).returning(deliveries.c.id)
                moved += connection.execute(statement).scalars()
            note(connection, [(who, what, f"delivery {letter}", "dead", why) for letter in moved], now)
        return len(moved)


def _held(connection: Connection, settlements: Sequence[Settlement]) -> dict[int, Any]:
    """Return the rows that are still leased under the settlements' fences, locked where rows can be."""
    found: dict[int, Any] = {}
    for chunk in chunks([settlement.lease for settlement in settlements]):
        columns = (deliveries.c.id, deliveries.c.flow, deliveries.c.source_id, deliveries.c.owner)
        rows = select(*columns).where(held_under(chunk))
        if is_postgresql(connection):
            rows = rows.with_for_update()
        found |= {row.id: row for row in connection.execute(rows)}
    return found


def _already_bound(connection: Connection, settlements: Sequence[Settlement]) -> set[Reference]:
    """Return which of the awaited records have been bound meanwhile; who waits for those need not wait."""
    awaited = {one.waiting_for for one in settlements if one.waiting_for}
    found: set[Reference] = set()
    for chunk in chunks([(reference.flow, reference.source_id) for reference in awaited]):
        known = select(bindings.c.flow, bindings.c.source_id).where(
            tuple_(bindings.c.flow, bindings.c.source_id).in_(chunk)
        )
        found |= {Reference(*row) for row in connection.execute(known)}
    return found


_SETTLED = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(
        state=bindparam("state_"),
        due_at=bindparam("due"),
        leased_until=None,
        attempts=deliveries.c.attempts - bindparam("uncounted"),
        unsettled=bindparam("unsure"),
        waiting_for=bindparam("behind"),
        code=bindparam("code_"),
        field=bindparam("field_"),
        value=bindparam("value_"),
        message=bindparam("message_"),
        hint=bindparam("hint_"),
        candidates=bindparam("nearest"),
        settled_at=bindparam("settled"),
    )
)
_ENDED = (
    update(attempts)
    .where(attempts.c.delivery == bindparam("of"), attempts.c.fence == bindparam("under"))
    .values(finished_at=bindparam("ended"), outcome=bindparam("came_to"), code=bindparam("why"))
)


def _row(settlement: Settlement, bound: set[Reference], now: datetime) -> dict[str, Any]:
    reason = settlement.reason or NO_REASON
    no_wait = settlement.waiting_for in bound
    state = State.PENDING if no_wait else settlement.state
    ends = state not in {State.PENDING, State.WAITING}
    return {
        "delivery": settlement.lease.delivery,
        "state_": state,
        "due": now if no_wait else settlement.due_at,
        "uncounted": 0 if settlement.counted else 1,
        "unsure": settlement.unsettled,
        "behind": _text(settlement.waiting_for) if settlement.waiting_for and not no_wait else None,
        "code_": reason.code or None,
        "field_": reason.field or None,
        "value_": reason.value or None,
        "message_": reason.message or None,
        "hint_": reason.hint or None,
        "nearest": json.dumps(reason.candidates, ensure_ascii=False) if reason.candidates else None,
        "settled": now if ends else None,
    }


def _attempt(settlement: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "of": settlement.lease.delivery,
        "under": settlement.lease.fence,
        "ended": now,
        "came_to": settlement.state,
        "why": settlement.reason.code if settlement.reason else None,
    }


def _bind(connection: Connection, found: Sequence[Binding], now: datetime) -> None:
    """Write bindings, except over newer ones: a late answer must not make an old version look like the last."""
    for chunk in chunks(found):
        fresh = insert(connection, bindings).values([_binding_row(binding, now) for binding in chunk])
        newer = fresh.on_conflict_do_update(
            index_elements=[bindings.c.flow, bindings.c.source_id],
            set_={name: fresh.excluded[name] for name in KEPT},
            where=fresh.excluded.version >= bindings.c.version,
        )
        connection.execute(newer)


def _binding_row(binding: Binding, now: datetime) -> dict[str, Any]:
    return {
        "flow": binding.flow,
        "source_id": binding.source_id,
        "target_id": binding.target_id,
        "version": binding.version,
        "digest": binding.digest,
        "lines": json.dumps(dict(binding.lines)),
        "bound_at": now,
        "agreed": None if binding.agreed is None else canonical_text(binding.agreed),
    }


def _note_clashes(
    connection: Connection, settlements: Sequence[Settlement], held: Mapping[int, Any], now: datetime
) -> None:
    """Write down what both sides had changed, whoever won."""
    rows = [
        {"at": now, "flow": row.flow, "source_id": row.source_id, "path": clash.path, "won": clash.won}
        | {name: canonical_text(getattr(clash, name)) for name in ("base", "ours", "theirs")}
        for settlement in settlements
        for clash in settlement.clashes
        for row in (held[settlement.lease.delivery],)
    ]
    if rows:
        connection.execute(clashes.insert(), rows)


def _wake(connection: Connection, rows: Sequence[Any], now: datetime) -> None:
    """Set going what waited, or had died, behind records that are bound now."""
    for chunk in chunks([f"{row.flow}:{row.source_id}" for row in rows]):
        behind = and_(deliveries.c.waiting_for.in_(chunk), deliveries.c.state.in_((State.WAITING, State.DEAD)))
        fresh = {"state": State.PENDING, "due_at": now, "attempts": 0, "settled_at": None, "waiting_for": None}
        connection.execute(update(deliveries).where(behind).values(fresh))


def _stir(connection: Connection, rows: Sequence[Any], now: datetime) -> None:
    """Let those that wait behind a new dead letter look at once, so that they say behind whom they stand."""
    for chunk in chunks([f"{row.flow}:{row.source_id}" for row in rows]):
        behind = and_(deliveries.c.waiting_for.in_(chunk), deliveries.c.state == State.WAITING)
        connection.execute(update(deliveries).where(behind).values(due_at=now))


def _died(settlement: Settlement) -> bool:
    return settlement.state is State.DEAD


def _letter(row: Any, settlement: Settlement) -> DeadLetter:
    code = settlement.reason.code if settlement.reason else "UNKNOWN"
    return DeadLetter(row.id, row.flow, row.source_id, code, row.owner)


def _text(reference: Reference) -> str:
    return f"{reference.flow}:{reference.source_id}"
