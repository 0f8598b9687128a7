"""What can be done with records over REST? Create, read, change, upsert, delete, list (netsuite.md 3.1)."""

from starlette.responses import Response

from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest.endpoint import Ask, as_json
from sandbox.netsuite.rest.problems import Problem
from sandbox.netsuite.rest.reading import BodyReader
from sandbox.netsuite.rest.writing import RECORDS, RecordView, self_link
from sandbox.netsuite.store import Stored
from sandbox.netsuite.wish import Done, Wish

_LOCKED = Refused("RCRD_HAS_BEEN_CHANGED", "Record has been changed.")
_SCRIPT = "An error occurred in an afterSubmit script."


def _kind(ask: Ask) -> RecordType:
    kind = record_types().get(ask.path["type"].lower())
    if kind is None:
        raise Problem(404, "NONEXISTENT_ID", f"Record type '{ask.path['type']}' does not exist.")
    return kind


def _keys(ask: Ask) -> tuple[str | None, str | None]:
    """Read the record's key of the address: (internal id, external id)."""
    key: str = ask.path["key"]
    return (None, key[4:]) if key[:4].lower() == "eid:" else (key, None)


def _wish(ask: Ask, internal_id: str | None, external_id: str | None) -> tuple[Wish, dict[str, str]]:
    """Read the body; gives the wish and the headers that warn of unknown properties (netsuite.md 3.4)."""
    replaced = {name for name in ask.query.get("replace", "").split(",") if name}
    reader = BodyReader(_kind(ask), replaced)
    wish = reader.wish(ask.json(), internal_id, external_id)
    strictness = ask.headers.get("x-netsuite-propertynamevalidation", "warning").lower()
    if not reader.unknown or strictness == "ignore":
        return wish, {}
    if strictness == "error":
        first = reader.unknown[0]
        words = f"Error while accessing a resource. Unknown reference or field '{first}' in the request body."
        raise Problem(400, "NONEXISTENT_FIELD", words, first)
    return wish, {"X-NetSuite-PropertyNameValidation": f"Warning: {', '.join(reader.unknown)}"}


def _located(ask: Ask, kind: RecordType, done: Done, warnings: dict[str, str]) -> Response:
    ask.effort.count(done, kind.family)
    if ask.trouble == "after_submit_failed":
        raise Problem(400, "USER_ERROR", f"Error while accessing a resource. {_SCRIPT}")
    place = f"{ask.seen.home}{RECORDS}/{kind.name}/{done.id}"
    return Response(status_code=204, headers={"Location": place, **warnings})


def _unlocked(ask: Ask) -> None:
    if ask.trouble == "lock":
        raise _LOCKED


def create(ask: Ask) -> Response:
    """Create a record."""
    _unlocked(ask)
    wish, warnings = _wish(ask, None, None)
    with ask.account.store.call():
        done = ask.account.add(wish)
    return _located(ask, wish.type, done, warnings)


def change(ask: Ask) -> Response:
    """Change a record that exists: PATCH, lists merged by their keys unless `?replace=` names them."""
    _unlocked(ask)
    wish, warnings = _wish(ask, *_keys(ask))
    with ask.account.store.call():
        done = ask.account.update(wish)
    return _located(ask, wish.type, done, warnings)


def upsert(ask: Ask) -> Response:
    """Create or change by external id: PUT takes nothing else."""
    _unlocked(ask)
    internal_id, external_id = _keys(ask)
    if internal_id is not None:
        raise Problem(400, "INVALID_REQUEST", "PUT takes an external id: use eid:.")
    wish, warnings = _wish(ask, None, external_id)
    with ask.account.store.call():
        done = ask.account.upsert(wish)
    return _located(ask, wish.type, done, warnings)


def _found(ask: Ask, kind: RecordType) -> Stored:
    return ask.account.get(kind, *_keys(ask))


def read(ask: Ask) -> Response:
    """Read one record; `fields` names the properties wanted, `expandSubResources` puts sublists in."""
    kind = _kind(ask)
    expand = ask.query.get("expandSubResources", "").lower() == "true"
    body = RecordView(ask.account, ask.seen.home, expand=expand).record(kind, _found(ask, kind))
    if wanted := {name for name in ask.query.get("fields", "").split(",") if name}:
        body = {name: value for name, value in body.items() if name in wanted | {"links", "id"}}
    return as_json(body)


def read_list(ask: Ask) -> Response:
    """Read one sublist of a record."""
    kind, name = _kind(ask), ask.path["sublist"]
    if name not in kind.by_name or kind.by_name[name].kind != "l":
        raise Problem(404, "NONEXISTENT_FIELD", f"Sub-resource '{name}' does not exist.")
    return as_json(RecordView(ask.account, ask.seen.home, expand=True).rows(kind, _found(ask, kind), name))


def delete(ask: Ask) -> Response:
    """Remove a record."""
    kind = _kind(ask)
    with ask.account.store.call():
        ask.account.delete(kind, *_keys(ask))
    return Response(status_code=204)


def listing(ask: Ask) -> Response:
    """List ids and links of a type, by page; filters (`q`) are not spoken here."""
    if ask.query.get("q"):
        raise Problem(400, "INVALID_PARAMETER", "This twin takes no q parameter; ask SuiteQL.")
    kind, (limit, offset) = _kind(ask), ask.page()
    records = ask.account.store.page((kind.family, kind.name), limit, offset)
    total = ask.account.store.count(kind.family, kind.name)
    items = [{"links": self_link(ask.seen.home, kind.name, one.id), "id": str(one.id)} for one in records]
    more = offset + len(items) < total
    figures = {"count": len(items), "hasMore": more, "items": items, "offset": offset, "totalResults": total}
    return as_json({"links": self_link(ask.seen.home, kind.name), **figures})
