"""How are records written and read over SOAP? One list a call, one answer a record (netsuite.md 2.5 to 2.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree
from zeep.exceptions import Error, Fault, TransportError

from connectors.http import calling
from connectors.netsuite.auth import Stamp, passport
from connectors.netsuite.connection import Line
from connectors.netsuite.contract import client, service
from connectors.netsuite.decoding import Decoder, Standing
from connectors.netsuite.errors import STATUSES, Refusal, error_of, words_of_page
from connectors.netsuite.shapes import Encoder
from connectors.netsuite.simple import Element
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unsettled
from flows.model import Placed, Priority
from mappings.values import Payload

MOST = 100  # records in one synchronous upsertList (netsuite.md 2.5)
PREFERENCES = {"ignoreReadOnlyFields": True}
SIGN_IN = "NETSUITE_SIGN_IN"
WRITES = frozenset({"upsertList", "updateList"})
ABSENT = frozenset({"INVALID_KEY_OR_REF", "RCRD_DSNT_EXIST", "NONEXISTENT_ID"})  # codes of a record that is not there
SERVER = 500  # from here on the other side failed

Answer = Placed | IsthmusError


class Soap:
    """Writes and reads records over SOAP. One instance a process: the schema is loaded once, on the first call."""

    def __init__(self, line: Line) -> None:
        self._line = line
        connection = line.connection
        if not connection.has_token:
            raise Misconfigured(SIGN_IN, "SOAP signs in by token only.", hint="Configure a token, or use REST.")
        self._client = client(line.session, connection.endpoint, connection.timeout)
        self._service = service(self._client, connection.endpoint, connection.service)
        self._encoder = Encoder(self._client, connection.endpoint)
        self._decoder = Decoder(self._client, connection.endpoint)

    def record(self, kind: str, payload: Payload) -> Element:
        """Return the payload as the element that will be sent; raises Rejected or Misconfigured."""
        return self._encoder.record(kind, payload)

    def upsert(self, records: Sequence[Element], priority: Priority) -> list[Answer]:
        """Write up to 100 records under their keys; one answer for each, in order. Raises when the call failed."""
        return self._write("upsertList", records, priority)

    def update(self, records: Sequence[Element], priority: Priority) -> list[Answer]:
        """Write up to 100 records that are known by their internal id, and give them our key, as `upsert` does."""
        return self._write("updateList", records, priority)

    def read(self, kind: str, target_ids: Sequence[str], priority: Priority) -> dict[str, Standing]:
        """Return how up to 100 records stand, by id; those that are not there are left out."""
        reply = self._signed("getList", [self._encoder.place(kind, one) for one in target_ids], priority)
        listed = getattr(getattr(reply, "body", None), "readResponseList", None)
        if listed is None:
            raise Transient("UNREADABLE", "NetSuite's answer holds no records.")
        if not listed.readResponse and listed.status is not None and not listed.status.isSuccess:
            raise _error(listed.status, write=False)
        return dict(found for one in listed.readResponse if (found := self._standing(kind, one)) is not None)

    def server_time(self, priority: Priority) -> Any:
        """Return the account's clock as an aware datetime; the cheapest proof that sign-in works."""
        return self._call("getServerTime", priority, None).body.getServerTimeResult.serverTime

    def _standing(self, kind: str, response: Any) -> tuple[str, Standing] | None:
        if response.status.isSuccess:
            return self._decoder.record(kind, response._value_1)  # noqa: SLF001 — zeep's name for a wildcard
        error = _error(response.status, write=False)
        if isinstance(error, Rejected) and error.code in ABSENT:
            return None
        raise error

    def _write(self, operation: str, records: Sequence[Element], priority: Priority) -> list[Answer]:
        """Send a list, in one call unless NetSuite refuses it as a whole.

        A refusal of the whole list (too long, or one record that its parser chokes on) must not sink the others, so the
        list is halved until the record that is to blame stands alone.
        """
        try:
            answers = answers_of(self._signed(operation, records, priority), len(records))
        except Rejected as refused:
            if len(records) == 1:
                return [refused]
            half = len(records) // 2
            left = self._write(operation, records[:half], priority)
            return left + self._write(operation, records[half:], priority)
        self._heed(answers)
        return answers

    def _signed(self, operation: str, records: Sequence[Element], priority: Priority) -> Any:
        try:
            return self._call(operation, priority, records)
        except Misconfigured as refused:
            if refused.code != SIGN_IN:
                raise
            # A nonce spent by a refusal looks like a wrong key: one fresh signature, never a second (netsuite.md 2.3).
            return self._call(operation, priority, records)

    def _call(self, operation: str, priority: Priority, records: Sequence[Element] | None) -> Any:
        write = operation in WRITES
        with self._line.governor.slot(priority, self._line.wait):
            try:
                with calling("NetSuite", write=write):
                    return self._send(operation, records)
            except Fault as fault:
                error = error_of(refusal_of(fault), write=write)
            except TransportError as fault:
                error = unreadable(fault.status_code, fault.content or b"", write=write)
            except Error as fault:
                error = _unclear(f"NetSuite's answer cannot be read ({type(fault).__name__}).", write=write)
        self._heed([error])
        raise error

    def _send(self, operation: str, records: Sequence[Element] | None) -> Any:
        headers: dict[str, Any] = {"tokenPassport": passport(self._line.connection, Stamp.now(self._line.clock))}
        call = getattr(self._service, operation)
        if records is None:
            return call(_soapheaders=headers)
        return call(_value_1=list(records), _soapheaders=headers | {"preferences": PREFERENCES})

    def _heed(self, answers: Sequence[Answer]) -> None:
        if any(isinstance(answer, Throttled) for answer in answers):
            self._line.governor.refused()


