"""What does a search ask? Its criteria, joins and columns, read into a tree of conditions (netsuite.md 2.4)."""

from dataclasses import dataclass
from datetime import date

from lxml import etree

from sandbox.netsuite import criteria
from sandbox.netsuite.criteria import Condition, Every, Node, Referring, Rows, Through, Value
from sandbox.netsuite.customizations import custom_record_type, script_id_of
from sandbox.netsuite.periods import days_of
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.contract.searches import SearchType, search_types
from sandbox.netsuite.soap.faults import unknown_element
from sandbox.netsuite.soap.reading import XSI_TYPE, child, local
from sandbox.netsuite.soap.search.criterion import bound, choice, of_nothing, references, rest_word, texts, value
from sandbox.netsuite.soap.search.kinds import Searched, by_status, by_type, meanings, searched

_ENDINGS = ("SearchAdvanced", "SearchBasic", "Search")
_CUSTOM = {
    "Boolean": "b",
    "String": "s",
    "Long": "i",
    "Double": "n",
    "Date": "d",
    "EnumMultiSelect": "e",
    "MultiSelect": "m",
}
_ALWAYS_LINES = frozenset({"mainLine", "taxLine", "shipping", "cogs", "transactionLineType"})


@dataclass(frozen=True)
class Asked:
    """One search: what it looks through, under which condition, and the columns wanted (None: whole records)."""

    type: SearchType
    searched: Searched
    tree: Node
    columns: etree._Element | None = None
    main_line: bool | None = None


def read_search(element: etree._Element, today: date) -> Asked:
    """Read a `searchRecord`, or refuse: its type, a field, an operator or a value is none."""
    named = (element.get(XSI_TYPE) or "").rpartition(":")[2]
    ending = next((one for one in _ENDINGS if named.endswith(one)), "")
    kind = search_types().get(named.removesuffix(ending)) if ending else None
    looked = _looked_through(kind, element) if kind else None
    if kind is None or looked is None:
        raise Refused("INVALID_SEARCH_TYPE", f"This twin has no search of type {named}.")
    if element.get("savedSearchId") or element.get("savedSearchScriptId"):
        raise Refused("INVALID_SAVEDSEARCH", "That saved search does not exist.")
    whole, columns = element, None
    if ending == "SearchAdvanced":
        found, columns = child(element, "criteria"), child(element, "columns")
        whole = found if found is not None else etree.Element("criteria")
    reader = Reader(today)
    tree = reader.basic(kind, whole) if ending == "SearchBasic" else reader.joined(kind, whole)
    return Asked(kind, looked, tree, columns, reader.main_line)


def _looked_through(kind: SearchType, element: etree._Element) -> Searched | None:
    """Give what a search looks through; for custom records the type that they name."""
    named = (
        next((one for one in element.iter() if local(one) == "recType"), None) if kind.name == "customRecord" else None
    )
    own = custom_record_type(named.get("internalId") or named.get("scriptId") or "") if named is not None else None
    return Searched(own.family, (own,)) if own else searched(kind.name)


