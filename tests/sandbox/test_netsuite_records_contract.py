"""Are our tables of records the vendor's contract: every element in its order, every list, every enumeration's words?"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from lxml import etree

from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import Field, RecordType, country_of_soap, record_type, record_types

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_KINDS = {
    "string": "sp", "double": "np", "long": "i", "int": "i", "boolean": "b", "dateTime": "dt", "RecordRef": "@",
    "RecordRefList": "r-", "CustomFieldList": "c-", "BaseRef": "@-",
    "base64Binary": "s",
}  # fmt: skip
_APART = {"customFieldList", "nullFieldList"}  # written first and last by rule, not by table

Element = tuple[str, str, bool]


def _folder() -> Path | None:
    places = (one / "shared" / "reference" / "netsuite-wsdl" / "xsd" for one in Path(__file__).resolve().parents)
    return next((place for place in places if place.is_dir()), None)


class Contract:
    """The XSDs: elements of each complex type, words of each simple one, by (namespace, name)."""

    def __init__(self, folder: Path) -> None:
        self.types: dict[tuple[str, str], list[Element]] = {}
        self.words: dict[str, list[str]] = {}
        for path in sorted(folder.glob("*.xsd")):
            root = etree.parse(path).getroot()
            space = _space(root.get("targetNamespace") or "")
            for one in root.iterfind(f"{_XSD}complexType"):
                self.types[space, one.get("name") or ""] = list(_elements(one))
            for one in root.iterfind(f"{_XSD}simpleType"):
                words = [word.get("value") or "" for word in one.iter(f"{_XSD}enumeration")]
                self.words[one.get("name") or ""] = words

    def of(self, kind: RecordType) -> list[Element]:
        return self.types[kind.namespace, kind.element]


def _space(urn: str) -> str:
    """Give `sales transactions` for the namespace of that place."""
    first, _, rest = urn.removeprefix("urn:").partition("_2023_2.")
    return f"{first} {rest.partition('.')[0]}"


def _elements(one: etree._Element) -> Iterator[Element]:
    for element in one.iter(f"{_XSD}element"):
        name = element.get("name") or element.get("ref") or ""
        if name not in _APART:
            yield name, (element.get("type") or "").rpartition(":")[2], element.get("maxOccurs") == "unbounded"


@pytest.fixture(scope="module")
def contract() -> Contract:
    folder = _folder()
    if folder is None:
        pytest.skip("no ../shared/reference/netsuite-wsdl here: the tables are not compared with the contract")
    return Contract(folder)


def _typed() -> Mapping[str, RecordType]:
    """Give every type SOAP has, and every part that one of them leads to."""
    found: dict[str, RecordType] = {}
    waiting = [one for one in record_types().values() if one.element]
    while waiting:
        kind = waiting.pop()
        found[kind.name] = kind
        parts = (record_type("address" if one.kind == "a" else one.target) for one in kind.fields if one.kind in "loa")
        waiting += [part for part in parts if part.name not in found]
    return found


TYPED = _typed()


@pytest.mark.parametrize("name", sorted(TYPED))
def test_a_table_has_the_elements_of_the_contract_in_its_order(name: str, contract: Contract) -> None:
    kind = TYPED[name]
    assert [one.soap for one in kind.fields] == [element[0] for element in contract.of(kind)]


@pytest.mark.parametrize("name", sorted(TYPED))
def test_a_field_is_of_the_contracts_kind(name: str, contract: Contract) -> None:
    kind = TYPED[name]
    for field, (_, typed, many) in zip(kind.fields, contract.of(kind), strict=True):
        if not many and field.kind != "-":
            _is_of_kind(kind, field, typed, contract)


def _is_of_kind(holder: RecordType, field: Field, typed: str, contract: Contract) -> None:
    where = f"{holder.name}.{field.soap}"
    if field.kind == "e":
        assert field.target == typed, where
    elif field.kind in "al":
        assert typed.endswith(("Address", "List", "Matrix")), where
    elif field.kind == "y":
        assert typed == "Country", where
    elif field.kind != "o":
        assert field.kind in _KINDS[typed], f"{where}: {typed}"
    if field.kind == "l":
        part = record_type(field.target)
        space = holder.namespace if field.row_outside else part.namespace
        assert contract.types[space, typed][0][:2] == (field.row_element, part.element), where


def test_enumerations_have_the_contracts_words_in_its_order(contract: Contract) -> None:
    used = {one.target for kind in TYPED.values() for one in kind.fields if one.kind == "e"}
    assert len(used) > 100
    for name in used:
        assert list(enumeration(name).rest) == contract.words[name]
        assert len(enumeration(name).soap) == len(enumeration(name).rest), f"{name}: two words have one id"


def test_every_country_of_the_contract_has_a_code(contract: Contract) -> None:
    assert sorted(country_of_soap()) == sorted(contract.words["Country"])


def test_every_reference_leads_to_a_type_or_a_group_that_is_kept_or_to_none() -> None:
    known = {one.name for one in record_types().values()} | {one.family for one in record_types().values()}
    later = {"subscription", "subscriptionLine"}
    for kind in TYPED.values():
        targets = {one.target for one in kind.fields + kind.rest_only if one.kind in "@r" and one.target}
        assert targets <= known | later, kind.name