def answers_of(reply: Any, sent: int) -> list[Answer]:
    """Return the answers of an upsertList in the order of its records; raises where it answers the call as a whole."""
    listed = getattr(getattr(reply, "body", None), "writeResponseList", None)
    if listed is None:
        raise Unsettled("UNREADABLE", "NetSuite's answer holds no results.")
    if not listed.writeResponse and listed.status is not None and not listed.status.isSuccess:
        raise _error(listed.status)
    if len(listed.writeResponse) != sent:
        raise Unsettled("UNREADABLE", f"NetSuite gave {len(listed.writeResponse)} answers to {sent} records.")
    return [answer_of(one) for one in listed.writeResponse]


def answer_of(response: Any) -> Answer:
    """Return what one writeResponse says. When only an after-submit script failed, it is saved (netsuite.md 2.6)."""
    details = response.status.statusDetail or []
    told = "; ".join(f"{detail.code}: {detail.message}" for detail in details)
    target = getattr(response.baseRef, "internalId", None) or ""
    if target and (response.status.isSuccess or any(detail.afterSubmitFailed for detail in details)):
        return Placed(target, told)
    if response.status.isSuccess:
        return Unsettled("UNREADABLE", "NetSuite said yes without naming the record.")
    return _error(response.status)


def refusal_of(fault: Fault) -> Refusal:
    """Return what a SOAP fault says; the code hides in its detail, whose children are in the version's namespace."""
    found: dict[str, str] = {}
    if isinstance(fault.detail, bytes):  # zeep's way to say that it was XML, but no SOAP: a proxy's page
        return Refusal(f"No SOAP: {words_of_page(fault.detail)}", status=SERVER)
    for element in fault.detail.iter(etree.Element) if fault.detail is not None else ():
        local = etree.QName(element).localname
        if local.endswith("Fault"):
            found["fault"] = local
        elif local in {"code", "message"}:
            found.setdefault(local, element.text or "")
    message = found.pop("message", "") or str(fault.message)
    return Refusal(message, status=SERVER, **found)


def unreadable(status: int, content: bytes, *, write: bool = True) -> IsthmusError:
    """Return what an answer means that is no SOAP: a proxy's page, or one that was cut on its way."""
    if status in STATUSES or status >= SERVER:
        return error_of(Refusal(f"HTTP {status}: {words_of_page(content)}", status=status), write=write)
    return _unclear(f"NetSuite's answer (HTTP {status}) is no SOAP.", write=write)


def _unclear(words: str, *, write: bool) -> IsthmusError:
    return Unsettled("UNREADABLE", words) if write else Transient("UNREADABLE", words)


def _error(status: Any, *, write: bool = True) -> IsthmusError:
    details = status.statusDetail or []
    worst = next((detail for detail in details if (detail.type or "ERROR") == "ERROR"), None)
    if worst is None:
        return Unsettled("UNREADABLE", "NetSuite said no without a reason.")
    if worst.afterSubmitFailed:
        return Unsettled(worst.code or "AFTER_SUBMIT", worst.message or "An after-submit script failed.")
    return error_of(Refusal(worst.message or "", worst.code or ""), write=write)
