"""How are records read over SOAP? One, a list, or all of a short kind; each has its own status (netsuite.md 2.7)."""

from lxml import etree

from sandbox.netsuite.fields import record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.answers import GOOD, core, read_refusal, refused_result, result
from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.contract.notation import table
from sandbox.netsuite.soap.faults import too_many
from sandbox.netsuite.soap.operations.references import read_reference
from sandbox.netsuite.soap.reading import local
from sandbox.netsuite.soap.tongue import wrapped
from sandbox.netsuite.soap.writing import RecordWriter

LIMIT = 1000  # netsuite.md 2.5; twice that when done later


def read(call: Call, writer: RecordWriter, element: etree._Element) -> str:
    """Read one record by its reference."""
    try:
        wanted = read_reference(element)
        found = call.account.get(wanted.kind, wanted.internal_id, wanted.external_id)
    except Refused as refused:
        return read_refusal(refused)
    return f"<readResponse>{GOOD}{writer.record(wanted.kind, found)}</readResponse>"


def get(call: Call) -> str:
    """Read one record."""
    return wrapped(call.tongue, "get", read(call, RecordWriter(call.account, call.tongue), call.needed("baseRef")))


def get_list(call: Call) -> str:
    """Read up to a thousand records."""
    return wrapped(call.tongue, "getList", read_list(call, LIMIT))


def read_list(call: Call, limit: int) -> str:
    """Write the list of what was read."""
    references = call.children("baseRef") or [call.needed("baseRef")]
    # One client nests the list in its first reference (clients.md); what is inside is meant.
    references = [inner for outer in references for inner in _inside(outer) or [outer]]
    if len(references) > limit:
        raise too_many(limit)
    writer = RecordWriter(call.account, call.tongue)
    return f"<readResponseList>{GOOD}{''.join(read(call, writer, one) for one in references)}</readResponseList>"


def _inside(reference: etree._Element) -> list[etree._Element]:
    return [one for one in reference.iterdescendants() if local(one) == "baseRef"]


def get_all(call: Call) -> str:
    """Read every record of a kind that has no search of its own (currencies)."""
    named = call.needed("record").get("recordType") or ""
    listed = table("enumerations")["types.core platform"]["GetAllRecordType"].split()
    kind = record_types().get(named.lower()) if named in listed else None
    if kind is None:
        refused = Refused("INVALID_RCRD_TYPE", f"This twin keeps no records of type {named} that come all at once.")
        return wrapped(call.tongue, "getAll", refused_result("getAllResult", refused))
    writer = RecordWriter(call.account, call.tongue, tag="platformCore:record")
    found = call.account.store.page((kind.family, kind.name), LIMIT, 0)
    records = "".join(writer.record(kind, one) for one in found)
    inner = f"<platformCore:recordList>{records}</platformCore:recordList>"
    return wrapped(call.tongue, "getAll", result("getAllResult", core("totalRecords", len(found)) + inner))
