"""Which records of NetSuite may be the same business object? Equal fields prove it, alike ones make candidates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.netsuite.kinds import kind_of
from connectors.netsuite.likeness import likeness, patterns
from connectors.netsuite.suiteql import Row, SuiteQl, column, literal, pieces
from flows.errors import Misconfigured
from flows.model import Priority
from flows.standing import Candidate
from mappings.language import Flow
from mappings.values import Payload, Ref

OURS = "SF-%"  # external ids that we gave out
ASKED = 50  # payloads in one question
NAMES = ("companyName", "lastName", "entityId")  # by the first of these that `alike` names, candidates are looked for
COMPANY = "company"  # two people of one mailbox name are two people, unless they work for one company
PLACE = ("city", "state", "zip", "country")  # of the default billing address
SHOWN = ("id", "entityid", "isinactive", "email")
BY_KIND = {"customer": ("companyname", "altname"), "contact": ("firstname", "lastname", "company")}


@dataclass(frozen=True)
class Matching:
    """How the records of one flow are looked for."""

    flow: Flow
    suiteql: SuiteQl

    def candidates(self, payloads: Sequence[Payload]) -> list[list[Candidate]]:
        """Return for each payload, in order, what it may be already."""
        found: list[list[Candidate]] = []
        for some in pieces(payloads, ASKED):
            rows = self._rows(some)
            found += [[one for row in rows if (one := self._compare(payload, row))] for payload in some]
        return found

    @cached_property
    def same(self) -> tuple[str, ...]:
        """The payload fields that prove it."""
        return self.flow.match.same if self.flow.match else ()

    @cached_property
    def alike(self) -> tuple[str, ...]:
        """The payload fields that, all alike, make a candidate."""
        return self.flow.match.alike if self.flow.match else ()

    @cached_property
    def name(self) -> str:
        """The field by which candidates are looked for; empty where nothing alike counts."""
        found = next((name for name in NAMES if name in self.alike), "")
        if self.alike and not found:
            words = f"{self.flow.flow}: `alike` must name one of {', '.join(NAMES)}: by that NetSuite is searched."
            raise Misconfigured("MATCH", words)
        return found

    def _rows(self, payloads: Sequence[Payload]) -> list[Row]:
        either = [*self._equal(payloads), *self._similar(payloads)]
        if not either:
            return []
        kind = self.flow.target.object
        own = dict.fromkeys(
            (*SHOWN, *BY_KIND.get(kind, ()), *map(_column, self.same), *map(_column, self._plain_alike))
        )
        items = [f"t.{name} AS {name}" for name in own]
        table = f"{kind_of(kind).table} t"
        if kind == "customer":  # a contact has no default address in SuiteQL
            items += [f"a.{name} AS a_{name}" for name in PLACE]
            table = f"{table} LEFT JOIN entityaddress a ON a.nkey = t.defaultbillingaddress"
        theirs = f"t.externalid IS NULL OR t.externalid NOT LIKE {literal(OURS)}"
        chosen = f"({theirs}) AND ({' OR '.join(either)})"
        query = f"SELECT {', '.join(items)} FROM {table} WHERE {chosen} ORDER BY t.id"  # noqa: S608 — names checked, values escaped
        return list(self.suiteql.every_row(query, Priority.REALTIME))

    @property
    def _plain_alike(self) -> list[str]:
        return [path for path in self.alike if _column(path) not in PLACE]

    def _equal(self, payloads: Sequence[Payload]) -> Iterator[str]:
        for path in self.same:
            values = sorted({_plain(_at(payload.fields, path)) for payload in payloads} - {""})
            if values:
                listed = ", ".join(literal(value.upper()) for value in values)
                yield f"REPLACE(UPPER(t.{_column(path)}), ' ', '') IN ({listed})"

    def _similar(self, payloads: Sequence[Payload]) -> Iterator[str]:
        if not self.name:
            return
        names = (str(_at(payload.fields, self.name) or "") for payload in payloads)
        for pattern in dict.fromkeys(pattern for name in names for pattern in patterns(name)):
            yield f"UPPER(t.{_column(self.name)}) LIKE {literal(pattern)}"

    def _compare(self, payload: Payload, row: Row) -> Candidate | None:
        certain = any(self._proves(path, payload, row) for path in self.same)
        alike = bool(self.alike) and all(self._resembles(path, payload, row) for path in self.alike)
        return Candidate(row["id"], _words(row), certain) if certain or alike else None

    def _proves(self, path: str, payload: Payload, row: Row) -> bool:
        value = _plain(_at(payload.fields, path))
        if not value or value != _plain(row.get(_column(path))):
            return False
        company = _plain(payload.fields.get(COMPANY))
        return self.flow.target.object != "contact" or not company or company == row.get(COMPANY)

    def _resembles(self, path: str, payload: Payload, row: Row) -> bool:
        """Compare one field; a place that one of the sides does not know tells nothing against it."""
        name = _column(path)
        ours, theirs = _at(payload.fields, path), row.get(f"a_{name}" if name in PLACE else name)
        if name in PLACE and not (ours and theirs):
            return True
        if isinstance(ours, Ref):
            return ours.id == theirs
        return bool(ours and theirs) and likeness(str(ours)) == likeness(str(theirs))


def _column(path: str) -> str:
    return column(path.rpartition(".")[2].lower())


def _at(fields: Mapping[str, Any], path: str) -> Any:
    found: Any = fields
    for step in path.split("."):
        if isinstance(found, list) and step.isdigit():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _plain(value: Any) -> str:
    """Return a number or an address of mail without case and spaces: DE 123 456 is DE123456."""
    return "".join((value.id if isinstance(value, Ref) else str(value or "")).casefold().split())


def _words(row: Row) -> str:
    person = " ".join(part for part in (row.get("firstname"), row.get("lastname")) if part)
    name = row.get("companyname") or person or row.get("altname") or row.get("entityid", "")
    place = " ".join(part for part in (row.get("a_city"), row.get("a_country")) if part)
    said = ", ".join(part for part in (name, place or row.get("email")) if part)
    return f"{said} (inactive)" if row.get("isinactive") == "T" else said
