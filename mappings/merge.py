"""What may be written over what stands at the target? A three-way comparison, field by field and line by line.

`ours` is what the mapping made now, `base` what both sides last agreed on, `theirs` what the target holds. By `wins`, a
field is the source's own, the target's own, or belongs to both: then what only we changed is sent, what only they changed
is kept, and where both did, the latest change stands or a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mappings.language import Flow
from mappings.rules import Wins
from mappings.values import Fields, Ref, Value

LINE, LABEL = "line", "label"
Decide = Callable[[tuple[str, ...]], Wins]


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both sides changed: its path, the three values, and whose stands."""

    path: str
    base: Value
    ours: Value
    theirs: Value
    won: Wins


@dataclass
class Merged:
    """What is to be written (nothing where the target holds it all), and the clashes on the way."""

    fields: Fields
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class Rulebook:
    """Who wins where, who `latest` and `person` turn out to be, and by which field the lines of a list are known again."""

    decide: Decide
    keys: Mapping[tuple[str, ...], str]
    latest: Wins = "source"
    person: Wins = "person"

    @staticmethod
    def of(flow: Flow, *, source_is_newer: bool, decided: str = "") -> Rulebook:
        """Return the flow's rules for one record: which side was changed last, and what a person has said of it."""
        person: Wins = "source" if decided == "source" else "target" if decided == "target" else "person"
        return Rulebook(flow.winner, flow.line_keys, "source" if source_is_newer else "target", person)

    def settle(self, path: tuple[str, ...]) -> Wins:
        """Return whose value stands where both sides changed a field."""
        wins = self.decide(path)
        return self.latest if wins == "latest" else self.person if wins == "person" else wins


def merge(ours: Fields, base: Fields | None, theirs: Fields, rules: Rulebook) -> Merged:
    """Return what must be written so that the target holds what it should, and no more."""
    merged = Merged({})
    merged.fields = _fields((ours, base or {}, theirs), (), rules, merged.clashes)
    return merged


def _fields(three: tuple[Any, Any, Any], path: tuple[str, ...], rules: Rulebook, clashes: list[Clash]) -> Fields:
    ours, base, theirs = three
    out: Fields = {}
    for name, value in ours.items():
        triple = (value, (base or {}).get(name), (theirs or {}).get(name))
        if isinstance(value, list):
            out |= _some(name, _lines(triple, (*path, name), rules, clashes))
        elif isinstance(value, dict):
            out |= _some(name, _fields((value, triple[1] or {}, triple[2] or {}), (*path, name), rules, clashes))
        elif _is_ours(triple, (*path, name), rules, clashes):
            out[name] = value
    return out


def _some(name: str, value: Any) -> Fields:
    return {name: value} if value else {}


def _is_ours(three: tuple[Value, Value, Value], path: tuple[str, ...], rules: Rulebook, clashes: list[Clash]) -> bool:
    """Tell whether our value must be written.

    A field that a side owns holds what that side says; the others are decided by who changed them.
    """
    ours, base, theirs = three
    if _same(ours, theirs):
        return False
    won, is_clash = rules.settle(path), _is_clash(three)
    if is_clash:
        clashes.append(Clash(".".join(path), base, ours, theirs, won))
    owner = rules.decide(path)
    if owner == "source":
        return True
    if owner == "target":
        return _plain(theirs) is None
    return won == "source" if is_clash else base is None or _same(base, theirs)


def _is_clash(three: tuple[Value, Value, Value]) -> bool:
    """Tell whether both sides changed the field; without a base, whether both have a value and they differ."""
    ours, base, theirs = three
    if base is None:
        return _plain(theirs) is not None
    return not _same(ours, base) and not _same(base, theirs)


def _lines(
    three: tuple[list[Fields], Any, Any], path: tuple[str, ...], rules: Rulebook, clashes: list[Clash]
) -> list[Fields]:
    """Return the whole list as it must become, or nothing where it is so already: lists are written whole.

    The target's own lines stay. Ours that are no more are left out; that is how a list drops a line.
    """
    ours, base, theirs = three
    key = _key(ours, rules.keys.get(path, LABEL))
    theirs_by, base_by = _by(key, theirs or []), _by(key, base or [])
    mine = {str(line.get(key)) for line in ours}
    out, changed = [], False
    for line in ours:
        name = str(line.get(key))
        found = theirs_by.get(name)
        differing = _fields((line, base_by.get(name, {}), found or {}), path, rules, clashes)
        differing.pop(LINE, None)
        changed = changed or found is None or bool(differing)
        out.append(_kept(line, found, differing))
    dropped = [name for name in base_by if name in theirs_by and name not in mine]
    foreign = [line for name, line in _named(key, theirs or []) if name not in mine and name not in dropped]
    return [*out, *foreign] if changed or dropped else []


def _key(ours: list[Fields], ruled: str) -> str:
    """Return by which field lines are known again; what becomes of a gone record names them by their numbers alone."""
    return ruled if all(ruled in line for line in ours) else LINE


def _kept(line: Fields, found: Fields | None, differing: Fields) -> Fields:
    """Return a line as it must be written: a new one whole, a known one with its number, theirs, and what differs."""
    if found is None:
        return {name: value for name, value in line.items() if name != LINE}
    place = {LINE: found[LINE]} if LINE in found else {}
    return place | _over({name: value for name, value in found.items() if name in line and name != LINE}, differing)


def _over(theirs: Fields, differing: Fields) -> Fields:
    """Return theirs with what differs put over it, also within an address: a line is written whole."""
    out = dict(theirs)
    for name, value in differing.items():
        held = theirs.get(name)
        out[name] = _over(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return out


def _by(key: str, lines: list[Fields]) -> dict[str, Fields]:
    return {name: line for name, line in _named(key, lines) if name}


def _named(key: str, lines: list[Fields]) -> Iterator[tuple[str, Fields]]:
    for line in lines:
        yield str(line.get(key) or ""), line


def _same(one: Value, other: Value) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: Value) -> object:
    """Return a value in the one form in which ours, a stored and a read one compare: `1`, `1.0` and `"1"` are equal."""
    if value in (None, ""):
        return None
    if isinstance(value, Ref):
        return {"ref": value.id}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{Decimal(value).normalize():f}"
    return value
