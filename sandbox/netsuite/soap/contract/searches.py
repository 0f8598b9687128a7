"""What can be searched for? The search types of the contract, with their criteria and columns, read and declared."""

from dataclasses import dataclass
from functools import cache

from sandbox.netsuite.soap.contract.notation import Book, complex_type, element, table

_COMMON = "common platform"
_ONE = {"recType": ""}  # the one field that must stand in its search
CRITERIA = {
    "s": "SearchStringField", "m": "SearchMultiSelectField", "e": "SearchEnumMultiSelectField", "d": "SearchDateField",
    "b": "SearchBooleanField", "n": "SearchDoubleField", "i": "SearchLongField", "t": "SearchTextNumberField",
    "r": "RecordRef", "p": "PostingPeriodDate", "c": "SearchCustomFieldList",
}  # fmt: skip
COLUMNS = {
    "s": "SearchColumnStringField", "@": "SearchColumnSelectField", "e": "SearchColumnEnumSelectField",
    "d": "SearchColumnDateField", "b": "SearchColumnBooleanField", "n": "SearchColumnDoubleField",
    "i": "SearchColumnLongField", "t": "SearchColumnTextNumberField", "c": "SearchColumnCustomFieldList",
    "E": "SearchEnumMultiSelectField", "r": "RecordRef",
}  # fmt: skip


@dataclass(frozen=True)
class SearchType:
    """One search type (`transaction`): criteria and columns by name with their kinds, joins by name with their search."""

    name: str
    namespace: str
    criteria: dict[str, str]
    columns: dict[str, str]
    joins: dict[str, str]

    @property
    def title(self) -> str:
        """Give the word its types begin with (`Transaction`)."""
        return f"{self.name[0].upper()}{self.name[1:]}"


@cache
def search_types() -> dict[str, SearchType]:
    """Give every search type by its title."""
    return {one.title: one for one in (_read(name) for name in table("searches"))}


def _read(name: str) -> SearchType:
    listed = table("searches")[name]
    fields = [one.split() for one in listed["fields"].split(",")]
    joins = dict(one.split() for one in listed.get("joins", "").split(",") if one.strip())
    criteria = {field: kind for field, kind, _ in fields if kind != "-"}
    columns = {field: kind for field, _, kind in fields if kind != "-"}
    return SearchType(name, listed["namespace"], criteria, columns, joins)


def declare(book: Book) -> None:
    """Declare the types of every search: Basic, RowBasic, and where the contract has them Search, Row and Advanced."""
    for one in search_types().values():
        book.declare(f"{one.title}SearchBasic", _COMMON)
        book.declare(f"{one.title}SearchRowBasic", _COMMON)
        if one.namespace:
            for name in (f"{one.title}Search", f"{one.title}SearchRow", f"{one.title}SearchAdvanced"):
                book.declare(name, one.namespace)
    for one in search_types().values():
        _basic(book, one)
        if one.namespace:
            _whole(book, one)


def _basic(book: Book, one: SearchType) -> None:
    asked = "".join(
        element(book, _COMMON, name, CRITERIA[kind], _ONE.get(name, "?")) for name, kind in one.criteria.items()
    )
    shown = "".join(
        element(book, _COMMON, name, COLUMNS[kind], _ONE.get(name, "?" if kind == "c" else "*"))
        for name, kind in one.columns.items()
    )
    criteria, row = (book.named(base, _COMMON) for base in ("SearchRecordBasic", "SearchRowBasic"))
    book.add(_COMMON, complex_type(f"{one.title}SearchBasic", asked, base=criteria))
    book.add(_COMMON, complex_type(f"{one.title}SearchRowBasic", shown, base=row))


def _whole(book: Book, one: SearchType) -> None:
    place = one.namespace
    titles = {"basic": one.title} | {join: f"{other[0].upper()}{other[1:]}" for join, other in one.joins.items()}
    for ending, base in (("Search", "SearchRecord"), ("SearchRow", "SearchRow")):
        inner = "".join(element(book, place, join, f"{title}{ending}Basic") for join, title in titles.items())
        book.add(place, complex_type(f"{one.title}{ending}", inner, base=book.named(base, place)))
    parts = (("criteria", f"{one.title}Search"), ("columns", f"{one.title}SearchRow"))
    inner = "".join(element(book, place, name, kind) for name, kind in parts)
    saved = "".join(
        f'<xsd:attribute name="{name}" type="xsd:string"/>' for name in ("savedSearchId", "savedSearchScriptId")
    )
    advanced = complex_type(
        f"{one.title}SearchAdvanced", inner, base=book.named("SearchRecord", place), attributes=saved
    )
    book.add(place, advanced)
