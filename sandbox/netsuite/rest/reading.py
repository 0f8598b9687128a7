"""What does a REST body ask? JSON to a wish, by the tables of the record type (netsuite.md 3.2, 3.3)."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.refusals import bad_value
from sandbox.netsuite.rest.problems import from_refused, malformed
from sandbox.netsuite.wish import Wish

_NOT_FIELDS = frozenset({"id", "links", "refName", "externalId"})
_REST_STATUSES = frozenset("AB")  # the only letters REST takes for orderStatus (netsuite.md 4.1)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError(value)
    read = Decimal(value)
    if not read.is_finite():
        raise ValueError(value)
    return read


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    read = _decimal(value)
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
    if not isinstance(value, dict):
        return {"id": _text(value)}
    if "id" in value:
        return {"id": _text(value["id"])}
    return {"externalId": _text(value["externalId"])}


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
    "x": lambda value: value,
    "-": lambda value: value,
}


class BodyReader:
    """Reads one body; `unknown` collects the properties that the record type does not have."""

    def __init__(self, kind: RecordType, replaced: set[str]) -> None:
        self._kind = kind
        self._replaced = replaced
        self.unknown: list[str] = []

    def wish(self, body: Any, internal_id: str | None, external_id: str | None) -> Wish:
        """Read the whole body; the ids of the address go before the body's."""
        if not isinstance(body, dict):
            raise malformed("An object is expected.")
        own = body.get("externalId")
        wish = Wish(self._kind, self._object(self._kind, body, ""), internal_id, external_id or own, self._replaced)
        read_only = [name for name in wish.fields if (one := self._kind.by_name.get(name)) and one.read_only]
        for name in read_only:
            del wish.fields[name]
        if wish.fields.get("orderStatus", "A") not in _REST_STATUSES:
            raise from_refused(bad_value("orderStatus", wish.fields["orderStatus"], "orderStatus"))
        return wish

    def _object(self, kind: RecordType, body: Any, at: str) -> Document:
        if not isinstance(body, dict):
            raise malformed("An object is expected.", at.rstrip("."))
        fields: Document = {}
        for name, value in body.items():
            field = kind.by_name.get(name)
            if field is not None and name not in _NOT_FIELDS:
                fields[name] = self._value(field, value, at + name)
            elif kind.takes_custom(name):
                fields[name.lower()] = value
            elif name not in _NOT_FIELDS:
                self.unknown.append(at + name)
        return fields

    def _value(self, field: Field, value: Any, path: str) -> Any:
        if value is None:
            return None
        if field.kind == "a":
            return self._object(record_type("address"), value, f"{path}.")
        if field.kind == "l":
            return self._rows(field, value, path)
        try:
            return _SIMPLE[field.kind](value)
        except (TypeError, ValueError, KeyError, ArithmeticError) as error:
            raise malformed(f"Invalid value for the field {field.name}.", path) from error

    def _rows(self, field: Field, value: Any, path: str) -> list[Document]:
        rows = value.get("items") if isinstance(value, dict) else None
        if not isinstance(rows, list):
            raise malformed("A sublist is an object with items.", path)
        part = record_type(field.target)
        return [self._object(part, row, f"{path}.items[{place}].") for place, row in enumerate(rows)]
