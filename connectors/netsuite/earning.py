"""Which of our Sales Orders earn revenue, and what must be known to check it? A source of the core, over SuiteQL.

A record here is not a change but an observation: orders stand still while rules, periods and plans around them move, so
every order that still earns is read on every run, under the moment at which it was read. Nothing here is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connectors.netsuite.suiteql import Row, SuiteQl
from flows.errors import Misconfigured
from flows.model import Page, Priority, Record
from flows.moments import Keyset
from mappings.language import Flow
from mappings.revenue.netting import Progress, Sold, net
from mappings.revenue.terms import running

OBJECT = "revenueOrder"
READ = 100  # orders a page: their lines are one or two questions
DISCOUNTS = frozenset({"Discount", "Markup"})
# The letters of an order that somebody has approved; only those are arranged (netsuite.md 4.5). `SF-` is our own prefix.
OURS = "t.type = 'SalesOrd' AND t.externalid LIKE 'SF-%' AND t.status IN ('B', 'D', 'E', 'F', 'G', 'H')"
EARNS = "(l.revrecstartdate IS NOT NULL OR l.revrecenddate IS NOT NULL OR i.revenuerecognitionrule IS NOT NULL)"
JOINED = "transaction t JOIN transactionline l ON l.transaction = t.id JOIN item i ON i.id = l.item"
DAY = "TO_CHAR({}, 'YYYY-MM-DD') AS {}"


@dataclass(frozen=True, slots=True)
class _Books:
    """What is the same for every order: currencies, rules, accounting periods."""

    currencies: Mapping[str, Row]
    rules: Mapping[str, Row]
    periods: tuple[Mapping[str, Any], ...]

    @property
    def opens(self) -> str:
        """Return the name of the first period after the last closed one, "" when none is closed or all are."""
        closed = [one["start"] for one in self.periods if one["closed"]]
        after = [one["name"] for one in self.periods if closed and one["start"] > max(closed)]
        return str(after[0]) if after else ""


@dataclass(frozen=True)
class RevenueOrders:
    """The Source port for orders that earn."""

    suiteql: SuiteQl
    clock: Callable[[], float]

    def changed(self, _flow: Flow, _since: datetime | None) -> Iterator[Page]:
        """Yield every approved order of ours with a line that earns; the last page says when this was seen."""
        seen, books, after = self._now(), self._books(), 0
        while ids := self._following(after):
            after = int(ids[-1])
            for start in range(0, len(ids), READ):
                yield Page(self._records(ids[start : start + READ], books, seen))
        yield Page((), seen)

    def after(self, flow: Flow, _place: Keyset, _until: datetime | None, _most: int) -> Page:
        """Refuse: what is observed at each run has no past."""
        words = f"{flow.flow} reads how things stand now; there is no past of it to read."
        raise Misconfigured("NO_PAST", words, hint=f"Read it whole: isthmus capture {flow.flow} --full")

    def named(self, _flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the named orders, those among them that earn."""
        numbers = [one for one in ids if one.isascii() and one.isdigit()]
        seen, books = self._now(), self._books()
        for start in range(0, len(numbers), READ):
            yield Page(self._records(numbers[start : start + READ], books, seen))

    def removed(self, _flow: Flow, _since: datetime) -> Iterator[Page]:
        """Yield nothing: an order that is gone earns nothing, and its plans went with it."""
        return iter(())

    def heirs(self, _flow: Flow, _path: str, _ids: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: nobody asks for the heirs of an order's revenue."""
        return {}

    def total(self, _flow: Flow) -> int:
        """Return how many of our orders earn."""
        query = f"SELECT COUNT(DISTINCT t.id) AS total FROM {JOINED} WHERE {OURS} AND {EARNS}"  # noqa: S608 — texts of our own
        return int(self.suiteql.rows(query, Priority.BATCH)[0]["total"])

    def _following(self, after: int) -> list[str]:
        query = f"SELECT DISTINCT t.id FROM {JOINED} WHERE {OURS} AND {EARNS} AND t.id > {after} ORDER BY t.id"  # noqa: S608 — texts of our own
        return [row["id"] for row in self.suiteql.rows(query, Priority.BATCH)]

    def _records(self, ids: Sequence[str], books: _Books, seen: datetime) -> tuple[Record, ...]:
        if not ids:
            return ()
        chosen = f"t.id IN ({', '.join(ids)})"
        columns = f"t.id, t.tranid, t.currency, t.foreigntotal, t.discounttotal, {DAY.format('t.trandate', 'sold_on')}"
        query = f"SELECT {columns} FROM transaction t WHERE {chosen} AND {OURS} ORDER BY t.id"  # noqa: S608 — ids are digits
        lines = self._lines(chosen)
        orders = self.suiteql.rows(query, Priority.BATCH)
        return tuple(_record(order, lines[order["id"]], books, seen) for order in orders if _earning(lines, order))

    def _lines(self, chosen: str) -> dict[str, list[Row]]:
        columns = (
            "l.transaction, l.uniquekey, l.quantity, l.foreignamount, l.quantitybilled, l.quantityshiprecv, "
            f"{DAY.format('l.revrecstartdate', 'startdate')}, {DAY.format('l.revrecenddate', 'enddate')}, i.itemid, "
            "l.itemtype, l.revrecterminmonths, i.revenuerecognitionrule, i.deferredrevenueaccount, i.createrevenueplanson"
        )
        sold = "l.mainline = 'F' AND l.taxline = 'F' AND l.transactiondiscount = 'F' AND l.item IS NOT NULL"
        where = f"{chosen} AND {sold}"
        query = f"SELECT {columns} FROM {JOINED} WHERE {where} ORDER BY l.transaction, l.id"  # noqa: S608 — ids are digits
        found: dict[str, list[Row]] = {}
        for row in self.suiteql.every_row(query, Priority.BATCH):
            found.setdefault(row["transaction"], []).append(row)
        return found

    def _books(self) -> _Books:
        periods = (
            f"SELECT periodname, {DAY.format('startdate', 'first')}, {DAY.format('enddate', 'last')}, closed "  # noqa: S608 — texts of our own
            "FROM accountingperiod WHERE isquarter = 'F' AND isyear = 'F' ORDER BY startdate, id"
        )
        rules = "SELECT id, recognitionmethod, terminmonths FROM revenuerecognitionrule ORDER BY id"
        currencies = "SELECT id, symbol, currencyprecision FROM currency ORDER BY id"
        return _Books(
            {row["id"]: row for row in self._ask(currencies)},
            {row["id"]: row for row in self._ask(rules)},
            tuple(_period(row) for row in self._ask(periods)),
        )

    def _ask(self, query: str) -> Iterable[Row]:
        return self.suiteql.every_row(query, Priority.BATCH)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def _period(row: Row) -> Mapping[str, Any]:
    return {"name": row["periodname"], "start": row["first"], "end": row["last"], "closed": row.get("closed") == "T"}


def _record(order: Row, rows: Sequence[Row], books: _Books, seen: datetime) -> Record:
    currency = books.currencies.get(order["currency"], {})
    digits = int(currency.get("currencyprecision", "2"))
    amounts = net([_sold(row, rows) for row in rows], _number(order, "discounttotal"), digits)
    lines = [_line(row, amounts[row["uniquekey"]], digits, order, books) for row in rows if _earns(row)]
    version = f"{seen:%Y-%m-%dT%H:%M:%S}.{seen.microsecond // 1000:03d}Z"
    fields = {
        "id": order["id"],
        "tranid": order.get("tranid"),
        "currency": currency.get("symbol"),
        "foreigntotal": _number(order, "foreigntotal"),
        "seen": version,
        "opens": books.opens,
        "lines": {"records": lines},
    }
    return Record(order["id"], version, fields)


def _earning(lines: Mapping[str, Sequence[Row]], order: Row) -> bool:
    return any(_earns(row) for row in lines.get(order["id"], ()))


def _earns(row: Row) -> bool:
    dated = row.get("startdate") or row.get("enddate")
    return row.get("itemtype") not in DISCOUNTS and bool(dated or row.get("revenuerecognitionrule"))


def _sold(row: Row, rows: Sequence[Row]) -> Sold:
    """Return a line as sold; where the account tells what is sold as amounts below zero, they are turned round."""
    turned = sum((_number(one, "foreignamount") for one in rows), Decimal(0)) < 0
    amount = _number(row, "foreignamount")
    return Sold(row["uniquekey"], -amount if turned else amount, row.get("itemtype") in DISCOUNTS)


def _line(row: Row, amount: Decimal, digits: int, order: Row, books: _Books) -> dict[str, Any]:
    counts = (abs(_number(row, name)) for name in ("quantity", "quantitybilled", "quantityshiprecv"))
    number, sold_on = row.get("revenuerecognitionrule"), order["sold_on"]
    rule = books.rules.get(number or "", {})
    start, end = _term(row, sold_on, int(row.get("revrecterminmonths") or rule.get("terminmonths") or 0))
    earning = {
        "planned": Progress(row.get("createrevenueplanson", ""), *counts).due(amount, digits),
        "digits": digits,
        "sold_on": sold_on,
        "start": start,
        "end": end,
        "method": rule.get("recognitionmethod"),
        "periods": _touched(books.periods, start or sold_on, end or start or sold_on),
    }
    account = row.get("deferredrevenueaccount")
    own = {"key": row["uniquekey"], "item": row["itemid"], "amount": amount, "rule": number, "account": account}
    return own | {"earning": earning}


def _term(row: Row, sold_on: str, months: int) -> tuple[str | None, str | None]:
    """Return a line's dates; one without an end runs as long as the line or its rule says (netsuite.md 4.1, 4.4)."""
    start, end = row.get("startdate"), row.get("enddate")
    if end or not months:
        return start, end
    begins = start or sold_on
    return begins, running(date.fromisoformat(begins), months).last.isoformat()


def _touched(periods: Sequence[Mapping[str, Any]], start: str, end: str) -> list[Mapping[str, Any]]:
    return [one for one in periods if one["start"] <= end and one["end"] >= start]


def _number(row: Row, name: str) -> Decimal:
    return Decimal(row.get(name) or "0")
