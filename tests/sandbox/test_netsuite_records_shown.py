"""Does a record of every type, every field filled, read as the contract says, and change nothing when written back?"""

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sandbox.netsuite.checks import family_of, without_read_only
from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import Field, RecordType, record_type, record_types
from sandbox.netsuite.rest.writing import RecordView
from sandbox.netsuite.soap.reading import read_record
from sandbox.netsuite.soap.tongue import Tongue
from sandbox.netsuite.soap.writing import RecordWriter
from sandbox.netsuite.store import Stored
from tests.sandbox.netsuite_books import Books

_CORE = "urn:core_2023_2.platform.webservices.netsuite.com"
_MESSAGES = "urn:messages_2023_2.platform.webservices.netsuite.com"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_KNOWN = {"customer": "501", "vendor": "701", "contact": "601", "employee": "602", "partner": "603", "job": "604"}
_VALUES: dict[str, Any] = {
    "s": "eHg=", "n": Decimal(1), "i": 1, "b": True, "d": "2026-03-01", "t": "2026-03-01T00:00:00Z", "p": Decimal("1.5"),
    "y": "DE", "a": {"addr1": "1 Mill Lane", "country": "US"}, "c": {"custcol_x": "y"},
}  # fmt: skip
# What a rule of its own would refuse when everything is filled with the same.
_LEFT_OUT = {
    "createdFrom", "apply", "credit", "deposit", "autoApply", "isInactive", "inactive", "entityId",
    "approvalStatus", "billAddressList", "shipAddressList", "recType", "orderStatus", "parent",
}  # fmt: skip
_CUSTOM = {"transaction": "custbody_x", "entity": "custentity_x", "item": "custitem_x"}
SOAP_TYPES = [one.name for one in record_types().values() if one.element and not one.name.startswith("customrecord_")]


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    places = (one / "shared" / "reference" / "netsuite-wsdl" / "xsd" for one in Path(__file__).resolve().parents)
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        pytest.skip("no ../shared/reference/netsuite-wsdl here: what is written is not held to the contract")
    imports = "".join(
        f'<import namespace="{etree.parse(path).getroot().get("targetNamespace")}" schemaLocation="{path.as_uri()}"/>'
        for path in sorted(folder.glob("*.xsd"))
    )
    return etree.XMLSchema(etree.fromstring(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'))


@pytest.fixture(scope="module")
def books() -> Books:
    made = Books()
    made.add("vendor", 701, companyName="Parts")
    made.add("contact", 601, firstName="Ann", lastName="Lee")
    made.add("employee", 602, firstName="Eve", lastName="Fox")
    made.add("partner", 603, companyName="Ally")
    made.add("job", 604, companyName="Build", parent={"id": "501"})
    return made


def _reference(books: Books, field: Field) -> Document | None:
    target, family = field.target, family_of(field.target)
    if not family:
        return {"id": "1"}
    if target in _KNOWN or target in {"entity", "item"}:
        return {"id": _KNOWN.get(target, {"entity": "501", "item": "8"}.get(target, ""))}
    rows = [one for one in books.account.store.every(family) if target in {one.type, family}]
    return {"id": str(rows[0].id)} if rows else None


def _value(books: Books, field: Field, depth: int) -> Any:
    if field.kind == "e":
        return next(iter(enumeration(field.target).rest))
    if field.kind == "@":
        return _reference(books, field)
    if field.kind == "r":
        one = _reference(books, field)
        return {"items": [one]} if one else None
    if field.kind in "lo":
        inner = _filled(books, record_type(field.target), depth + 1) if depth < 3 else None
        return [inner] if inner and field.kind == "l" else inner
    return _VALUES.get(field.kind)


def _filled(books: Books, kind: RecordType, depth: int = 0) -> Document:
    values = {one.name: _value(books, one, depth) for one in kind.fields if not one.read_only}
    return {name: value for name, value in values.items() if value is not None}


def _made(books: Books, kind: RecordType) -> Stored:
    doc = {name: value for name, value in _filled(books, kind).items() if name not in _LEFT_OUT}
    doc[_CUSTOM.get(kind.family, "custrecord_x")] = "own"
    if naming := {"item": "itemId", "entity": "entityId"}.get(kind.family):
        doc[naming] = uuid.uuid4().hex
    if kind.name == "job":
        doc["parent"] = {"id": "501"}
    return books.add(kind.name, None, **doc)


@pytest.mark.parametrize("name", SOAP_TYPES)
def test_it_is_written_as_the_contract_says_and_taken_back_as_it_was(
    name: str, books: Books, schema: etree.XMLSchema
) -> None:
    kind = record_type(name)
    stored = _made(books, kind)
    text = RecordWriter(books.account, Tongue("2023_2")).record(kind, stored)
    answer = etree.fromstring(
        f'<getResponse xmlns="{_MESSAGES}" xmlns:platformCore="{_CORE}" xmlns:xsi="{_XSI}"><readResponse>'
        f'<platformCore:status isSuccess="true"/>{text}</readResponse></getResponse>'
    )
    assert schema.validate(answer), str(schema.error_log)
    wish = read_record(answer[0][1])
    without_read_only(wish, ignore=True)
    assert len(wish.fields) > 1
    before = dict(stored.doc)
    with books.account.store.call():
        books.account.update(wish)
    assert books.again(stored).doc == before


@pytest.mark.parametrize("name", SOAP_TYPES)
def test_rest_shows_every_field_of_it(name: str, books: Books) -> None:
    kind = record_type(name)
    found = books.account.store.select(kind.family, "r.type = ?", [kind.kept], (1, 0))
    stored = found[0] if found else _made(books, kind)
    body = RecordView(books.account, "http://twin", expand=True).record(kind, stored)
    kept = {field for field in stored.doc if field in kind.by_name or field.startswith("cust")}
    assert kept <= set(body) <= kept | {*kind.by_name, "links", "id", "externalId"}
    assert body["id"] == str(stored.id)