class Reader:
    """Reads criteria; `main_line` is what they say of a transaction's rows."""

    def __init__(self, today: date) -> None:
        self._today = today
        self.main_line: bool | None = None

    def joined(self, kind: SearchType, element: etree._Element) -> Node:
        """Read a search with its joins."""
        parts: list[Node] = []
        for one in element:
            name = local(one)
            if name == "basic":
                parts.append(self.basic(kind, one))
            elif name in kind.joins:
                parts.append(self._join(kind, name, one))
            else:
                raise Refused("SSS_INVALID_SRCH_FILTER_JOIN", f"An nlobjSearchFilter contains an invalid join: {name}.")
        return Every(tuple(parts))

    def _join(self, kind: SearchType, name: str, element: etree._Element) -> Node:
        how, *words = meanings("joins").get(f"{kind.name}.{name}", "none").split()
        other = search_types()[f"{kind.joins[name][0].upper()}{kind.joins[name][1:]}"]
        part = self.basic(other, element)
        if how == "through":
            return Through(words[0], part)
        if how == "rows":
            return Rows(words[0], Through(words[1], part))
        if how == "referring":
            return Referring(words[0], words[1], part)
        raise Refused("SSS_INVALID_SRCH_FILTER_JOIN", f"An nlobjSearchFilter contains an invalid join: {name}.")

    def basic(self, kind: SearchType, element: etree._Element) -> Node:
        """Read the criteria of one search; all must hold."""
        parts: list[Node] = []
        for one in element:
            name = local(one)
            if name == "customFieldList":
                parts += [self._custom(field) for field in one]
            elif name in kind.criteria:
                parts.append(self._criterion(kind, name, one))
            else:
                raise unknown_element(name, etree.QName(one).namespace or "", f"{kind.title}SearchBasic")
        return Every(tuple(parts))

    def _criterion(self, kind: SearchType, name: str, element: etree._Element) -> Node:
        letter, operator = kind.criteria[name], element.get("operator") or ""
        if name in _ALWAYS_LINES:
            return self._of_lines(name, element)
        if name == "recType":
            return Every()
        words = texts(element)
        if name in {"type", "subType"} and kind.name in {"transaction", "item"}:
            return choice(operator, by_type(name, words))
        if name == "status" and kind.name == "transaction":
            return choice(operator, by_status(words))
        looked = searched(kind.name)
        field = meanings(kind.name).get(name, name)
        if looked is None or not criteria.knows(looked.family, field):
            return of_nothing(letter, operator, words)
        return self._known(looked, field, letter, element)

    def _of_lines(self, name: str, element: etree._Element) -> Node:
        """Take what is said of a transaction's rows: it chooses among them, not among the records."""
        if name == "mainLine":
            self.main_line = texts(element)[:1] in (["true"], ["1"])
        return Every()

    def _known(self, looked: Searched, field: str, letter: str, element: etree._Element) -> Node:
        operator = element.get("operator") or ("anyOf" if letter in "me" else "is")
        if letter in "mr":
            return references(field, operator if letter == "m" else "anyOf", element)
        known = criteria.field_of(looked.family, field)
        values = self._values(letter, element)
        if letter == "e" and known is not None:
            values = tuple(rest_word(known.kind, known.target, str(one)) for one in values)
        if letter == "d" and len(values) == 2 and "ithin" not in operator and not operator.endswith(("mpty",)):  # noqa: PLR2004 — a span
            values = bound(operator, values)
            operator = {"on": "within", "notOn": "notWithin"}.get(operator, operator)
        if not values and not operator.lower().endswith("empty"):
            return Every()
        return Condition(field, operator, values)

    def _values(self, letter: str, element: etree._Element) -> tuple[Value, ...]:
        word = child(element, "predefinedSearchValue")
        if word is not None:
            return self._predefined((word.text or "").strip())
        return tuple(value(letter, text) for text in texts(element))

    def _predefined(self, word: str) -> tuple[Value, ...]:
        days = days_of(word, self._today)
        if days is None:
            raise Refused("INVALID_SEARCH_VALUE", f"{word} is no predefined date.")
        return days

    def _custom(self, element: etree._Element) -> Node:
        shape = (element.get(XSI_TYPE) or "").rpartition(":")[2]
        letter = _CUSTOM.get(shape.removeprefix("Search").removesuffix("CustomField"), "s")
        field = script_id_of(element.get("scriptId") or element.get("internalId") or "")
        if not field.startswith("cust"):
            raise Refused("INVALID_SRCH_CSTM_FLD", f"There is no custom field {field}.")
        operator = element.get("operator") or ("anyOf" if letter in "me" else "is")
        if letter == "m":
            return references(field, operator, element)
        values = self._values(letter, element)
        if letter == "d" and len(values) == 2 and "ithin" not in operator:  # noqa: PLR2004 — a span
            values = bound(operator, values)
            operator = {"on": "within", "notOn": "notWithin"}.get(operator, operator)
        return Condition(field, operator, values)
