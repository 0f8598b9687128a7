"""Does NetSuite plan revenue as it must? A target that compares instead of writing: nobody writes plans (netsuite.md 4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.netsuite.suiteql import Row, SuiteQl, literal
from flows.errors import IsthmusError, Rejected
from flows.model import Found, Placed, Priority
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.revenue.comparing import MAKE_PLANS, difference
from mappings.values import Payload

OBJECT = "revenuePlan"
PAGE = 50  # orders compared with one question
COLUMNS = "e.sourcetransaction, e.sourceuniquekey, e.revenuearrangement, p.id AS plan, a.periodname, m.amount"
JOINED = (
    "revenueelement e LEFT JOIN revenueplan p ON p.revenueelement = e.id AND p.revenueplantype = 'ACTUAL' "
    "LEFT JOIN revenueplanplannedrevenue m ON m.revenueplan = p.id LEFT JOIN accountingperiod a ON a.id = m.plannedperiod"
)


@dataclass
class _Planned:
    """What NetSuite plans for one order: its arrangement, and each line's months where it has a plan."""

    arrangement: str = ""
    lines: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        self.arrangement = row["revenuearrangement"]
        if "periodname" in row:
            months = self.lines.setdefault(row["sourceuniquekey"], {})
            months[row["periodname"]] = months.get(row["periodname"], Decimal(0)) + Decimal(row["amount"])


@dataclass(frozen=True)
class RevenuePlans:
    """The Target port for a flow that verifies: `upsert` answers Placed where all agrees, else what differs."""

    suiteql: SuiteQl

    def page(self, _flow: Flow) -> int:
        """Return how many orders are compared at once."""
        return PAGE

    def upsert(self, _flow: Flow, payloads: Sequence[Payload], priority: Priority) -> list[Placed | IsthmusError]:
        """Compare each order's expected schedules with the plans that NetSuite has now."""
        planned = self._planned([payload.key for payload in payloads], priority)
        return [_answer(payload.fields, planned.get(payload.key, _Planned())) for payload in payloads]

    def find(self, _flow: Flow, _keys: Sequence[str]) -> dict[str, Found]:
        """Return nothing: a comparison leaves nothing behind to be found, it is simply made again."""
        return {}

    def read(self, _flow: Flow, _target_ids: Sequence[str]) -> dict[str, Present]:
        """Return nothing: what stands there is compared, not merged."""
        return {}

    def match(self, _flow: Flow, payloads: Sequence[Payload]) -> list[Sequence[Candidate]]:
        """Return no candidates: an order's plans are its own."""
        return [() for _ in payloads]

    def _planned(self, orders: Sequence[str], priority: Priority) -> dict[str, _Planned]:
        chosen = ", ".join(literal(order) for order in orders)
        query = (
            f"SELECT {COLUMNS} FROM {JOINED} WHERE e.sourcetransaction IN ({chosen}) ORDER BY e.id, p.id, m.linenumber"  # noqa: S608 — names of our own, values escaped
        )
        found: dict[str, _Planned] = {}
        for row in self.suiteql.every_row(query, priority):
            found.setdefault(row["sourcetransaction"], _Planned()).add(row)
        return found


def _answer(fields: Mapping[str, Any], planned: _Planned) -> Placed | Rejected:
    lines = fields["lines"]
    for line in lines:
        if (differs := difference(line, planned.lines.get(line["key"]), fields.get("opens", ""))) is not None:
            return differs
    extra = planned.lines.keys() - {line["key"] for line in lines}
    return _unexpected(fields, extra) if extra else Placed(planned.arrangement or "none")


def _unexpected(fields: Mapping[str, Any], extra: set[str]) -> Rejected:
    return Rejected(
        "REVENUE_PLAN_UNEXPECTED",
        field="lines",
        value=", ".join(sorted(extra)),
        message=f"NetSuite plans revenue for {len(extra)} lines of {fields.get('number')} that sell nothing over time.",
        hint=f"{MAKE_PLANS}, so that they follow the order; the next check clears this by itself.",
    )
