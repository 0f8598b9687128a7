"""What can be done with the parts of a record? Read, add, change and delete lines and addresses (netsuite.md 3.1)."""

from typing import Any

from starlette.responses import Response

from sandbox.netsuite.checks import resolve
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.refusals import no_such_record
from sandbox.netsuite.rest import records
from sandbox.netsuite.rest.ask import COLLECTION, Ask, as_json
from sandbox.netsuite.rest.problems import not_allowed, nowhere
from sandbox.netsuite.rest.writing import row_key
from sandbox.netsuite.store import Stored


def _sublist(ask: Ask, kind: RecordType) -> Field:
    name = ask.path["steps"][0]
    field = kind.by_name.get(name) or next(
        (one for one in kind.by_name.values() if one.name.lower() == name.lower()), None
    )
    if field is None or field.kind not in ("alo@" if ask.seen.method == "GET" else "alo"):
        raise nowhere(ask.seen.path, f"Sub-resource '{name}' does not exist.", "NONEXISTENT_FIELD")
    return field


def _row(stored: Stored, field: Field, key: str) -> Document:
    rows: list[Document] = stored.doc.get(field.name) or []
    own = row_key(field)
    found = next((row for row in rows if str(row.get(own)) == key), None)
    if found is None:
        raise no_such_record()
    return found


def read(ask: Ask) -> Response:
    """Read a sublist, one of its rows, or the address in a row."""
    kind = records.kind_of(ask)
    stored, field = records.found(ask, kind), _sublist(ask, kind)
    view, steps = records.view_of(ask), ask.path["steps"]
    own = (kind.name, stored.id, field.name)
    if field.kind == "@":
        return as_json(_referred(ask, field, stored.doc.get(field.name)))
    if field.kind in "ao":
        return as_json(view.part(field, stored.doc.get(field.name) or {}, own))
    if len(steps) == 1:
        return as_json(view.rows(kind, stored, field.name), media=COLLECTION)
    row = _row(stored, field, steps[1])
    if len(steps) == 2:  # noqa: PLR2004 — the sublist and the row's key
        return as_json(view.row(field, row, own))
    return as_json(_inner(ask, field, row, own))


def _referred(ask: Ask, field: Field, value: Any) -> Document:
    """Give the record that a field refers to, in full."""
    referred = resolve(ask.account.store, field, value, field.name) if value else None
    if referred is None:
        raise no_such_record()
    return records.view_of(ask).record(record_type(referred.type), referred)


def _inner(ask: Ask, field: Field, row: Document, own: tuple[object, ...]) -> Document:
    name = ask.path["steps"][2]
    inner = record_type(field.target).by_name.get(name)
    if inner is None or inner.kind not in "ao" or len(ask.path["steps"]) != 3:  # noqa: PLR2004 — no part lies deeper
        raise nowhere(ask.seen.path, f"Sub-resource '{name}' does not exist.", "NONEXISTENT_FIELD")
    view = records.view_of(ask)
    return view.part(inner, row.get(name) or {}, (*own, ask.path["steps"][1], name))


def add(ask: Ask) -> Response:
    """Add one row, or those under `items`."""
    kind = records.kind_of(ask)
    field = _sublist(ask, kind)
    if field.kind != "l" or len(ask.path["steps"]) != 1:
        raise not_allowed(["GET", "PATCH"])
    body, own = records.body_of(ask), row_key(field)
    rows = body.get("items", [body]) if isinstance(body, dict) else body
    new = [
        {name: value for name, value in row.items() if name != own} if isinstance(row, dict) else row for row in rows
    ]
    return _written(ask, kind, {field.name: {"items": new}})


def change(ask: Ask) -> Response:
    """Change a sublist, one of its rows, or the address in a row."""
    kind = records.kind_of(ask)
    field, body, steps = _sublist(ask, kind), records.body_of(ask), ask.path["steps"]
    if field.kind in "ao" or len(steps) == 1:
        return _written(ask, kind, {field.name: body})
    row = _row(records.found(ask, kind), field, steps[1])
    key = {row_key(field): row[row_key(field)]}
    inner = body if len(steps) == 2 else {steps[2]: body}  # noqa: PLR2004 — the sublist and the row's key
    return _written(ask, kind, {field.name: {"items": [{**inner, **key}]}})


def delete(ask: Ask) -> Response:
    """Take one row, or all rows, out of a sublist."""
    kind = records.kind_of(ask)
    stored, field, steps = records.found(ask, kind), _sublist(ask, kind), ask.path["steps"]
    own = row_key(field)
    gone = _row(stored, field, steps[1]) if len(steps) > 1 else None
    left = [{own: row[own]} for row in stored.doc.get(field.name) or [] if gone is not None and row is not gone]
    ask.query = {**ask.query, "replace": field.name}
    return _written(ask, kind, {field.name: {"items": left} if left else None})


def _written(ask: Ask, kind: RecordType, body: Any) -> Response:
    stored = records.found(ask, kind)
    return records.written(ask, "update", body, (str(stored.id), None))
