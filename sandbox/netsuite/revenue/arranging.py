"""Where are arrangements, elements and plans kept? In tables beside the records, rewritten whenever their order is saved.

`revenue_arrangement` has one row an order, `revenue_element` one a line, `revenue_plan` one an element whose plan is
due, `revenue_plan_line` one a month of a plan. SuiteQL and the control API read them; nobody writes them. Amounts are
exact text, days `YYYY-MM-DD`, flags `T` and `F`.
"""

import sqlite3
from decimal import Decimal
from typing import Any

from sandbox.netsuite.revenue.elements import Element, elements_of
from sandbox.netsuite.revenue.spreading import spread
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.amounts import ZERO, precision_of
from sandbox.netsuite.transactions.posting import period_on

_TABLES = """
CREATE TABLE IF NOT EXISTS revenue_arrangement (id INTEGER PRIMARY KEY, tranid TEXT NOT NULL, source INTEGER NOT NULL,
  entity INTEGER, subsidiary INTEGER, currency INTEGER, trandate TEXT NOT NULL, total TEXT NOT NULL,
  status TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS revenue_arrangement_source ON revenue_arrangement (source);
CREATE TABLE IF NOT EXISTS revenue_element (id INTEGER PRIMARY KEY, arrangement INTEGER NOT NULL,
  source INTEGER NOT NULL, sourceline INTEGER NOT NULL, sourcekey INTEGER NOT NULL, item INTEGER NOT NULL,
  quantity TEXT, salesamount TEXT NOT NULL, allocationamount TEXT NOT NULL, revrecstartdate TEXT NOT NULL,
  revrecenddate TEXT NOT NULL, revenuerecognitionrule TEXT NOT NULL, createrevenueplanson TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS revenue_element_of ON revenue_element (arrangement);
CREATE UNIQUE INDEX IF NOT EXISTS revenue_element_key ON revenue_element (source, sourcekey);
CREATE TABLE IF NOT EXISTS revenue_plan (id INTEGER PRIMARY KEY, element INTEGER NOT NULL, tranid TEXT NOT NULL,
  revenueplantype TEXT NOT NULL, status TEXT NOT NULL, amount TEXT NOT NULL, remainingdeferredbalance TEXT NOT NULL,
  recognitionmethod TEXT NOT NULL, startdate TEXT NOT NULL, enddate TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS revenue_plan_of ON revenue_plan (element);
CREATE TABLE IF NOT EXISTS revenue_plan_line (plan INTEGER NOT NULL, number INTEGER NOT NULL, postingperiod INTEGER,
  startdate TEXT NOT NULL, enddate TEXT NOT NULL, amount TEXT NOT NULL, isrecognized TEXT NOT NULL,
  PRIMARY KEY (plan, number)) WITHOUT ROWID;
"""
_NAMES = ("revenue_arrangement", "revenue_element", "revenue_plan", "revenue_plan_line")
_ARRANGED = frozenset("BDEFGH")  # the letters of an order that somebody has approved

_KEY = "revenue_arrangement"


def _has_any(store: Store) -> bool:
    """Say whether any order earns revenue: most accounts' orders are then saved without a look at these tables."""
    return store.connection.execute("SELECT 1 FROM revenue_arrangement LIMIT 1").fetchone() is not None


