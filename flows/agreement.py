"""Does the target hold what was sent? Values are compared by what they mean, however the system writes them down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mappings.language import Flow
from mappings.values import Payload, Ref

NOTHING = (None, "")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which the target does not hold what was sent."""

    path: str
    sent: str
    held: str

    def __str__(self) -> str:
        """Return the difference in words."""
        return f"{self.path}: sent {self.sent or 'nothing'}, the target holds {self.held or 'nothing'}"


def differences(flow: Flow, payload: Payload, held: Mapping[str, Any]) -> list[Difference]:
    """Return where a target record differs from the payload; fields that tell nothing about its content are left out."""
    whole = frozenset(".".join(path) for path, rule in flow.rules if rule.each)
    found: list[Difference] = []
    for name, value in payload.fields.items():
        if name not in payload.unsigned and not _lies_elsewhere(flow, value):
            found += _compare(name, value, held.get(name), whole)
    return found


def _lies_elsewhere(flow: Flow, value: Any) -> bool:
    """Tell whether Salesforce keeps this apart from the record: a line is a record there, a parent is named by its key."""
    return flow.target.system == "salesforce" and isinstance(value, Mapping | list)


def told_by_others(flow: Flow, path: str) -> bool:
    """Tell whether the field at a target path is read from another record than the flow's own, such as the account."""
    plain = _plain(path)
    return any(plain == target and "." in source for target, source in _sources(flow))


def _sources(flow: Flow) -> Iterator[tuple[str, str]]:
    for target, rule in flow.fields.items():
        yield from ((_plain(target), path) for path in rule.reads())
        for inner, line_rule in rule.fields.items():
            yield from ((_plain(f"{target}.{inner}"), path) for path in line_rule.reads())


def _plain(path: str) -> str:
    """Return a path without its places in lists."""
    return ".".join(step for step in path.split(".") if not step.isdigit())


def _compare(path: str, sent: Any, held: Any, whole: frozenset[str]) -> Iterator[Difference]:
    if isinstance(sent, Mapping):
        for name, inner in sent.items():
            yield from _compare(f"{path}.{name}", inner, _part(held, name), whole)
    elif isinstance(sent, list):
        yield from _compare_lines(path, sent, held, whole)
    elif not same(sent, held):
        yield Difference(path, _text(sent), _text(held))


def _part(held: Any, name: str) -> Any:
    """Return a part of what is held; `items` is how REST writes a list that the books hold plainly."""
    if isinstance(held, Mapping):
        return held.get(name)
    return held if name == "items" and isinstance(held, list) else None


def _compare_lines(path: str, sent: Sequence[Any], held: Any, whole: frozenset[str]) -> Iterator[Difference]:
    rows = held if isinstance(held, list) else []
    if path in whole and len(rows) != len(sent):
        yield Difference(f"{path}.count", str(len(sent)), str(len(rows)))
        return
    numbered = {str(row.get("line")): row for row in rows if isinstance(row, Mapping)}
    for place, row in enumerate(sent):
        here = rows[place] if place < len(rows) else None
        if isinstance(row, Mapping) and "line" in row:
            here = numbered.get(str(row["line"]))
        yield from _compare(f"{path}.{place}", row, here, whole)


def same(sent: Any, held: Any) -> bool:
    """Tell whether two single values mean the same.

    >>> same(Decimal("1.50"), "1.5"), same(Ref("7"), {"id": "7"}), same(True, "true"), same(None, "")
    (True, True, True, True)
    """
    held = held["id"] if isinstance(held, Mapping) and "id" in held else held
    if sent in NOTHING or held in NOTHING:
        return (sent in NOTHING or sent is False) and held in NOTHING  # a box that is not ticked may be left out
    for kind, means_the_same in _KINDS:
        if isinstance(sent, kind):
            return means_the_same(sent, held)
    return " ".join(str(sent).split()) == " ".join(str(held).split())


def _number(held: Any) -> Decimal | None:
    try:
        return Decimal(str(held))
    except InvalidOperation:
        return None


def _moment(held: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(held).replace("+0000", "+00:00"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Ref):
        return value.id
    return str(value["id"]) if isinstance(value, Mapping) and "id" in value else str(value)


_KINDS: tuple[tuple[type | tuple[type, ...], Callable[[Any, Any], bool]], ...] = (  # the narrower type before the wider
    (Ref, lambda sent, held: sent.id == str(held)),
    (bool, lambda sent, held: sent == (str(held).casefold() in {"true", "t"})),
    ((Decimal, int), lambda sent, held: _number(held) == sent),
    (datetime, lambda sent, held: _moment(held) == sent.astimezone(UTC).replace(microsecond=0)),
    (date, lambda sent, held: str(held)[:10] == sent.isoformat()),
)
