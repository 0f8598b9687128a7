"""What does an upload say? Its rows become the records that the org writes (salesforce.md 2.2, 2.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from sandbox.salesforce.bulk.dialect import NULL, Dialect, Unreadable, dialect_of
from sandbox.salesforce.bulk.model import Job
from sandbox.salesforce.model import SObject, objects

XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
BOOLEANS = dict.fromkeys(("yes", "y", "true", "on", "1"), True) | dict.fromkeys(("no", "n", "false", "off", "0"), False)
Record = dict[str, Any]
Path = tuple[str, ...]


def records_of(job: Job, content: bytes) -> Iterator[Record]:
    """Yield the records of an upload; raise Unreadable where it makes no sense as a whole."""
    owner = objects()[job.object.lower()]
    match str(job.wish.get("contentType", "CSV")).removeprefix("ZIP_"):
        case "JSON":
            yield from _of_json(content)
        case "XML":
            yield from _of_xml(content)
        case _:
            yield from _of_csv(owner, content, dialect_of(job.wish), checked=job.api == "2")


def sheet_of(job: Job, content: bytes) -> tuple[list[str], Iterator[list[str]]]:
    """Return the header and the rows of a CSV upload as they came."""
    rows = dialect_of(job.wish).rows(content, checked=False)
    try:
        return next(rows, []), rows
    except Unreadable:
        return [], iter(())


def _of_csv(owner: SObject, content: bytes, dialect: Dialect, *, checked: bool) -> Iterator[Record]:
    rows = dialect.rows(content, checked=checked)
    header = next(rows, None)
    if header is None:
        raise Unreadable("InvalidBatch : Records not found")
    paths = [_path(owner, name) for name in header]
    for row in rows:
        yield _record(owner, paths, row)


def _path(owner: SObject, column: str) -> Path:
    """Return the field of a column, or the parent and its field: `Account.NS_Id__c`, with or without `Account:` before."""
    parent, dot, name = column.strip().rpartition(":")[2].rpartition(".")
    link = owner.parents.get(parent.lower())
    here = owner if not dot else objects().get(link.to.lower()) if link else None
    found = here.fields.get(name.lower()) if here else None
    if found is None:
        raise Unreadable(f"InvalidBatch : Field name not found : {column}")
    return (link.parent, found.name) if link and dot else (found.name,)


def _record(owner: SObject, paths: Sequence[Path], row: Sequence[str]) -> Record:
    """Return a row as a record: an empty cell says nothing, `#N/A` says null."""
    record: Record = {}
    for path, cell in zip(paths, row, strict=False):
        if cell == "":
            continue
        value: Any = None if cell == NULL else cell
        if len(path) > 1:
            record[path[0]] = {path[-1]: value}
        elif value is not None and owner.fields[path[0].lower()].type == "boolean":
            record[path[0]] = BOOLEANS.get(cell.lower(), cell)
        else:
            record[path[0]] = value
    return record


def _of_json(content: bytes) -> Iterator[Record]:
    try:
        found = json.loads(content or b"[]")
    except ValueError as error:
        raise Unreadable(f"InvalidBatch : Failed to parse JSON. {error}") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unreadable("InvalidBatch : Records not processed")
    yield from ({name: value for name, value in one.items() if name != "attributes"} for one in found)


def _of_xml(content: bytes) -> Iterator[Record]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"InvalidBatch : Failed to parse XML. {error}") from error
    yield from (_of_element(one) for one in root.iterchildren("{*}sObject"))


def _of_element(element: etree._Element) -> Record:
    record: Record = {}
    for one in element.iterchildren("{*}*"):
        name, inner = etree.QName(one).localname, next(one.iterchildren("{*}sObject"), None)
        if inner is not None:
            record[name] = {key: value for key, value in _of_element(inner).items() if key != "type"}
        elif one.get(XSI_NIL) == "true" or one.text == NULL:
            record[name] = None
        elif one.text:
            record[name] = one.text
    return record
