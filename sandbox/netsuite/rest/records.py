"""What can be done with one record over REST? Create, read, change, upsert, delete (netsuite.md 3.1)."""

from typing import Any

from starlette.responses import Response

from sandbox.netsuite import refusals
from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest import later
from sandbox.netsuite.rest.ask import RECORDS, Ask, as_json
from sandbox.netsuite.rest.problems import AfterSave, Problem, nowhere
from sandbox.netsuite.rest.reading import BodyReader, Strictness
from sandbox.netsuite.rest.writing import RecordView
from sandbox.netsuite.store import Stored
from sandbox.netsuite.wish import Done, Wish

_JSON = ("application/json", "application/vnd.oracle.resource+json", "text/json", "*/*")
_LOCKED = Refused("RCRD_LOCKED_BY_WF", "This record has been locked by a user defined workflow.")
_TROUBLES = {"changed": refusals.changed_meanwhile, "closed_period": refusals.period_closed}
_LONGEST = 18  # digits of an internal id
_SCRIPT = "An error occurred in an afterSubmit script."


def kind_of(ask: Ask) -> RecordType:
    """Find the record type of the address, in any case; 404 when the account has none of that name."""
    kind = record_types().get(ask.path["type"].lower())
    if kind is None:
        raise nowhere(ask.seen.path, f"Record type '{ask.path['type']}' does not exist.", "NONEXISTENT_ID")
    return kind


def keys_of(key: str) -> tuple[str | None, str | None]:
    """Read a record's key: (internal id, external id)."""
    return (None, key[4:]) if key[:4].lower() == "eid:" else (key, None)


def found(ask: Ask, kind: RecordType) -> Stored:
    """Find the record of the address, or refuse."""
    internal_id, external_id = keys_of(ask.path["key"])
    if internal_id is not None and not internal_id.lstrip("-").isdecimal():
        words = f"Invalid record instance identifier '{internal_id}'. Provide a valid record instance ID."
        raise Problem(400, "INVALID_ID", words, ask.seen.path, where="o:errorUrl")
    if internal_id is not None and len(internal_id) > _LONGEST:
        raise refusals.no_such_record()
    stored = ask.account.find(kind, internal_id, external_id)
    if stored is None and kind.family == "transaction" and _is_another(ask, internal_id, external_id):
        raise Refused("USER_ERROR", "Transaction type specified is incorrect.")
    if stored is None:
        raise refusals.no_such_record()
    return stored


def _is_another(ask: Ask, internal_id: str | None, external_id: str | None) -> bool:
    store = ask.account.store
    by_id = store.by_id("transaction", internal_id) if internal_id else None
    return by_id is not None or store.by_external("transaction", external_id or "") is not None


def unlocked(ask: Ask) -> None:
    """Refuse what a fault on request has locked, changed or closed (netsuite.md 2.8, 3.2)."""
    if ask.trouble == "lock":
        raise _LOCKED
    refusal = _TROUBLES.get(ask.trouble)
    if refusal is not None and ask.seen.method != "GET":
        raise refusal()


def body_of(ask: Ask) -> Any:
    """Read the body, which must call itself JSON if it calls itself anything."""
    media = ask.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media not in _JSON:
        words = f"Unsupported media type '{media}'. Provide a valid Content-Type header."
        raise Problem(415, "INVALID_CONTENT_TYPE", words, "Content-Type", where="o:errorHeader")
    return ask.json()


def wish_of(ask: Ask, body: Any, keys: tuple[str | None, str | None]) -> tuple[Wish, dict[str, str]]:
    """Read a body; gives the wish and the headers that warn of what was passed over (netsuite.md 3.4)."""
    strictness = Strictness.of(ask.headers)
    reader = BodyReader(kind_of(ask), set(ask.named("replace")), strictness)
    wish = reader.wish(body, *keys)
    if ask.flag("replaceSelectedFields"):
        for name in wish.replaced - set(wish.fields):
            if name in wish.type.by_name or wish.type.takes_custom(name):
                wish.fields[name] = None
    return wish, reader.warnings()


def located(ask: Ask, kind: RecordType, done: Done, warnings: dict[str, str]) -> Response:
    """Answer a write: no body, and where the record is."""
    ask.effort.count(done, kind.family)
    if ask.trouble == "after_submit_failed":
        raise AfterSave(400, "USER_ERROR", f"Error while accessing a resource. {_SCRIPT}")
    return Response(status_code=204, headers={"Location": place(ask, kind, done.id), **warnings})


def place(ask: Ask, kind: RecordType, number: int) -> str:
    """Give a record's address."""
    return f"{ask.seen.home}{RECORDS}/{kind.name}/{number}"


def written(ask: Ask, verb: str, body: Any, keys: tuple[str | None, str | None]) -> Response:
    """Write one record: `verb` is add, update or upsert."""
    unlocked(ask)
    wish, warnings = wish_of(ask, body, keys)
    writes = {"add": ask.account.add, "update": ask.account.update, "upsert": ask.account.upsert}
    with ask.account.store.call():
        done = writes[verb](wish)
    return after(ask, wish.type, done, warnings)


def after(ask: Ask, kind: RecordType, done: Done, warnings: dict[str, str]) -> Response:
    """Answer a write that is committed, unless a script behind it fails."""
    return located(ask, kind, done, warnings)


def create(ask: Ask) -> Response:
    """Create a record."""
    if later.is_collection(ask):
        raise later.only_later()
    kind_of(ask)
    return written(ask, "add", body_of(ask), (None, None))


def change(ask: Ask) -> Response:
    """Change a record that exists: PATCH, lists merged by their keys unless `?replace=` names them."""
    stored = found(ask, kind_of(ask))
    return written(ask, "update", body_of(ask), (str(stored.id), None))


def upsert(ask: Ask) -> Response:
    """Create or change by external id: PUT takes nothing else."""
    kind_of(ask)
    internal_id, external_id = keys_of(ask.path["key"])
    if internal_id is not None:
        words = "The PUT method takes an external ID. Provide it in the form eid:externalId."
        raise Problem(400, "INVALID_REQUEST", words, ask.seen.path, where="o:errorUrl")
    return written(ask, "upsert", body_of(ask), (None, external_id))


def view_of(ask: Ask) -> RecordView:
    """Give the view that the query parameters ask for."""
    expand, flat = ask.flag("expandSubResources"), ask.flag("simpleEnumFormat")
    return RecordView(ask.account, ask.seen.home, expand=expand, flat=flat)


def read(ask: Ask) -> Response:
    """Read one record; `fields` names the properties wanted, `expandSubResources` puts sublists in."""
    kind = kind_of(ask)
    unlocked(ask)
    body = view_of(ask).record(kind, found(ask, kind), frozenset(ask.named("fields")))
    return as_json(body)


def delete(ask: Ask) -> Response:
    """Remove a record."""
    kind = kind_of(ask)
    unlocked(ask)
    stored = found(ask, kind)
    with ask.account.store.call():
        ask.account.delete(kind, str(stored.id), None)
    return Response(status_code=204)
