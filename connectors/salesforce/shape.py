"""How does a Salesforce answer become a Record? The same way for REST and for Bulk, so that both are equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

from connectors.salesforce.soql import Asked, moment
from flows.errors import Misconfigured
from flows.model import Record

EXACT = Context(prec=80)  # digits; normalising must never round


def record(raw: Mapping[str, Any], wanted: Asked) -> Record:
    """Return the record with exactly the asked paths; `raw` is REST-shaped, children complete."""
    fields = picked(raw, wanted.own)
    for relationship, paths in wanted.children.items():
        lines = [picked(line, paths) for line in (raw.get(relationship) or {"records": []})["records"]]
        # The order of child rows is promised by neither interface.
        fields[relationship] = {"records": sorted(lines, key=lambda line: str(line["Id"]))}
    return Record(str(raw["Id"]), moment(stamp(raw, wanted)), fields)


def stamp(raw: Mapping[str, Any], wanted: Asked) -> datetime:
    """Return the record's cursor value as an aware time."""
    return datetime.fromisoformat(str(raw[wanted.cursor])).astimezone(UTC)


def picked(raw: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return the paths as nested dicts; a parent that is not there is None."""
    out: dict[str, Any] = {}
    for path in paths:
        _pick(out, raw, path.split("."))
    return out


def plain(number: Decimal) -> Decimal:
    """Return the same number in its shortest form without exponent: the interfaces write 5.0, 5.00 and 5E+0."""
    short = number.normalize(EXACT)
    return short.quantize(Decimal(1), context=EXACT) if int(short.as_tuple().exponent) > 0 else short


def _pick(out: dict[str, Any], raw: Mapping[str, Any], parts: Sequence[str]) -> None:
    name, *rest = parts
    if name not in raw:
        words = f"Salesforce answered without {name}: it may be called otherwise, in other upper and lower case."
        raise Misconfigured("FIELD_MISSING", words, hint="Write the name in the flow as Salesforce writes it.")
    value = raw[name]
    if not rest:
        out[name] = plain(value) if isinstance(value, Decimal) else value
    elif value is None:
        out[name] = None
    else:
        _pick(out.setdefault(name, {}), value, rest)
