"""How are records written and removed over SOAP? One by one or in lists, each with its own result (netsuite.md 2.5, 2.6)."""

from collections.abc import Callable

from lxml import etree

from sandbox.netsuite.account import custom_wish
from sandbox.netsuite.checks import without_read_only
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap import answers
from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.faults import too_many
from sandbox.netsuite.soap.operations.references import read_reference
from sandbox.netsuite.soap.reading import local, read_record
from sandbox.netsuite.soap.tongue import wrapped
from sandbox.netsuite.soap.warnings import debtor_of, warning_of
from sandbox.netsuite.wish import Done, Wish

LIMITS = {"add": 200, "update": 100, "upsert": 100, "delete": 200}  # netsuite.md 2.5; twice that when done later
_UNKNOWN = Refused("UNEXPECTED_ERROR", "The request timed out while this record was being processed. Status unknown.")
_SKIPPED = Refused("UNEXPECTED_ERROR", "The request timed out before this record was reached. Not processed.")


def _apply(call: Call, verb: str, wish: Wish) -> tuple[Done, Refused | None]:
    """Write one record; gives what became of it and the warning it deserves, which the caller may want as an error."""
    account, store = call.account, call.account.store
    writes: dict[str, Callable[[Wish], Done]] = {
        "add": account.add, "update": account.update, "upsert": account.upsert,
    }  # fmt: skip
    call.unspoilt()
    without_read_only(wish, ignore=call.preferences.ignore_read_only)
    debtor = debtor_of(account, wish)
    with store.part() if call.preferences.warning_as_error else store.nothing():
        done = writes[verb](wish)
        warning = warning_of(account, debtor, done)
        if warning is not None and call.preferences.warning_as_error:
            raise warning
    call.effort.count(done, wish.type.family)
    return done, warning


def _written(call: Call, verb: str, element: etree._Element) -> str:
    """Write one record and give its result; it is refused for itself if it cannot be read or saved."""
    try:
        wish = read_record(element)
    except Refused as refused:
        return answers.refusal("", refused, None)
    try:
        wish = custom_wish(wish)
        done, warning = _apply(call, verb, wish)
    except Refused as refused:
        return answers.refusal(wish.type.name, refused, wish.external_id)
    return answers.success(wish.type.name, done, warning, after_submit=call.trouble == "after_submit_failed")


def _removed(call: Call, _verb: str, element: etree._Element) -> str:
    """Remove one record and give its result."""
    kind = ""
    try:
        call.unspoilt()
        found = read_reference(element)
        kind = found.kind.name
        gone = call.account.delete(found.kind, found.internal_id, found.external_id)
    except Refused as refused:
        return answers.refusal(kind, refused, element.get("externalId"))
    call.effort.others += 1
    torn = call.trouble == "after_submit_failed"
    return answers.success(kind, Done(gone.id, gone.external_id, created=False), after_submit=torn)


def one(verb: str) -> Callable[[Call], str]:
    """Make the operation that writes or removes one record."""
    work, name = (_removed, "baseRef") if verb == "delete" else (_written, "record")

    def operation(call: Call) -> str:
        with call.account.store.call():
            return wrapped(call.tongue, verb, work(call, verb, call.needed(name)))

    return operation


def many(verb: str) -> Callable[[Call], str]:
    """Make the operation that writes or removes a list."""

    def operation(call: Call) -> str:
        elements = listed(call, verb, LIMITS[verb])
        return wrapped(call.tongue, f"{verb}List", response_list(results_of(call, verb, elements)))

    return operation


def listed(call: Call, verb: str, limit: int) -> list[etree._Element]:
    """Give the elements of a list, or raise: there are too many, or none."""
    name = "baseRef" if verb == "delete" else "record"
    elements = [element for element in call.request if local(element) == name] or [call.needed(name)]
    if len(elements) > limit:
        raise too_many(limit)
    return elements


def results_of(call: Call, verb: str, elements: list[etree._Element]) -> list[str]:
    """Write or remove records in their order, in one transaction; each refusal is its record's own."""
    work = _removed if verb == "delete" else _written
    # A list that ran out of time is done up to its middle, unknown there (and written), untouched behind it (2.5).
    reached = len(elements) // 2 + 1 if call.trouble == "partial" else len(elements)
    with call.account.store.call():
        results = [work(call, verb, element) for element in elements[:reached]]
    if call.trouble == "partial":
        results[-1] = answers.refusal("", _UNKNOWN, None)
        results += [answers.refusal("", _SKIPPED, None)] * (len(elements) - reached)
    return results


def response_list(results: list[str]) -> str:
    """Write the list of results; its own status says only that the call was processed."""
    return f"<writeResponseList>{answers.GOOD}{''.join(results)}</writeResponseList>"
