"""What may a flow file say? Strict models of the file, and the faults it is refused with."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mappings.checks import CHECKS
from mappings.hours import At, Every, Hours
from mappings.transformations import TRANSFORMATIONS

System = Literal["salesforce", "netsuite"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Source(_Strict):
    """Where records come from: an object, the field that tells when it changed, and which of them are meant."""

    system: System
    object: str
    cursor: str
    where: dict[str, str | bool | int] = Field(default_factory=dict)


class Target(_Strict):
    """Where payloads go; `key` names the field they are upserted by, `version` one that keeps the record's version."""

    system: System
    object: str
    key: str
    version: str = ""


class Value(_Strict):
    """Where a record's worth stands, for totals and dead letters."""

    amount: str
    currency: str


class Rule(_Strict):
    """One field's rule. 14 keys are the limit of the language; a new one needs a decision in docs/decisions."""

    from_: str | None = Field(None, alias="from", min_length=1)
    const: str | bool | int | None = None
    each: str | None = Field(None, pattern=r"^\w+\.records$")
    fields: dict[str, Rule] = Field(default_factory=dict)
    key: str | None = None
    bind: str | None = None
    table: str | None = None
    sku: bool = False
    as_: str | None = Field(None, alias="as")
    max: int | None = Field(None, ge=1)
    cut: bool = False
    optional: bool = False
    only: Literal["create"] | None = None
    default: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_text_is_from(cls, given: Any) -> Any:
        return {"from": given} if isinstance(given, str) else given

    @field_validator("as_")
    @classmethod
    def _known_transformation(cls, name: str | None) -> str | None:
        if name is not None and name not in TRANSFORMATIONS:
            raise ValueError(unknown("transformation", name, TRANSFORMATIONS))
        return name

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = [
            name
            for name, value in (("from", self.from_), ("const", self.const), ("each", self.each))
            if value is not None
        ]
        if len(given) != 1:
            raise ValueError(
                f"a rule says exactly one of from, const, each; this one says {' and '.join(given) or 'none'}"
            )
        if (self.each is None) == bool(self.fields):
            raise ValueError("`each` and `fields` go together")
        if self.key and not self.each:
            raise ValueError("`key` names the lines of an `each`")
        if sum((bool(self.bind), bool(self.table), self.sku)) > 1:
            raise ValueError("a rule looks up one of bind, table, sku")
        if any(inner.only for inner in self.fields.values()):
            raise ValueError("`only` holds for a record, not for a line of it")
        if self.cut and self.max is None:
            raise ValueError("`cut` needs `max`")
        return self


@dataclass(frozen=True, slots=True)
class Paths:
    """What to select from the source: paths of the record itself, and of its children by relationship."""

    own: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]


class Flow(_Strict):
    """One flow, as its file says it."""

    flow: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    owner: str = Field(min_length=1)
    source: Source
    target: Target
    every: Every | None = None
    at: At | None = None
    window: Hours | None = None
    value: Value | None = None
    checks: tuple[str, ...] = ()
    fields: dict[str, Rule] = Field(min_length=1)
    revision: str = ""

    @field_validator("checks")
    @classmethod
    def _known_checks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in CHECKS:
                raise ValueError(unknown("check", name, CHECKS))
        return names

    @model_validator(mode="after")
    def _keyed(self) -> Self:
        if self.target.key not in self.fields:
            raise ValueError(f"the target's key '{self.target.key}' has no rule among the fields")
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

    def binds(self) -> frozenset[str]:
        """Return the flows that this one needs bindings of, itself left out."""
        return frozenset(rule.bind for rule in walk(self.fields) if rule.bind and rule.bind != self.flow)

    def paths(self) -> Paths:
        """Return what to select from the source: all that the rules, checks, cursor and value read."""
        own = {self.source.cursor: None, **dict.fromkeys(self.source.where)}
        children: dict[str, dict[str, None]] = {}
        own |= dict.fromkeys(rule.from_ for rule in self.fields.values() if rule.from_)
        own |= dict.fromkeys((self.value.amount, self.value.currency) if self.value else ())
        for rule in self.fields.values():
            if rule.each:
                found = children.setdefault(rule.each.split(".")[0], {})
                found |= dict.fromkeys(
                    [*([rule.key] if rule.key else []), *(one.from_ for one in walk(rule.fields) if one.from_)]
                )
        for name in self.checks:
            own |= dict.fromkeys(CHECKS[name].own)
            for relationship, paths in (CHECKS[name].children or {}).items():
                children.setdefault(relationship, {}).update(dict.fromkeys(paths))
        return Paths(tuple(own), {name: tuple(found) for name, found in children.items()})


def steps(fields: Mapping[str, Rule]) -> tuple[tuple[tuple[str, ...], Rule], ...]:
    """Return rules with the steps of their target paths."""
    return tuple((tuple(target.split(".")), rule) for target, rule in fields.items())


def walk(fields: Mapping[str, Rule]) -> Iterator[Rule]:
    """Yield all rules, those of lines included."""
    for rule in fields.values():
        yield rule
        yield from walk(rule.fields)


def unknown(what: str, name: str, known: Any) -> str:
    """Return words for a name that nobody knows: the nearest known one, and all of them."""
    close = difflib.get_close_matches(name, known, 1)
    nearest = f"; did you mean '{close[0]}'?" if close else ""
    return f"unknown {what} '{name}'{nearest} known: {', '.join(sorted(known))}"
