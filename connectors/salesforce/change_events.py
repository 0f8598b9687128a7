"""What does a change event say? Its header, which fields were changed, and the ids it carries; Avro, by its schema."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import fastavro
import structlog

from connectors.salesforce.line import CALLER
from connectors.salesforce.source import ID
from flows.changes import Change, Kind

log = structlog.get_logger("isthmus.events")
HEADER = "ChangeEventHeader"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {"CREATE": Kind.CREATED, "DELETE": Kind.DELETED, "UNDELETE": Kind.RESTORED}  # all else is an update
OVERFLOW, GAP = "GAP_OVERFLOW", "GAP_"
STAMPS = frozenset({"LastModifiedDate", "LastModifiedById"})  # every save changes them


class Schema:
    """One event's schema: how its bytes are read, and which field a bit stands for."""

    def __init__(self, text: str) -> None:
        known = json.loads(text)
        self._fields: list[dict[str, Any]] = known["fields"]
        self._parsed = fastavro.parse_schema(known)

    def read(self, payload: bytes) -> dict[str, Any]:
        """Return the event; raises what Avro raises for bytes that are none."""
        found: Any = fastavro.schemaless_reader(io.BytesIO(payload), self._parsed, None)
        return dict(found)

    def names(self, bits: Iterable[str]) -> Iterator[str]:
        """Yield the fields that the numbers stand for, parts of compounds as `BillingAddress.City`.

        Bit i from the right is field i; `4-0x02` counts inside the compound at position 4 (salesforce.md 3.4).
        """
        for one in bits:
            position, _, number = one.rpartition("-")
            yield from self._named(int(position) if position else None, int(number, 16))

    def _named(self, position: int | None, bits: int) -> Iterator[str]:
        fields, prefix = self._fields, ""
        if position is not None:
            fields, prefix = _compound(self._fields[position]), f"{self._fields[position]['name']}."
        yield from (f"{prefix}{field['name']}" for at, field in enumerate(fields) if bits >> at & 1)


def told(schema: Schema, payload: bytes) -> Change | None:
    """Return the change that an event tells; None for an event of another sort, as a channel may carry.

    Bytes that the schema does not fit tell that something has changed, nobody knows what.
    """
    try:
        event = schema.read(payload)
        header = event.get(HEADER)
        return _told(schema, header, event) if isinstance(header, Mapping) else None
    except Exception as fault:  # noqa: BLE001 — whatever foreign bytes may raise in Avro: one event stops no other
        log.warning("event.unreadable", why=type(fault).__name__)
        return Change("", (), Kind.LOST, datetime.now(UTC))


def _told(schema: Schema, header: Mapping[str, Any], event: Mapping[str, Any]) -> Change:
    what, ids = str(header["changeType"]), tuple(map(str, header["recordIds"]))
    return Change(
        object=str(header["entityName"]),
        ids=ids,
        kind=_kind(what, ids),
        at=EPOCH + timedelta(milliseconds=int(header["commitTimestamp"])),
        own=CALLER in str(header["changeOrigin"]).split(";"),
        fields=_changed(schema, header) if what == "UPDATE" else None,
        links={name: value for name, value in event.items() if isinstance(value, str) and ID.fullmatch(value)},
        transaction=str(header["transactionKey"]),
        sequence=int(header["sequenceNumber"]),
    )


def _kind(what: str, ids: tuple[str, ...]) -> Kind:
    """Return the kind; an id that is none (`001*`) stands for records that nobody names (salesforce.md 3.3)."""
    if what == OVERFLOW or not all(ID.fullmatch(one) for one in ids):
        return Kind.LOST
    return KINDS.get(what.removeprefix(GAP), Kind.UPDATED)


def _changed(schema: Schema, header: Mapping[str, Any]) -> frozenset[str]:
    bits = [*header["changedFields"], *header["nulledFields"], *header["diffFields"]]
    return frozenset(schema.names(bits)) - STAMPS


def _compound(field: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a compound, whose type is a union of null and a record."""
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    return next((kind["fields"] for kind in kinds if isinstance(kind, Mapping) and "fields" in kind), [])
