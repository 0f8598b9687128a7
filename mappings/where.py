"""Which records does a flow mean? Conditions on fields of the source: a value, one of several, or any other."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Plain: TypeAlias = str | bool | int


class Not(BaseModel):
    """Any value but this one, or these; an empty field is none of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    not_: Plain | tuple[Plain, ...] = Field(alias="not")


Condition: TypeAlias = Plain | tuple[Plain, ...] | Not


def meets(found: object, condition: Condition) -> bool:
    """Tell whether a value meets a condition.

    >>> meets("Renewal", ("Renewal", "Closed Won")), meets(None, Not.model_validate({"not": "Renewal"}))
    (True, True)
    """
    match condition:
        case Not():
            return not meets(found, condition.not_)
        case tuple():
            return str(found) in {str(one) for one in condition}
        case _:
            return str(found) == str(condition)
