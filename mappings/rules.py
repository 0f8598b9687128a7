"""What may one field's rule say? The keys of the language, and the faults a wrong rule is refused with."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mappings import addresses, transformations
from mappings.registry import TRANSFORMATIONS

KEPT = (addresses, transformations)  # these modules fill the register
Wins = Literal["source", "target", "latest", "person"]


class Strict(BaseModel):
    """A part of a flow file; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rule(Strict):
    """One field's rule. 16 keys are the limit of the language; a new one needs a decision in docs/decisions."""

    from_: str | tuple[str, ...] | None = Field(None, alias="from", min_length=1)
    const: str | bool | int | None = None
    each: str | None = Field(None, pattern=r"^\w+\.records$")
    fields: dict[str, Rule] = Field(default_factory=dict)
    below: dict[str, Rule] = Field(default_factory=dict)
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
    wins: Wins | None = None

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
        if isinstance(self.from_, tuple) and not self.as_:
            raise ValueError("a `from` of several paths needs `as`, which makes one value of them")
        return self

    @model_validator(mode="after")
    def _lines_hang_together(self) -> Self:
        if (self.each is None) == bool(self.fields):
            raise ValueError("`each` and `fields` go together")
        if self.below and not self.each:
            raise ValueError("`below` makes a second line of an `each`")
        if self.key and not self.each:
            raise ValueError("`key` names the lines of an `each`")
        if any(inner.only for inner in self.fields.values()):
            raise ValueError("`only` holds for a record, not for a line of it")
        return self

    @model_validator(mode="after")
    def _looks_up_one_thing(self) -> Self:
        if sum((bool(self.bind), bool(self.table), self.sku)) > 1:
            raise ValueError("a rule looks up one of bind, table, sku")
        if self.cut and self.max is None:
            raise ValueError("`cut` needs `max`")
        return self

    def reads(self) -> tuple[str, ...]:
        """Return the paths of the source that this rule reads."""
        if self.from_ is None:
            return ()
        return (self.from_,) if isinstance(self.from_, str) else self.from_


def steps(fields: Mapping[str, Rule]) -> tuple[tuple[tuple[str, ...], Rule], ...]:
    """Return rules with the steps of their target paths."""
    return tuple((tuple(target.split(".")), rule) for target, rule in fields.items())


def walk(fields: Mapping[str, Rule]) -> Iterator[Rule]:
    """Yield all rules, those of lines included."""
    for rule in fields.values():
        yield rule
        yield from walk(rule.fields)
        yield from walk(rule.below)


def unknown(what: str, name: str, known: Any) -> str:
    """Return words for a name that nobody knows: the nearest known one, and all of them."""
    close = difflib.get_close_matches(name, known, 1)
    nearest = f"; did you mean '{close[0]}'?" if close else ""
    return f"unknown {what} '{name}'{nearest} known: {', '.join(sorted(known))}"
