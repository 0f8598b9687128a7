"""What can be asked over SOAP? The operations, each from its element to its answer's text (netsuite.md 2.4 to 2.7)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from sandbox.netsuite.account import Account
from sandbox.netsuite.checks import without_read_only
from sandbox.netsuite.effort import Effort
from sandbox.netsuite.fields import record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap import writing
from sandbox.netsuite.soap.faults import malformed, too_many
from sandbox.netsuite.soap.reading import XSI_TYPE, child, local, read_record
from sandbox.netsuite.wish import Done, Wish

WRITE_LIMITS = {"addList": 200, "updateList": 100, "upsertList": 100}  # netsuite.md 2.5
READ_LIMIT = 1000
_UNKNOWN = Refused("UNEXPECTED_ERROR", "The request timed out while this record was being processed. Status unknown.")
_SKIPPED = Refused("UNEXPECTED_ERROR", "The request timed out before this record was reached. Not processed.")


@dataclass(slots=True)
class Call:
    """One SOAP call: who answers, in which version, what was asked, and a trouble armed for it."""

    account: Account
    tongue: writing.Tongue
    request: etree._Element
    host: str = "localhost"
    scheme: str = "http"
    ignore_read_only: bool = False
    trouble: str = ""
    effort: Effort = field(default_factory=Effort)


def _apply(call: Call, verb: str, wish: Wish) -> Done | Refused:
    writes: dict[str, Callable[[Wish], Done]] = {
        "add": call.account.add,
        "update": call.account.update,
        "upsert": call.account.upsert,
    }
    try:
        without_read_only(wish, ignore=call.ignore_read_only)
        done = writes[verb](wish)
    except Refused as refused:
        return refused
    call.effort.count(done, wish.type.family)
    return done


def _written(call: Call, verb: str, element: etree._Element) -> str:
    """Write one record and give its result; the element is refused for itself if it cannot be read."""
    try:
        wish = read_record(element)
    except Refused as refused:
        return writing.write_response("", refused, None)
    outcome = _apply(call, verb, wish)
    return writing.write_response(
        wish.type.name, outcome, wish.external_id, after_submit=call.trouble == "after_submit_failed"
    )


def _single(call: Call, verb: str) -> str:
    element = child(call.request, "record")
    if element is None:
        raise malformed("record is missing")
    with call.account.store.call():
        return writing.wrapped(call.tongue, verb, _written(call, verb, element))


def _list(call: Call, verb: str) -> str:
    records = [one for one in call.request if local(one) == "record"]
    operation = f"{verb}List"
    if len(records) > WRITE_LIMITS[operation]:
        raise too_many(WRITE_LIMITS[operation])
    # A list that ran out of time is done up to its middle, unknown there (and written), untouched behind it (2.5).
    reached = len(records) // 2 + 1 if call.trouble == "partial" else len(records)
    with call.account.store.call():
        results = [_written(call, verb, one) for one in records[:reached]]
    if reached < len(records) or call.trouble == "partial":
        results[-1] = writing.write_response("", _UNKNOWN, None)
        results += [writing.write_response("", _SKIPPED, None)] * (len(records) - reached)
    inner = f"<writeResponseList>{writing.GOOD}{''.join(results)}</writeResponseList>"
    return writing.wrapped(call.tongue, operation, inner)


def _read(call: Call, writer: writing.RecordWriter, reference: etree._Element) -> str:
    named = reference.get("type") or (reference.get(XSI_TYPE) or "").rpartition(":")[2]
    kind = record_types().get(named.lower())
    if kind is None:
        unknown = Refused("INVALID_RCRD_TYPE", f"This twin keeps no records of type {named}.")
        return f"<readResponse>{writing.bad(unknown)}</readResponse>"
    try:
        found = call.account.get(kind, reference.get("internalId"), reference.get("externalId"))
    except Refused as refused:
        return f"<readResponse>{writing.bad(refused)}</readResponse>"
    return f"<readResponse>{writing.GOOD}{writer.record(kind, found)}</readResponse>"


def get(call: Call) -> str:
    """Read one record."""
    reference = child(call.request, "baseRef")
    if reference is None:
        raise malformed("baseRef is missing")
    return writing.wrapped(call.tongue, "get", _read(call, writing.RecordWriter(call.account, call.tongue), reference))


def get_list(call: Call) -> str:
    """Read up to a thousand records; each has its own status."""
    references = [one for one in call.request if local(one) == "baseRef"]
    if len(references) > READ_LIMIT:
        raise too_many(READ_LIMIT)
    writer = writing.RecordWriter(call.account, call.tongue)
    inner = "".join(_read(call, writer, one) for one in references)
    return writing.wrapped(call.tongue, "getList", f"<readResponseList>{writing.GOOD}{inner}</readResponseList>")


def get_server_time(call: Call) -> str:
    """Tell the time."""
    now = call.account.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    inner = (
        f"<platformCore:getServerTimeResult>{writing.GOOD}"
        f"<platformCore:serverTime>{now}</platformCore:serverTime></platformCore:getServerTimeResult>"
    )
    return writing.wrapped(call.tongue, "getServerTime", inner)


def get_data_center_urls(call: Call) -> str:
    """Tell where the account lives: here, whatever account is asked for (no sign-in; netsuite.md 2.2)."""
    account = child(call.request, "account")
    status, urls = writing.GOOD, ""
    if account is None or not (account.text or "").strip():
        words = "You need to provide a proper value for the required field: account."
        status = writing.bad(Refused("DATA_REQD", words))
    else:
        names = ("restDomain", "webservicesDomain", "systemDomain")
        home = f"{call.scheme}://{call.host}"
        inner = "".join(f"<platformCore:{name}>{home}</platformCore:{name}>" for name in names)
        urls = f"<platformCore:dataCenterUrls>{inner}</platformCore:dataCenterUrls>"
    result = f"<platformCore:getDataCenterUrlsResult>{status}{urls}</platformCore:getDataCenterUrlsResult>"
    return writing.wrapped(call.tongue, "getDataCenterUrls", result)


OPERATIONS: dict[str, Callable[[Call], str]] = {
    "add": lambda call: _single(call, "add"),
    "update": lambda call: _single(call, "update"),
    "upsert": lambda call: _single(call, "upsert"),
    "addList": lambda call: _list(call, "add"),
    "updateList": lambda call: _list(call, "update"),
    "upsertList": lambda call: _list(call, "upsert"),
    "get": get,
    "getList": get_list,
    "getServerTime": get_server_time,
    "getDataCenterUrls": get_data_center_urls,
}
WITHOUT_SIGN_IN = frozenset({"getDataCenterUrls"})
