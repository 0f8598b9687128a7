"""What does a REST body ask? JSON to a wish, by the tables of the record type (netsuite.md 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.refusals import bad_value
from sandbox.netsuite.rest.problems import Problem, bad_header, from_refused, malformed
from sandbox.netsuite.wish import Wish

_NOT_FIELDS = frozenset({"id", "links", "refName", "externalId"})
_REST_STATUSES = frozenset("AB")  # the only letters REST takes for orderStatus (netsuite.md 4.1)


_LARGEST = 20  # digits before or behind the point
_LEVELS = frozenset({"error", "warning", "ignore"})
_HEADERS = (
    ("names", "X-NetSuite-PropertyNameValidation", "warning"),
    ("values", "X-NetSuite-PropertyValueValidation", "error"),
)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError(value)
    read = Decimal(value)
    if not read.is_finite() or abs(read.adjusted()) > _LARGEST:
        raise ValueError(value)
    return read


def _boolean(value: Any) -> bool:
    if isinstance(value, dict):  # a choice between two, as REST has it (customerPayment's undepFunds)
        return {"T": True, "F": False}[str(value["id"])]
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    # The transaction that a payment applies to is a number in SOAP and a reference in REST.
    read = _decimal(value["id"] if isinstance(value, dict) else value)
    if read != int(read):
        raise ValueError(value)
    return int(read)


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError(value)
    return str(value)


def _named(value: Any) -> Any:
    return str(value["id"]) if isinstance(value, dict) else _text(value)


def _reference(value: Any) -> Document:
    """Read `{"id"}`, `{"externalId"}` or a bare id, where `eid:` may stand before an external one (netsuite.md 3.1)."""
    if isinstance(value, dict):
        if "id" not in value:
            return {"externalId": _text(value["externalId"])}
        value = value["id"]
    if isinstance(value, bool) or value is None:
        raise TypeError(value)
    key = _text(value)
    return {"externalId": key[4:]} if key[:4].lower() == "eid:" else {"id": key}


def _several(value: Any) -> Document:
    return {"items": [_reference(one) for one in (value["items"] if isinstance(value, dict) else value)]}


def _rate(value: Any) -> Any:
    return value if isinstance(value, str) and value.endswith("%") else _decimal(value)


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "s": _text,
    "n": _decimal,
    "i": _whole,
    "b": _boolean,
    "d": lambda value: date.fromisoformat(value).isoformat(),
    "t": lambda value: datetime.fromisoformat(value).isoformat().replace("+00:00", "Z"),
    "e": _named,
    "y": _named,
    "@": _reference,
    "r": _several,
    "p": _rate,
    "c": lambda value: value,
    "x": lambda value: value,
    "-": lambda value: value,
}


@dataclass(frozen=True, slots=True)
class Strictness:
    """How unknown names and unfit values are met: error, warning or ignore (netsuite.md 3.4)."""

    names: str = "warning"
    values: str = "error"

    @staticmethod
    def of(headers: Mapping[str, str]) -> Strictness:
        """Read the two headers of a request."""
        read = {name: headers.get(header.lower(), otherwise).lower() for name, header, otherwise in _HEADERS}
        for name, header, _ in _HEADERS:
            if read[name] not in _LEVELS:
                raise bad_header(header, f"Invalid value '{read[name]}'. Provide one of Error, Warning, Ignore.")
        return Strictness(**read)


class BodyReader:
    """Reads one body; `unknown` collects the properties that the record type does not have, `unfit` passed-over values."""

    def __init__(self, kind: RecordType, replaced: set[str], strictness: Strictness | None = None) -> None:
        self._kind = kind
        self._replaced = replaced
        self._strictness = strictness or Strictness(names="collect")
        self.unknown: list[str] = []
        self.unfit: list[str] = []

    def wish(self, body: Any, internal_id: str | None, external_id: str | None) -> Wish:
        """Read the whole body; the ids of the address go before the body's."""
        if not isinstance(body, dict):
            raise malformed("Provide a JSON object.")
        own = body.get("externalId")
        fields = self._object(self._kind, body, "")
        if self.unknown and self._strictness.names == "error":
            raise self._unknown(self.unknown[0])
        wish = Wish(self._kind, fields, internal_id, external_id or (None if own is None else str(own)), self._replaced)
        read_only = [name for name in wish.fields if (one := self._kind.by_name.get(name)) and one.read_only]
        for name in read_only:
            del wish.fields[name]
        if self._kind.name == "salesOrder" and wish.fields.get("orderStatus", "A") not in _REST_STATUSES:
            raise from_refused(bad_value("orderStatus", wish.fields["orderStatus"], "orderStatus"))
        return wish

    def warnings(self) -> dict[str, str]:
        """Give the headers that say what was passed over, where the caller wants to be told."""
        told = {"names": self.unknown, "values": self.unfit}
        return {
            header: f"Warning: {', '.join(told[name])}"
            for name, header, _ in _HEADERS
            if told[name] and getattr(self._strictness, name) == "warning"
        }

    def _unknown(self, path: str) -> Problem:
        words = f"Error while accessing a resource. Unknown reference or field '{path}' in the request body."
        return Problem(400, "NONEXISTENT_FIELD", words, path)

    def _object(self, kind: RecordType, body: Any, at: str) -> Document:
        if not isinstance(body, dict):
            raise malformed("Provide a JSON object.", at.rstrip("."))
        fields: Document = {}
        for name, value in body.items():
            field = kind.by_name.get(name) or kind.by_any_case.get(name.lower())
            if field is not None and (kind.family == "part" or name not in _NOT_FIELDS):
                self._keep(fields, field.name, field, value, at + name)
            elif kind.takes_custom(name):
                fields[name.lower()] = value
            elif name not in _NOT_FIELDS:
                self.unknown.append(at + name)
        return fields

    def _keep(self, fields: Document, name: str, field: Field, value: Any, path: str) -> None:
        try:
            fields[name] = self._value(field, value, path)
        except Problem as problem:
            if self._strictness.values == "error" or problem.path != path:
                raise
            self.unfit.append(path)

    def _value(self, field: Field, value: Any, path: str) -> Any:
        if value is None:
            return None
        if field.kind in "ao":
            return self._object(record_type("address" if field.kind == "a" else field.target), value, f"{path}.")
        if field.kind == "l":
            return self._rows(field, value, path)
        try:
            return _SIMPLE[field.kind](value)
        except (TypeError, ValueError, KeyError, ArithmeticError) as error:
            raise malformed(f"Invalid value for the field '{field.name}'. Provide a valid value.", path) from error

    def _rows(self, field: Field, value: Any, path: str) -> list[Document]:
        rows = value.get("items") if isinstance(value, dict) else None
        if not isinstance(rows, list):
            raise malformed("Provide a sublist as an object with 'items'.", path)
        part = record_type(field.target)
        return [self._object(part, row, f"{path}.items[{place}].") for place, row in enumerate(rows)]
