"""How does a bookkeeper see the org? Accounts, opportunities with their lines, what was synchronised, events and jobs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.salesforce import history, shelf
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.model import SObject, objects
from sandbox.twin.books import Page
from sandbox.twin.page.views import Cell, Listing, Sheet, Table, amount, record_link, text

EVENTS, JOBS = "events", "jobs"
_LISTED = {
    "Opportunity": ("Name", "AccountId", "StageName", "CloseDate", "CurrencyIsoCode", "Amount", "NetSuite_Order_Number__c",
                    "NetSuite_Sync_Status__c"),
    "Account": ("Name", "BillingCity", "BillingCountry", "CurrencyIsoCode", "ParentId", "NetSuite_Internal_ID__c"),
    "OpportunityLineItem": ("OpportunityId", "Product2Id", "Quantity", "UnitPrice", "TotalPrice"),
    "Product2": ("Name", "ProductCode", "Family", "IsActive"),
    "NetSuite_Invoice__c": ("Name", "Account__c", "Invoice_Date__c", "Status__c", "CurrencyIsoCode", "Total__c", "Amount_Due__c"),
}  # fmt: skip
_HEAD = {
    "Opportunity": ("AccountId", "StageName", "CloseDate", "PO_Number__c", "Payment_Terms__c", "NetSuite_Subsidiary__c",
                    "OwnerId"),
    "Account": ("ParentId", "Type", "Industry", "Phone", "Website", "BillingStreet", "BillingPostalCode", "BillingCity",
                "BillingState", "BillingCountry", "Payment_Terms__c", "NetSuite_Subsidiary__c"),
    "Product2": ("ProductCode", "Family", "IsActive", "Description"),
}  # fmt: skip
_CHILDREN = {  # the child's field that points here, and what is shown of it
    "Opportunity": (
        "OpportunityLineItem",
        "OpportunityId",
        ("Product2Id", "Quantity", "UnitPrice", "Discount", "TotalPrice"),
    ),
    "Account": ("Opportunity", "AccountId", ("Name", "StageName", "CloseDate", "CurrencyIsoCode", "Amount")),
}
_PLAIN = {
    "Id": "Id", "Product2Id": "Product", "CurrencyIsoCode": "Currency", "NetSuite_Internal_ID__c": "Internal id",
    "CreatedDate": "Created", "LastModifiedDate": "Last modified", "SystemModstamp": "System stamp",
}  # fmt: skip
_NUMBERS = frozenset({"currency", "double", "percent", "int"})
_KEYS = ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp")
_MOST = 200


class OrgEyes:
    """The books of one org."""

    title = "Salesforce org"

    @property
    def menu(self) -> Sequence[tuple[str, str]]:
        """Return the lists in the menu."""
        named = [(one, objects()[one.lower()]) for one in ("Opportunity", "Account", "Product2", "NetSuite_Invoice__c")]
        return [*((name, owner.plural) for name, owner in named), (EVENTS, "Events"), (JOBS, "Bulk jobs")]

    def home(self, reading: sqlite3.Connection) -> Sequence[Table]:
        """Return opportunities by stage and currency, and how many records there are of every object."""
        stages = [
            [text(stage), text(code), amount(count), amount(shelf.money(total))]
            for stage, code, count, total in shelf.stages(reading)
        ]
        counted = ((owner, shelf.count(reading, owner)) for owner in objects().values())
        rows = [[Cell(owner.plural, f"/_twin/list/{owner.name}"), amount(count)] for owner, count in counted if count]
        return [
            Table("Opportunities", ("Stage", "Currency", "Count", "Amount"), stages, empty="No opportunity yet."),
            Table("Records", ("Object", "Count"), rows, empty="The org is empty."),
        ]

    def listing(self, reading: sqlite3.Connection, kind: str, page: Page) -> Listing | None:
        """Return a page of an object, of the newest events, or of the bulk jobs."""
        if kind == EVENTS:
            return _events(reading, page)
        if kind == JOBS:
            return _jobs(reading, page)
        owner = objects().get(kind.lower())
        if owner is None:
            return None
        count, records = shelf.page(reading, owner, page)
        names = _LISTED.get(owner.name) or [shelf.name_of(owner), *_KEYS[1:]]
        rows = [
            [_titled(owner, record), *(_cell(reading, owner, record, name) for name in names[1:])] for record in records
        ]
        words = f"Nothing is found for “{page.query}”." if page.query else "There are none yet."
        return Listing(
            owner.plural, count, Table(owner.plural, [_label(owner, name) for name in names], rows, empty=words)
        )

    def sheet(self, reading: sqlite3.Connection, kind: str, key: str) -> Sheet | None:
        """Return one record, by its id."""
        owner = objects().get(kind.lower())
        record = shelf.one(reading, owner, key) if owner else None
        if owner is None or record is None:
            return None
        sync = [name for name in (one.name for one in owner.fields.values()) if name.startswith("NetSuite_")]
        money = [
            name for name in ("CurrencyIsoCode", "Amount", "TotalPrice", "UnitPrice", "ListPrice") if record.get(name)
        ]
        return Sheet(
            title=f"{owner.label} {record.get(shelf.name_of(owner)) or record['Id']}",
            kind=owner.name,
            plural=owner.plural,
            status="In the recycle bin" if record["IsDeleted"] == "true" else str(record.get("StageName") or ""),
            origin=_origin(record),
            facts={
                "Head": list(_facts(reading, owner, record, _HEAD.get(owner.name, ()))),
                "Money": list(_facts(reading, owner, record, money)),
                "NetSuite": list(_facts(reading, owner, record, sync)),
                "Keys": list(_facts(reading, owner, record, _KEYS)),
            },
            tables=list(_children(reading, owner, record)),
            history=list(history.read(reading, str(record["Id"]))),
            fields=[(name, str(value)) for name, value in sorted(record.items()) if value not in {None, ""}],
        )


def _origin(record: Mapping[str, Any]) -> str:
    number, key = record.get("NetSuite_Order_Number__c"), record.get("NetSuite_Internal_ID__c")
    if number or key:
        return f"In NetSuite as {number or 'record'}{f' (internal id {key})' if key else ''}"
    return ""


def _label(owner: SObject, name: str) -> str:
    """Return a field's label; of a reference, what it is called without its id."""
    found = owner.fields[name.lower()]
    return _PLAIN.get(name) or (found.label or name).removesuffix(" ID")


