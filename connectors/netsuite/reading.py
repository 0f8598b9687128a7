"""How is a page of records put together? One question for the records, and one for each thing that hangs below them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from connectors.netsuite.asking import Select
from connectors.netsuite.kinds import Child, Kind, Sum, kind_of, table_of
from connectors.netsuite.suiteql import Row, SuiteQl, column, pieces, stamp
from flows.errors import Misconfigured
from flows.model import Priority, Record
from mappings.language import Flow

SECONDS = "%Y-%m-%d %H:%M:%S"
IDS = 500  # record ids in one question; Oracle takes 1000 in a list
MAIN, LINE, OTHER_WAY, AS_ITS_PAGE = "m", "c", "-{}", "ABS({})"


@dataclass(frozen=True)
class Reading:
    """What a flow reads of its object: the record's own paths, those of its main line, those of its children."""

    flow: Flow

    @cached_property
    def kind(self) -> Kind:
        """The object's place."""
        return kind_of(self.flow.source.object)

    @cached_property
    def header(self) -> Select:
        """The question for the records themselves."""
        sign = AS_ITS_PAGE if self.kind.credit or self.kind.money else "{}"
        wanted = [one for one in self._own if not self._on_main_line(one) and one not in self.sums]
        place = f"{self.kind.table} t {self.kind.beside}".rstrip()
        return _select(Select(self.kind.facts, "t", sign, place, self.kind.columns), wanted)

    @cached_property
    def cursor(self) -> str:
        """The column that tells when a record was changed."""
        name = self.flow.source.cursor
        return self.kind.columns.get(name) or f"t.{column(name)}"

    @cached_property
    def sums(self) -> Mapping[str, Sum]:
        """The header amounts that are added up from the lines."""
        return {name: self.kind.facts.sums[name] for name in self._own if name in self.kind.facts.sums}

    @cached_property
    def main_line(self) -> Select | None:
        """The question for what stands on a transaction's main line; None where nothing of it is wanted."""
        wanted = [one for one in self._own if self._on_main_line(one)]
        return _select(Select(table_of("transactionline"), MAIN), wanted) if wanted else None

    @cached_property
    def children(self) -> Mapping[str, tuple[Child, Select]]:
        """The question for each kind of children, by its name."""
        return {name: self._child(name, paths) for name, paths in self.flow.paths().children.items()}

    def query(self, conditions: Sequence[str], order: str) -> str:
        """Return the question for the records that meet the conditions, with their id and the moment of their change."""
        moment = stamp(self.cursor, "moment")
        _ = self.main_line, self.children  # a path that cannot be read is refused before anything is asked
        text = self.header.text([self.kind.filter, *conditions], order)
        return text.replace("SELECT ", f"SELECT t.id AS id, {moment}, ", 1)

    def records(self, rows: Sequence[Row], suiteql: SuiteQl, priority: Priority) -> tuple[Record, ...]:
        """Return the records of one page of rows, with all that the flow wants below them."""
        found = {row["id"]: self.header.values(row) for row in rows}
        for ids in pieces(found, IDS):
            self._add_main_lines(ids, found, suiteql, priority)
            self._add_sums(ids, found, suiteql, priority)
            for name in self.children:
                self._add_children(name, ids, found, suiteql, priority)
        return tuple(Record(row["id"], version_of(moment_of(row)), found[row["id"]]) for row in rows)

    @property
    def _own(self) -> list[str]:
        return [path for path in self.flow.paths().own if path != "id"] + ["id"]

    @property
    def _line_sign(self) -> str:
        return "{}" if self.kind.credit or self.kind.money else OTHER_WAY

    def _on_main_line(self, path: str) -> bool:
        return path.split(".", maxsplit=1)[0] in self.kind.facts.mainline

    def _child(self, name: str, paths: Sequence[str]) -> tuple[Child, Select]:
        if name not in self.kind.children:
            known = ", ".join(self.kind.children) or "none"
            words = f"{self.flow.flow} asks for {name}: below a NetSuite {self.kind.name} are known: {known}."
            raise Misconfigured("QUERY", words)
        child = self.kind.children[name]
        sign = self._line_sign
        return child, _select(Select(child.facts, LINE, sign, f"{child.table} {LINE}"), paths)

    def _add_main_lines(self, ids: Sequence[str], found: dict[str, Any], suiteql: SuiteQl, priority: Priority) -> None:
        if self.main_line is None:
            return
        chosen = [f"{MAIN}.transaction IN ({', '.join(ids)})", f"{MAIN}.mainline = 'T'"]
        text = self.main_line.text(chosen, f"{MAIN}.transaction")
        for row in suiteql.every_row(_above(text, f"{MAIN}.transaction"), priority):
            found[row["above"]] |= self.main_line.values(row)

    def _add_sums(self, ids: Sequence[str], found: dict[str, Any], suiteql: SuiteQl, priority: Priority) -> None:
        parent = f"{LINE}.transaction"
        for name, added in self.sums.items():
            for one in ids:
                found[one][name] = Decimal(0)
            items = f"{parent} AS above, {self._line_sign.format(f'SUM({LINE}.{added.of})')} AS added"
            chosen = f"{parent} IN ({', '.join(ids)}) AND {added.where}"
            query = f"SELECT {items} FROM transactionline {LINE} WHERE {chosen} GROUP BY {parent} ORDER BY {parent}"  # noqa: S608 — a table of our own
            for row in suiteql.every_row(query, priority):
                found[row["above"]][name] = Decimal(row.get("added", "0"))

    def _add_children(
        self, name: str, ids: Sequence[str], found: dict[str, Any], suiteql: SuiteQl, priority: Priority
    ) -> None:
        child, select = self.children[name]
        parent = f"{LINE}.{child.parent}"
        order = ", ".join([parent, *(f"{LINE}.{one}" for one in child.order)])
        for one in ids:
            found[one][name] = {"records": []}
        text = select.text([f"{parent} IN ({', '.join(ids)})", child.where], order)
        for row in suiteql.every_row(_above(text, parent), priority):
            found[row["above"]][name]["records"].append(select.values(row))


def moment_of(row: Row) -> datetime:
    """Return when a row's record was changed."""
    return datetime.strptime(row["moment"], SECONDS).replace(tzinfo=UTC)


def version_of(moment: datetime) -> str:
    """Return a moment as the version of a record."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _above(text: str, parent: str) -> str:
    return text.replace("SELECT ", f"SELECT {parent} AS above, ", 1)


def _select(select: Select, paths: Iterable[str]) -> Select:
    for path in paths:
        column(path.split(".")[0])
        select.add(path)
    return select