class Revenue:
    """The revenue of one account's orders."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._db: sqlite3.Connection = store.connection
        self._db.executescript(_TABLES)
        store.also.update(_NAMES)

    def follow(self, order: Stored) -> None:
        """Bring an order's revenue up to date; other records have none."""
        if order.type != "salesOrder":
            return
        found = elements_of(self._store, order) if order.status in _ARRANGED else []
        if not found and not self._store.made(_KEY, _has_any):
            return
        self._store.made_anew(_KEY)
        row = self._db.execute("SELECT id FROM revenue_arrangement WHERE source = ?", (order.id,)).fetchone()
        if found:
            self._arrange(order, found, row[0] if row else None)
        elif row:
            self.forget(order.id)

    def forget(self, source: int) -> None:
        """Drop the revenue of an order."""
        if not self._store.made(_KEY, _has_any):
            return
        self._drop_elements(source, kept=())
        self._db.execute("DELETE FROM revenue_arrangement WHERE source = ?", (source,))

    def _arrange(self, order: Stored, elements: list[Element], number: int | None) -> None:
        doc, whole = order.doc, sum((one.amount for one in elements), ZERO)
        keys = (_id(doc, "entity"), _id(doc, "subsidiary"), _id(doc, "currency"))
        if number is None:
            number = self._store.next_id("transaction")
            name = f"RA{self._store.next('revenueArrangement', 10001)}"
            row = (number, name, order.id, *keys, doc["tranDate"], f"{whole:f}", "A", order.modified, order.modified)
            self._db.execute(f"INSERT INTO revenue_arrangement VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 — marks only
        else:
            query = (
                "UPDATE revenue_arrangement SET entity = ?, subsidiary = ?, currency = ?, trandate = ?, total = ?, "
                "modified = ? WHERE id = ?"
            )
            self._db.execute(query, (*keys, doc["tranDate"], f"{whole:f}", order.modified, number))
        self._drop_elements(order.id, kept=tuple(one.key for one in elements))
        precision = precision_of(self._store, doc.get("currency"))
        quantities = {row["line"]: row.get("quantity") for row in doc["item"]}
        for one in elements:
            self._element(number, order.id, one, quantities[one.line])
            self._plan(order.id, one, precision)

    def _element(self, arrangement: int, source: int, one: Element, quantity: Decimal | None) -> None:
        query = "SELECT id FROM revenue_element WHERE source = ? AND sourcekey = ?"
        found = self._db.execute(query, (source, one.key)).fetchone()
        number = found[0] if found else self._store.next("revenueElement", 1)
        amount = f"{one.amount:f}"
        row = (
            number, arrangement, source, one.line, one.key, one.item, None if quantity is None else f"{quantity:f}",
            amount, amount, one.start.isoformat(), one.end.isoformat(), one.rule, one.plans_on,
        )  # fmt: skip
        self._db.execute(f"INSERT OR REPLACE INTO revenue_element VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 — marks only

    def _plan(self, source: int, one: Element, precision: int) -> None:
        query = "SELECT id FROM revenue_element WHERE source = ? AND sourcekey = ?"
        element = self._db.execute(query, (source, one.key)).fetchone()[0]
        found = self._db.execute("SELECT id, tranid FROM revenue_plan WHERE element = ?", (element,)).fetchone()
        if found:
            self._drop_plan(found[0])
        if one.planned == ZERO:
            return
        number = found[0] if found else self._store.next("revenuePlan", 1)
        name = found[1] if found else f"RP{number + 10000}"
        amount, days = f"{one.planned:f}", (one.start.isoformat(), one.end.isoformat())
        row = (number, element, name, "ACTUAL", "NOTSTARTED", amount, amount, one.method, *days)
        self._db.execute(f"INSERT INTO revenue_plan VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 — marks only
        self._plan_lines(number, one, precision)

    def _plan_lines(self, plan: int, one: Element, precision: int) -> None:
        rows = []
        for number, ((first, last), amount) in enumerate(
            spread(one.method, one.planned, one.start, one.end, precision), 1
        ):
            period = period_on(self._store, first.isoformat())
            days = (first.isoformat(), last.isoformat())
            rows.append((plan, number, period.id if period else None, *days, f"{amount:f}", "F"))
        self._db.executemany("INSERT INTO revenue_plan_line VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _drop_plan(self, number: int) -> None:
        self._db.execute("DELETE FROM revenue_plan_line WHERE plan = ?", (number,))
        self._db.execute("DELETE FROM revenue_plan WHERE id = ?", (number,))

    def _drop_elements(self, source: int, kept: tuple[int, ...]) -> None:
        rows = self._db.execute("SELECT id, sourcekey FROM revenue_element WHERE source = ?", (source,)).fetchall()
        for number, key in rows:
            if key not in kept:
                for (plan,) in self._db.execute("SELECT id FROM revenue_plan WHERE element = ?", (number,)).fetchall():
                    self._drop_plan(plan)
                self._db.execute("DELETE FROM revenue_element WHERE id = ?", (number,))


def _id(doc: dict[str, Any], name: str) -> int | None:
    value = doc.get(name)
    return int(value["id"]) if value else None


def revenue_of(reading: sqlite3.Connection, order: int) -> list[dict[str, Any]]:
    """Tell an order's elements, each with its rule's name and its plan's months: the bookkeeper's view."""
    query = (
        "SELECT e.id, e.sourceline, e.salesamount, e.revrecstartdate, e.revrecenddate, coalesce(n.name, ''), p.id "
        "FROM revenue_element e LEFT JOIN revenue_plan p ON p.element = e.id "
        'LEFT JOIN "ns_revenueRecognitionRule" n ON n.id = CAST(e.revenuerecognitionrule AS INTEGER) '
        "WHERE e.source = ? ORDER BY e.sourceline"
    )
    names = ("element", "line", "amount", "start", "end", "rule")
    months = "SELECT startdate, amount FROM revenue_plan_line WHERE plan = ? ORDER BY number"
    told = []
    for *row, plan in reading.execute(query, (order,)).fetchall():
        lines = [{"from": first, "amount": amount} for first, amount in reading.execute(months, (plan,))]
        told.append({**dict(zip(names, row, strict=True)), "plan": lines})
    return told
