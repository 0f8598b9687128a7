"""How does a search show columns? A row of the search's own type for each record, or each line of a transaction.

Columns come in the contract's order, with the labels that were asked for; one without a value is left out.
"""

from collections.abc import Iterator

from lxml import etree

from sandbox.netsuite.account import Account
from sandbox.netsuite.checks import resolve
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, record_type
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.contract.searches import SearchType, search_types
from sandbox.netsuite.soap.reading import child, local
from sandbox.netsuite.soap.search.cells import Seen, Wanted, cell, custom_cell
from sandbox.netsuite.soap.search.kinds import meanings
from sandbox.netsuite.soap.tongue import Tongue
from sandbox.netsuite.soap.writing import shown
from sandbox.netsuite.store import Stored


def wanted_columns(kind: SearchType, element: etree._Element) -> list[Wanted]:
    """Read which columns of one search are asked for, in the contract's order."""
    found: list[Wanted] = []
    for one in element:
        name = local(one)
        if name == "customFieldList":
            found += [
                Wanted(name, "c", _label(c), (c.get("scriptId") or c.get("internalId") or "").lower()) for c in one
            ]
        elif name in kind.columns:
            found.append(Wanted(name, kind.columns[name], _label(one)))
        else:
            raise Refused("SSS_INVALID_SRCH_COL", f"An nlobjSearchColumn contains an invalid column: {name}.")
    places = {name: place for place, name in enumerate(kind.columns)}
    return sorted(found, key=lambda one: places[one.name])


def _label(element: etree._Element) -> str:
    found = child(element, "customLabel")
    return (found.text or "").strip() if found is not None else ""


class RowWriter:
    """Writes the rows of one search."""

    def __init__(self, account: Account, tongue: Tongue, kind: SearchType, columns: etree._Element) -> None:
        self._account = account
        self._kind = kind
        self._space = tongue.name(kind.namespace)
        self._common = tongue.name("common platform")
        self._parts: list[tuple[str, SearchType, list[Wanted]]] = []
        order = ["basic", *kind.joins]
        for one in sorted(columns, key=lambda part: order.index(local(part)) if local(part) in order else 0):
            self._parts.append(self._part(local(one), one))

    def _part(self, name: str, element: etree._Element) -> tuple[str, SearchType, list[Wanted]]:
        if name != "basic" and name not in self._kind.joins:
            raise Refused(
                "SSS_INVALID_SRCH_COLUMN_JOIN", f"An nlobjSearchColumn contains an invalid column join: {name}."
            )
        title = self._kind.name if name == "basic" else self._kind.joins[name]
        kind = search_types()[f"{title[0].upper()}{title[1:]}"]
        return name, kind, wanted_columns(kind, element)

    def rows(self, record: Stored, *, main_line: bool | None) -> Iterator[str]:
        """Give a record's rows: one, or for a transaction one of the whole and one of each line unless told otherwise."""
        doc = shown(record)
        lines = doc.get("item") if record.family == "transaction" else None
        if main_line is not False or not isinstance(lines, list):
            yield self._row(Seen(record, doc))
        if main_line is not True and isinstance(lines, list):
            for line in lines:
                yield self._row(Seen(record, doc, line))

    def _row(self, seen: Seen) -> str:
        inner = "".join(self._shown_part(name, kind, columns, seen) for name, kind, columns in self._parts)
        return (
            f'<platformCore:searchRow xmlns:s="{self._space}" xmlns:platformCommon="{self._common}" '
            f'xsi:type="s:{self._kind.title}SearchRow">{inner}</platformCore:searchRow>'
        )

    def _shown_part(self, name: str, kind: SearchType, columns: list[Wanted], seen: Seen) -> str:
        there = seen if name == "basic" else self._joined(name, seen)
        cells = "".join(cell(kind, one, there) for one in columns) if there else ""
        if there is not None and columns and columns[-1].kind == "c":
            cells = _with_customs(kind, columns, there)
        return f"<s:{name}>{cells}</s:{name}>" if cells or name == "basic" else ""

    def _joined(self, name: str, seen: Seen) -> Seen | None:
        """Go to the record that a join leads to; None when there is none."""
        how, *words = meanings("joins").get(f"{self._kind.name}.{name}", "none").split()
        if how == "rows" and seen.line is not None:
            return self._followed(record_type(self._field(seen, words[0]).target).by_name[words[1]], seen.line)
        if how == "through":
            return self._followed(self._field(seen, words[0]), seen.doc)
        return None

    def _field(self, seen: Seen, name: str) -> Field:
        return record_type(seen.record.type).by_name[name]

    def _followed(self, field: Field, source: Document) -> Seen | None:
        value = source.get(field.name)
        try:
            found = resolve(self._account.store, field, value, "") if isinstance(value, dict) else None
        except Refused:
            return None
        return Seen(found, shown(found)) if found else None


def _with_customs(kind: SearchType, columns: list[Wanted], seen: Seen) -> str:
    plain = "".join(cell(kind, one, seen) for one in columns if one.kind != "c")
    customs = "".join(custom_cell(one, seen) for one in columns if one.kind == "c")
    listed = f"<platformCommon:customFieldList>{customs}</platformCommon:customFieldList>" if customs else ""
    return plain + listed
