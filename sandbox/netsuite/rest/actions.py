"""What can a record be made to do? Become another, or be tied to another (netsuite.md 3.1)."""

from starlette.responses import Response

from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.rest import records
from sandbox.netsuite.rest.ask import Ask
from sandbox.netsuite.rest.problems import nowhere
from sandbox.netsuite.store import Stored


def _kind(ask: Ask, name: str) -> RecordType:
    kind = record_types().get(name.lower())
    if kind is None:
        raise nowhere(ask.seen.path, f"Record type '{name}' does not exist.", "NONEXISTENT_ID")
    return kind


def transform(ask: Ask) -> Response:
    """Make a record of another type out of this one; the body is what shall be different."""
    source = records.found(ask, records.kind_of(ask))
    ask.path = {"type": ask.path["steps"][0]}
    target = records.kind_of(ask)
    records.unlocked(ask)
    wish, warnings = records.wish_of(ask, records.body_of(ask) if ask.body.strip() else {}, (None, None))
    with ask.account.store.call():
        done = ask.account.transform(source, target, wish)
    return records.located(ask, target, done, warnings)


def _pair(ask: Ask) -> tuple[Stored, Stored]:
    """Find the contact and the record it is tied to; either may be the one of the address."""
    here = records.found(ask, records.kind_of(ask))
    name, key = ask.path["steps"]
    there = ask.account.get(_kind(ask, name), *records.keys_of(key))
    return (here, there) if here.type == "contact" and there.type != "contact" else (there, here)


def attach(ask: Ask) -> Response:
    """Tie a contact to a record, in the role that the body names."""
    contact, record = _pair(ask)
    body = records.body_of(ask) if ask.body.strip() else {}
    role = body.get("role") if isinstance(body, dict) else None
    with ask.account.store.call():
        ask.account.attach(contact, record, str(role["id"]) if isinstance(role, dict) and "id" in role else None)
    return Response(status_code=204)


def detach(ask: Ask) -> Response:
    """Untie a contact from a record."""
    contact, record = _pair(ask)
    with ask.account.store.call():
        ask.account.detach(contact, record)
    return Response(status_code=204)
