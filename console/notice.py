"""What does a JSON message say? Which records of which flow or object changed, or are gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from console.refusal import UNPROCESSABLE, Refusal
from flows.ask import hint_of, reading_object
from flows.model import Ask
from mappings.language import Flow

MOST = 5000
EXAMPLE = '{"object": "Opportunity", "ids": ["006000000000001AAA"]}'


def _as_text(given: Any) -> Any:
    """NetSuite's scripts know ids as numbers."""
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


Id = Annotated[str, BeforeValidator(_as_text)]


class Notice(BaseModel):
    """The body of a message; a key that it does not know is refused, for it may be a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: str | None = None
    object: str | None = None
    system: Literal["salesforce", "netsuite"] | None = None
    ids: list[Id] = Field(min_length=1, max_length=MOST)
    deleted: bool = False
    version: AwareDatetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_id_is_a_list_of_one(cls, given: Any) -> Any:
        if isinstance(given, dict) and "id" in given and "ids" not in given:
            return {name: value for name, value in given.items() if name != "id"} | {"ids": [given["id"]]}
        return given

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.flow is None) == (self.object is None):
            raise ValueError("say one of flow, object")
        if self.system and self.flow:
            raise ValueError("a flow has its own system")
        return self


def read_notice(body: bytes) -> Notice:
    """Return what the body says; raise Refusal with the place of each fault."""
    try:
        return Notice.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        if faults[0]["type"] == "json_invalid":
            raise Refusal(400, "NOT_JSON", f"The body is not JSON: {faults[0]['msg']}", f"Send {EXAMPLE}") from error
        raise Refusal(UNPROCESSABLE, "WRONG_BODY", _told(faults), f"Send {EXAMPLE}") from error


def asks_of(notice: Notice, system: str, origin: str, flows: Mapping[str, Flow], now: datetime) -> list[Ask]:
    """Return an ask for each record and each flow that reads it; raise Rejected when no flow does."""
    names = (notice.flow,) if notice.flow else reading_object(notice.system or system, str(notice.object), flows)
    version = hint_of(notice.version) if notice.version else ""
    return [
        Ask(flow, one, version, gone=notice.deleted, origin=origin, asked_at=now)
        for flow in names
        for one in notice.ids
    ]


def _told(faults: list[Any]) -> str:
    shown = [f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}" for fault in faults[:5]]
    return "; ".join(shown) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")  # noqa: PLR2004 — as above
