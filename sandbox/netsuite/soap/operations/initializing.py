"""How is one record made from another over SOAP? Initialized, not saved: the caller adds what comes back (netsuite.md 2.6)."""

from lxml import etree

from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.answers import GOOD, read_refusal
from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.faults import too_many
from sandbox.netsuite.soap.reading import child
from sandbox.netsuite.soap.tongue import wrapped
from sandbox.netsuite.soap.writing import RecordWriter

LIMIT = 50  # initializeList takes as many as one list of transactions should have


def initialize(call: Call) -> str:
    """Make one record from another."""
    return wrapped(call.tongue, "initialize", _made(call, call.needed("initializeRecord")))


def initialize_list(call: Call) -> str:
    """Make several records, each from another."""
    return wrapped(call.tongue, "initializeList", made_list(call, LIMIT))


def made_list(call: Call, limit: int) -> str:
    """Write the list of what was made."""
    wishes = call.children("initializeRecord") or [call.needed("initializeRecord")]
    if len(wishes) > limit:
        raise too_many(limit)
    return f"<readResponseList>{GOOD}{''.join(_made(call, one) for one in wishes)}</readResponseList>"


def _made(call: Call, wish: etree._Element) -> str:
    try:
        call.unspoilt()
        target, reference = _target(wish), _source(wish)
        source = call.account.get(_kind(reference), reference.get("internalId"), reference.get("externalId"))
        draft = call.account.initialize(target, source)
    except Refused as refused:
        return read_refusal(refused)
    return f"<readResponse>{GOOD}{RecordWriter(call.account, call.tongue).draft(target, draft)}</readResponse>"


def _target(wish: etree._Element) -> RecordType:
    named = child(wish, "type")
    target = record_types().get((named.text or "").strip().lower()) if named is not None else None
    if target is None or not target.element:
        raise Refused("INVALID_INITIALIZE_ARG", "You have an invalid initialize argument: type.")
    return target


def _kind(reference: etree._Element) -> RecordType:
    kind = record_types().get((reference.get("type") or "").lower())
    if kind is None:
        raise Refused("INVALID_INITIALIZE_REF", f"You have an invalid reference type {reference.get('type')}.")
    return kind


def _source(wish: etree._Element) -> etree._Element:
    reference = child(wish, "reference")
    listed = child(wish, "referenceList")
    if reference is None and listed is not None:
        reference = child(listed, "initializeRef")
    if reference is None:
        raise Refused("INVALID_INITIALIZE_ARG", "You have an invalid initialize argument: reference.")
    return reference