def _titled(owner: SObject, record: Mapping[str, Any]) -> Cell:
    return record_link(owner.name, record["Id"], str(record.get(shelf.name_of(owner)) or record["Id"]))


def _cell(reading: sqlite3.Connection, owner: SObject, record: Mapping[str, Any], name: str) -> Cell:
    found, value = owner.fields.get(name.lower()), record.get(name)
    if found is None or value is None or value == "":
        return Cell(text(None).text, number=found is not None and found.type in _NUMBERS)
    if found.type == "reference":
        other = objects().get(found.to.lower())
        return _named(reading, other, str(value)) if other else text(value)
    if found.type == "datetime":
        return text(f"{value[:10]} {value[11:19]} UTC")
    return amount(value) if found.type in _NUMBERS else text(value)


def _named(reading: sqlite3.Connection, owner: SObject, key: str) -> Cell:
    record = shelf.one(reading, owner, key)
    return _titled(owner, record) if record else text(key)


def _facts(
    reading: sqlite3.Connection, owner: SObject, record: Mapping[str, Any], names: Sequence[str]
) -> Iterator[tuple[str, Cell]]:
    for name in names:
        if name.lower() in owner.fields and record.get(name) not in {None, ""}:
            yield _label(owner, name).removeprefix("NetSuite "), _cell(reading, owner, record, name)


def _children(reading: sqlite3.Connection, owner: SObject, record: Mapping[str, Any]) -> Iterator[Table]:
    if owner.name not in _CHILDREN:
        return
    name, field, shown = _CHILDREN[owner.name]
    child = objects()[name.lower()]
    rows = [
        [_titled(child, one) if at == "Name" else _cell(reading, child, one, at) for at in shown]
        for one in shelf.children(reading, child, field, str(record["Id"]), _MOST)
    ]
    total = [("Amount", amount(record["Amount"]).text)] if owner.name == "Opportunity" and record.get("Amount") else []
    title = "Lines" if owner.name == "Opportunity" else child.plural
    yield Table(title, [_label(child, at) for at in shown], rows, total, f"It has no {title.lower()}.")


def _events(reading: sqlite3.Connection, page: Page) -> Listing:
    like = f"%{page.query}%"
    where = "FROM event WHERE name LIKE :like OR record LIKE :like OR kind LIKE :like"
    values = {"like": like, "limit": page.limit, "offset": page.offset}
    (count,) = reading.execute(f"SELECT count(*) {where}", values).fetchone()
    query = f"SELECT id, at, name, kind, record {where} ORDER BY id DESC LIMIT :limit OFFSET :offset"
    rows = [
        [text(number), text(_moment(at)), text(name), text(kind.title()), _of_record(record)]
        for number, at, name, kind, record in reading.execute(query, values)
    ]
    return Listing(
        "Events", count, Table("Newest events", ("Replay id", "Time (UTC)", "Event", "Change", "Record"), rows)
    )


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _of_record(key: str) -> Cell:
    owner = next((one for one in objects().values() if one.prefix == key[:3]), None)
    return record_link(owner.name, key, key) if owner else text(key)


def _jobs(reading: sqlite3.Connection, page: Page) -> Listing:
    (count,) = reading.execute("SELECT count(*) FROM bulk_job").fetchone()
    query = (
        "SELECT j.number, j.api, j.kind, j.operation, j.object, j.state, j.created, sum(b.processed), sum(b.failed), j.wish "
        "FROM bulk_job j LEFT JOIN bulk_batch b ON b.job = j.number GROUP BY j.number ORDER BY j.number DESC LIMIT ? OFFSET ?"
    )
    rows = [_job(row) for row in reading.execute(query, (page.limit, page.offset))]
    columns = ("Job", "API", "Kind", "Object", "State", "Created", "Processed", "Failed", "Query")
    return Listing("Bulk jobs", count, Table("Newest jobs", columns, rows, empty="No job has been made."))


def _job(row: tuple[Any, ...]) -> Sequence[Cell]:
    number, api, kind, operation, owner, state, made, done, failed, wish = row
    return (
        text(make_id("750", number)), text(f"{api}.0"), text(f"{kind} {operation}"), text(owner), text(state), text(made[:19]),
        amount(done or 0), amount(failed or 0), text(json.loads(wish).get("query")),
    )  # fmt: skip
