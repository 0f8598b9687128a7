"""Which SOQL asks for what a flow needs? Pure text from names that are checked and values that are escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from flows.errors import Misconfigured
from mappings.language import Flow
from mappings.where import Not

NAME = re.compile(r"[A-Za-z]\w{0,79}(\.[A-Za-z]\w{0,79}){0,5}", re.ASCII)  # five levels up (salesforce.md 1.3)
ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\0": "\\u0000"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a flow asks of the object `name`: its own paths, its children's by relationship, and which records."""

    name: str
    cursor: str
    own: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]
    where: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of the asked is wanted: conditions, an order, at most so many records, with or without children."""

    conditions: Sequence[str] = ()
    order: str = ""
    limit: int = 0
    children: bool = True


def asked(flow: Flow) -> Asked:
    """Return what the flow asks; its `where` included, so that the core can tell whether it selects a record."""
    paths, source = flow.paths(), flow.source
    own = _once(("Id", source.cursor, *paths.own, *source.where))
    children = {name: _once(("Id", *inner)) for name, inner in paths.children.items()}
    for name in (source.object, *own, *children, *(path for inner in children.values() for path in inner)):
        _check(name)
    return Asked(source.object, source.cursor, own, children, dict(source.where))


def select(wanted: Asked, cut: Cut) -> str:
    """Return a query for the asked paths; Bulk allows no children and slows down under an order (salesforce.md 2.1)."""
    fields = [*columns(wanted.own)]
    if cut.children:
        fields += [_inner(name, paths) for name, paths in wanted.children.items()]
    order = f" ORDER BY {cut.order}" if cut.order else ""
    limit = f" LIMIT {cut.limit}" if cut.limit else ""
    what = ", ".join(fields)
    return f"SELECT {what} FROM {wanted.name}{_where(cut.conditions)}{order}{limit}"  # noqa: S608 — checked names


def columns(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the paths, and each parent's Id: only with it is a parent of empty fields told from no parent."""
    return _once((*paths, *(".".join((*parent, "Id")) for parent in parents(paths))))


def parents(paths: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the parents that the paths lead over, the farthest first."""
    split = [tuple(path.split(".")) for path in paths]
    found = {names[:end] for names in split for end in range(1, len(names))}
    return tuple(sorted(found, key=lambda names: (-len(names), names)))


def count(object_name: str, conditions: Sequence[str] = ()) -> str:
    """Return a query whose answer's `totalSize` is the number of records."""
    _check(object_name)
    return f"SELECT COUNT() FROM {object_name}{_where(conditions)}"  # noqa: S608 — a checked name


def selected(wanted: Asked, since: datetime | None, parent: str = "") -> list[str]:
    """Return the conditions of the flow's records changed at or after `since`, also as seen from a child's `parent`."""
    prefix = f"{parent}." if parent else ""
    conditions = [_condition(f"{prefix}{path}", value) for path, value in wanted.where.items()]
    if since is not None:
        conditions.append(f"{prefix}{wanted.cursor} >= {literal(since)}")
    return conditions


def _condition(path: str, value: object) -> str:
    """Return a condition of `where`; an empty field is none of the values that are excluded."""
    match value:
        case Not():
            excluded = value.not_ if isinstance(value.not_, tuple) else (value.not_,)
            return f"({path} NOT IN ({', '.join(map(literal, excluded))}) OR {path} = null)"
        case tuple():
            return f"{path} IN ({', '.join(map(literal, value))})"
        case _:
            return f"{path} = {literal(value)}"


def beyond(wanted: Asked, stamp: datetime, last: str) -> str:
    """Return the condition of the records after the last one read, in the order of `sequence`."""
    moment = literal(stamp)
    return f"({wanted.cursor} > {moment} OR ({wanted.cursor} = {moment} AND Id > {literal(last)}))"


def earlier(wanted: Asked, until: datetime | None) -> list[str]:
    """Return the condition of the records changed before `until`, if there is one."""
    return [] if until is None else [f"{wanted.cursor} < {literal(until)}"]


def sequence(wanted: Asked) -> str:
    """Return the order in which a keyset is read: the cursor is not unique, with the Id it is."""
    return f"{wanted.cursor}, Id"


def among(path: str, values: Iterable[str]) -> str:
    """Return the condition that the path holds one of the values."""
    _check(path)
    return f"{path} IN ({', '.join(map(literal, values))})"


def holds(path: str, text: str) -> str:
    """Return the condition that a text stands somewhere in the path, in whatever case."""
    _check(path)
    return f"{path} LIKE {literal(f'%{text}%')}"


def child(wanted: Asked, relationship: str, object_name: str, link: str) -> Asked:
    """Return what is asked of a child object by itself; `link` is its field that holds the parent's Id."""
    _check(object_name)
    _check(link)
    own = _once((link, *wanted.children[relationship]))
    return replace(wanted, name=object_name, own=own, children={})


def literal(value: object) -> str:
    """Return a value as SOQL writes it; dates and times stand without quotes (salesforce.md 1.4)."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise Misconfigured("SOQL_VALUE", f"A {type(value).__name__} cannot stand in a query.")


def moment(value: datetime) -> str:
    """Return an aware time as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _inner(relationship: str, paths: Sequence[str]) -> str:
    return f"(SELECT {', '.join(columns(paths))} FROM {relationship})"  # noqa: S608 — checked names


def _quoted(text: str) -> str:
    return f"'{text.translate(ESCAPES)}'"


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (  # the narrower type before the wider
    (NoneType, lambda _: "null"),
    (bool, lambda value: "TRUE" if value else "FALSE"),
    (int, str),
    (Decimal, lambda value: format(value, "f")),
    (datetime, moment),
    (date, date.isoformat),
    (str, _quoted),
)


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _check(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Misconfigured("SOQL_NAME", f"{name!r} is not a name that Salesforce could have.")
