"""What may a flow file say? Strict models of the file, and the faults it is refused with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from mappings.checks import CHECKS
from mappings.guards import GUARDS
from mappings.hours import At, Every, Hours
from mappings.rules import Rule, Strict, Wins, steps, unknown, walk
from mappings.where import Condition

System = Literal["salesforce", "netsuite"]
BOUND = "bound"  # the relationship under which a record's own bound lines are read, by the rules of `gone`


class Source(Strict):
    """Where records come from: an object, the field that tells when it changed, and which of them are meant."""

    system: System
    object: str
    cursor: str
    where: dict[str, Condition] = Field(default_factory=dict)


class Target(Strict):
    """Where payloads go; `key` names the field they are upserted by, `version` one that keeps the record's version.

    With `verify` nothing is written: a payload says how things must stand there, and what differs is a dead letter.
    With `exclusive`, the word for what its keys are of, a key belongs to the first record that asks for it.
    With `once` a record is made there and never changed.
    """

    system: System
    object: str
    key: str
    version: str = ""
    verify: bool = False
    exclusive: str = Field("", pattern=r"^[a-z]*$")
    once: bool = False


class Value(Strict):
    """Where a record's worth stands, for totals and dead letters."""

    amount: str
    currency: str


class Match(Strict):
    """How a record that nobody has bound yet is found at the target, before it is created there.

    In this order: `stored`, a source path that may hold the target's own id; `was`, another flow that carried the same
    business object before, with the source path that leads from its records to this one's id; `same`, payload fields of
    which any one that is equal is proof; `alike`, payload fields that, all alike, make a candidate for a person.
    """

    stored: str | None = None
    was: dict[str, str] = Field(default_factory=dict)
    same: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paths:
    """What to select from the source: paths of the record itself, and of its children by relationship."""

    own: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]


class Flow(Strict):
    """One flow, as its file says it."""

    flow: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    owner: str = Field(min_length=1)
    world: Literal["orders", "subscriptions"] | None = None
    source: Source
    target: Target
    every: Every | None = None
    at: At | None = None
    window: Hours | None = None
    value: Value | None = None
    checks: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    wins: Wins | None = None
    match: Match | None = None
    fields: dict[str, Rule] = Field(min_length=1)
    gone: dict[str, Rule] = Field(default_factory=dict)
    revision: str = ""

    @field_validator("checks")
    @classmethod
    def _known_checks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _all_known("check", names, CHECKS)

    @field_validator("guards")
    @classmethod
    def _known_guards(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _all_known("guard", names, GUARDS)

    @model_validator(mode="after")
    def _keyed(self) -> Self:
        if self.target.key not in self.fields:
            raise ValueError(f"the target's key '{self.target.key}' has no rule among the fields")
        if not self.wins and (self.guards or any(rule.wins for rule in walk(self.fields))):
            raise ValueError("guards, and a rule's `wins`, need a `wins` of the flow: only then is the target read")
        return self

    @model_validator(mode="after")
    def _one_timetable(self) -> Self:
        if self.every and self.at:
            raise ValueError("a flow says one of `every` and `at`")
        if self.at and self.window and not self.window.holds(self.at):
            raise ValueError(f"`at` {self.at:%H:%M} lies outside the window: the flow would never begin in time")
        return self

    @cached_property
    def rules(self) -> tuple[tuple[tuple[str, ...], Rule], ...]:
        """Return the rules, each with the steps of its target path."""
        return steps(self.fields)

    @cached_property
    def unsigned(self) -> frozenset[str]:
        """Return the target fields that tell nothing about a record's content."""
        created = {target.split(".")[0] for target, rule in self.fields.items() if rule.only == "create"}
        return frozenset(created | {self.target.version})

    @cached_property
    def sells(self) -> bool:
        """Return whether a rule looks up a product code, so that the item catalogue is needed."""
        return any(rule.sku for rule in walk(self.fields))

    @cached_property
    def line_keys(self) -> Mapping[tuple[str, ...], str]:
        """Return for each list of lines, by its target path, the field that carries a line's source id."""
        found: dict[tuple[str, ...], str] = {}
        for path, rule in self.rules:
            carries = [name for name, inner in rule.fields.items() if rule.key and inner.from_ == rule.key]
            found |= {path: carries[0]} if carries else {}
        return found

    def winner(self, path: tuple[str, ...]) -> Wins:
        """Return whose value stands where both sides changed the field at a target path."""
        for target, rule in self.rules:
            inner = rule.fields.get(".".join(path[len(target) :])) if rule.each else None
            if _leads_to(target, path) and (inner or rule).wins:
                return (inner or rule).wins or "source"
        return self.wins or "source"

    def binds(self) -> frozenset[str]:
        """Return the flows that this one needs bindings of, itself left out."""
        needed = {rule.bind for rule in walk(self.fields) if rule.bind}
        return frozenset(needed | set(self.match.was if self.match else ())) - {self.flow}

    def paths(self) -> Paths:
        """Return what to select from the source: all that the rules, checks, cursor, match and value read."""
        own = {self.source.cursor: None, **dict.fromkeys(self.source.where)}
        children: dict[str, dict[str, None]] = {}
        for rule in [*self.fields.values(), *self.gone.values()]:
            own |= dict.fromkeys(rule.reads())
            if rule.each and (relationship := rule.each.split(".")[0]) != BOUND:
                children.setdefault(relationship, {}).update(dict.fromkeys(_line_paths(rule)))
        own |= dict.fromkeys((self.value.amount, self.value.currency) if self.value else ())
        own |= dict.fromkeys([self.match.stored] if self.match and self.match.stored else ())
        for name in self.checks:
            own |= dict.fromkeys(CHECKS[name].own)
            for relationship, paths in (CHECKS[name].children or {}).items():
                children.setdefault(relationship, {}).update(dict.fromkeys(paths))
        return Paths(tuple(own), {name: tuple(found) for name, found in children.items()})


def _line_paths(rule: Rule) -> list[str]:
    inner = [*walk(rule.fields), *walk(rule.below)]
    return [*([rule.key] if rule.key else []), *(path for one in inner for path in one.reads())]


def _leads_to(target: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Tell whether a rule's target path is, or holds, a payload's path; places in a list count for nothing."""
    plain = tuple(step for step in target if not step.isdigit())
    return path[: len(plain)] == plain


def _all_known(what: str, names: tuple[str, ...], known: Mapping[str, Any]) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise ValueError(unknown(what, name, known))
    return names
