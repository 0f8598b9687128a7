"""What is the project's own contract? A WSDL and schemas made from the tables of records, calls and searches.

It declares every namespace in the vendor's order, all operations, and the types of every record that is kept here
(clients.md tells what clients need of it).
"""

from functools import cache

from sandbox.netsuite.enumerations import enumeration as values_of
from sandbox.netsuite.fields import Field, RecordType, country_of_soap, record_type, record_types
from sandbox.netsuite.soap.contract import searches
from sandbox.netsuite.soap.contract.names import NAMESPACES, file_of, urn
from sandbox.netsuite.soap.contract.notation import (
    Book,
    complex_type,
    element,
    entry,
    enumeration,
    schema,
    table,
)
from sandbox.netsuite.soap.contract.operations import wsdl
from sandbox.netsuite.soap.contract.shapes import list_type, shapes
from sandbox.netsuite.soap.contract.source import VERSION, Contract, address_of

_SIMPLE = {
    "s": "string", "p": "string", "n": "double", "i": "long", "b": "boolean", "d": "dateTime", "t": "dateTime", "y": "Country",
    "@": "RecordRef", "r": "RecordRefList", "a": "Address", "x": "anyType", "-": "anyType", "c": "CustomFieldList",
}  # fmt: skip


_REPLACE_ALL = '<xsd:attribute name="replaceAll" type="xsd:boolean" default="true"/>'


@cache
def slim() -> Contract:
    """Make the project's own contract."""
    book = Book()
    _declare_all(book)
    _calls(book)
    for kind in _every_type():
        if kind.element not in table("types")["core platform"]["types"]:
            _record(book, kind)
    searches.declare(book)
    urns = {place: urn(place, VERSION) for place in NAMESPACES}
    places = {place: address_of(file_of(place)) for place in NAMESPACES}
    texts = {file_of(place): schema(book, place, urns, places) for place in NAMESPACES}
    return Contract(wsdl(urns, places), texts)


def _every_type() -> list[RecordType]:
    """Give records and their parts, each type of the contract once."""
    found: dict[str, RecordType] = {}
    todo = [*record_types().values(), record_type("address")]
    for kind in todo:  # the list grows while it is read: parts of parts come behind the records
        if kind.element not in found and kind.element:
            found[kind.element] = kind
            todo += [record_type(one.target) for one in kind.fields if one.kind in "lo"]
    return sorted(found.values(), key=lambda one: (NAMESPACES.index(one.namespace), one.element))


def _declare_all(book: Book) -> None:
    for place, listed in table("types").items():
        for name in listed["types"]:
            book.declare(name, place)
        for pair in listed["elements"].split(",") if "elements" in listed else ():
            book.declare(pair.split()[0], place)
    for place, listed in table("enumerations").items():
        for name in listed:
            book.declare(name, place)
    for name, place in (("Country", "types.common platform"), ("StatusDetailCodeType", "types.faults platform")):
        book.declare(name, place)
    for kind in _every_type():
        book.declare(kind.element, kind.namespace)


def _calls(book: Book) -> None:
    for place, listed in table("types").items():
        for name, text in listed["types"].items():
            book.add(place, entry(book, place, name, text))
        for pair in listed["elements"].split(",") if "elements" in listed else ():
            name, kind = pair.split()
            book.add(place, f'<xsd:element name="{name}" type="{book.named(kind, place)}"/>')
    for place, listed in table("enumerations").items():
        for name, words in listed.items():
            book.add(place, enumeration(name, words.split()))
    book.add("types.common platform", enumeration("Country", list(country_of_soap())))
    code = '<xsd:simpleType name="StatusDetailCodeType"><xsd:restriction base="xsd:string"/></xsd:simpleType>'
    book.add("types.faults platform", code)


def _record(book: Book, kind: RecordType) -> None:
    place, whole = kind.namespace, kind.family != "part"
    inner = [_field(book, kind, one) for one in kind.fields]
    if kind.element in shapes("takes_custom") and "customFieldList" not in kind.by_soap:
        inner.append(element(book, place, "customFieldList", "CustomFieldList"))
    keys = ["internalId", "externalId"] if whole else []
    keys = keys[:1] if kind.element in shapes("without_external_id") else keys
    attributes = "".join(f'<xsd:attribute name="{key}" type="xsd:string"/>' for key in keys)
    base = book.named("Record", place) if whole else ""
    book.add(place, complex_type(kind.element, "".join(inner), base=base, attributes=attributes))


def _field(book: Book, kind: RecordType, one: Field) -> str:
    place = kind.namespace
    known = shapes("kinds").get(f"{kind.element}.{one.soap}")
    if known is None and one.kind == "e":
        known = _enumerated(book, one.target, place)
    elif known is None:
        known = _listed(book, kind, one) if one.kind == "l" else _SIMPLE.get(one.kind)
    return element(book, place, one.soap, known or record_type(one.target).element)


def _enumerated(book: Book, name: str, place: str) -> str:
    """Declare an enumeration beside the first record that uses it."""
    own = f"types.{place}"
    there = own if own in NAMESPACES and name not in shapes("common_enumerations") else "types.common platform"
    if book.declare(name, there):
        book.add(there, enumeration(name, list(values_of(name).rest)))
    return name


def _listed(book: Book, kind: RecordType, one: Field) -> str:
    """Declare a list's type where it is not declared yet."""
    name, place = list_type(kind.element, kind.namespace, one)
    if book.declare(name, place):
        keyed = "" if name in shapes("without_keys") else _REPLACE_ALL
        row = element(
            book, place, one.row_element, record_type(one.target).element, "+" if name in shapes("never_empty") else "*"
        )
        book.add(place, complex_type(name, row, attributes=keyed))
    return name
