"""How are records tied together, and how is it known which are gone? attach, detach, getDeleted (netsuite.md 2.4)."""

from datetime import UTC, datetime, timedelta

from lxml import etree

from sandbox.netsuite.journal import Deletion
from sandbox.netsuite.periods import days_of
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.answers import core, record_ref, refusal, refused_result, result, success
from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.operations.references import read_reference
from sandbox.netsuite.soap.reading import child, local
from sandbox.netsuite.soap.tongue import wrapped
from sandbox.netsuite.store import Stored
from sandbox.netsuite.wish import Done

_PAGE = 1000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def attach(call: Call) -> str:
    """Attach a contact to a record, in a role if one is given."""
    return wrapped(call.tongue, "attach", _tied(call, call.needed("attachReference"), "attachTo"))


def detach(call: Call) -> str:
    """Detach a contact from a record."""
    return wrapped(call.tongue, "detach", _tied(call, call.needed("detachReference"), "detachFrom"))


def _tied(call: Call, wish: etree._Element, to: str) -> str:
    try:
        call.unspoilt()
        record = _named(call, wish, to)
        contact = _contact(call, wish)
        with call.account.store.call():
            if to == "attachTo":
                role = child(wish, "contactRole")
                call.account.attach(contact, record, role.get("internalId") if role is not None else None)
            else:
                call.account.detach(contact, record)
    except Refused as refused:
        return refusal("", refused, None)
    torn = call.trouble == "after_submit_failed"
    return success(record.type, Done(record.id, record.external_id, created=False), after_submit=torn)


def _contact(call: Call, wish: etree._Element) -> Stored:
    name = next((one for one in ("contact", "attachedRecord", "detachedRecord") if child(wish, one) is not None), "")
    contact = _named(call, wish, name)
    if contact.type != "contact":
        raise Refused("INVALID_DETACH_RECORD_TYP", f"A {contact.type} cannot be attached.")
    return contact


def _named(call: Call, wish: etree._Element, name: str) -> Stored:
    element = child(wish, name) if name else None
    if element is None:
        raise Refused(
            "DATA_REQD", f"You need to provide a proper value for the required field: {name or 'attachedRecord'}."
        )
    if not element.get("type") and name == "contact":
        element.set("type", "contact")
    wanted = read_reference(element)
    return call.account.get(wanted.kind, wanted.internal_id, wanted.external_id)


def get_deleted(call: Call) -> str:
    """Tell which records were deleted in a span of time."""
    wish = call.needed("getDeletedFilter")
    since, until = _span(call, child(wish, "deletedDate"))
    kind = child(wish, "type")
    kinds = [(one.text or "").strip() for one in kind] if kind is not None else []
    gone = call.account.deleted(since, until, kinds)
    if kind is not None and kind.get("operator") == "noneOf":
        gone = [one for one in call.account.deleted(since, until) if one.type not in kinds]
    index, pages = call.number("pageIndex"), -(-len(gone) // _PAGE)
    if not 1 <= index <= max(pages, 1):
        refused = Refused("INVALID_SEARCH_PAGE_INDEX", f"The page index must be between 1 and {max(pages, 1)}.")
        return wrapped(call.tongue, "getDeleted", refused_result("getDeletedResult", refused))
    figures = {"totalRecords": len(gone), "pageSize": _PAGE, "totalPages": pages, "pageIndex": index}
    listed = "".join(map(_told, gone[(index - 1) * _PAGE : index * _PAGE]))
    inner = "".join(core(name, value) for name, value in figures.items())
    inner += f"<platformCore:deletedRecordList>{listed}</platformCore:deletedRecordList>"
    return wrapped(call.tongue, "getDeleted", result("getDeletedResult", inner))


def _told(gone: Deletion) -> str:
    moment = f"{gone.at.replace(' ', 'T')}.000Z"
    reference = record_ref(gone.type, gone.id, gone.external_id, "platformCore:record")
    return f"<platformCore:deletedRecord>{core('deletedDate', moment)}{reference}</platformCore:deletedRecord>"


def _span(call: Call, wish: etree._Element | None) -> tuple[datetime, datetime]:
    """Read a date filter into a span; without one it is all time."""
    now = call.account.now() + timedelta(days=1)
    if wish is None:
        return _EVER, now
    values = [_moment(one) for one in wish if local(one) in {"searchValue", "searchValue2"}]
    word = child(wish, "predefinedSearchValue")
    days = days_of((word.text or "").strip(), now.date() - timedelta(days=1)) if word is not None else None
    if days is not None:
        values = [datetime(one.year, one.month, one.day, tzinfo=UTC) for one in days]
        values[1] += timedelta(days=1, seconds=-1)
    return _bounded(wish.get("operator") or "within", values, now)


def _bounded(operator: str, values: list[datetime], now: datetime) -> tuple[datetime, datetime]:
    if not values:
        return _EVER, now
    second = timedelta(seconds=1)
    if operator in {"after", "onOrAfter", "notBefore", "notOnOrBefore"}:
        return values[0] + (second if operator in {"after", "notOnOrBefore"} else timedelta()), now
    if operator in {"before", "onOrBefore", "notAfter", "notOnOrAfter"}:
        return _EVER, values[-1] - (second if operator in {"before", "notOnOrAfter"} else timedelta())
    if operator == "on" and len(values) == 1:
        start = values[0].replace(hour=0, minute=0, second=0)
        return start, start + timedelta(days=1) - second
    return values[0], values[-1]


def _moment(element: etree._Element) -> datetime:
    read = datetime.fromisoformat((element.text or "").strip())
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
