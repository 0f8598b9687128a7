"""What would become of one record? A dry run: nothing is written, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flows.capture import selects
from flows.errors import IsthmusError, NotReady
from flows.lore import gather, knowing
from flows.model import Reason, Record
from flows.policy import reason_of
from flows.ports import Services
from mappings.language import Flow
from mappings.translate import translate
from mappings.values import Fields, Reference


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a record would become: a payload under a key, or a reason why not. `selected` tells what `where` says.

    `elsewhere` says why the account does not carry the flow at all.
    """

    flow: str
    revision: str
    selected: bool
    key: str = ""
    payload: Fields | None = None
    refused: Reason | None = None
    waits_for: Reference | None = None
    elsewhere: str = ""


def explain(flow: Flow, fields: Mapping[str, object], services: Services) -> Explanation:
    """Translate the record with what the ledger and the catalogue know now."""
    world = services.world() if flow.world else None
    elsewhere = world.why if world and world.name != flow.world else ""
    return replace(_translated(flow, fields, services), elsewhere=elsewhere)


def _translated(flow: Flow, fields: Mapping[str, object], services: Services) -> Explanation:
    record = Record(str(fields.get("Id") or fields.get("id") or ""), "", fields)
    selected = selects(flow, record)
    lore = gather(flow, [record], services)
    try:
        payload = translate(flow, fields, knowing(lore.known, *lore.of(flow, record)))
    except NotReady as error:
        return Explanation(flow.flow, flow.revision, selected, refused=reason_of(error), waits_for=error.reference)
    except IsthmusError as error:
        return Explanation(flow.flow, flow.revision, selected, refused=reason_of(error))
    return Explanation(flow.flow, flow.revision, selected, payload.key, payload.fields)
