"""What would become of one record? A dry run: nothing is written, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.capture import selects
from flows.errors import IsthmusError, NotReady
from flows.model import Reason, Record
from flows.policy import reason_of
from flows.ports import Services
from mappings.catalogue import Catalogue
from mappings.known import Known
from mappings.language import Flow
from mappings.translate import references, translate
from mappings.values import Bound, Fields, Reference


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a record would become: a payload under a key, or a reason why not. `selected` tells what `where` says."""

    flow: str
    revision: str
    selected: bool
    key: str = ""
    payload: Fields | None = None
    refused: Reason | None = None
    waits_for: Reference | None = None


def explain(flow: Flow, fields: Mapping[str, object], services: Services) -> Explanation:
    """Translate the record with what the ledger and the catalogue know now."""
    record_id = str(fields.get("Id") or fields.get("id") or "")
    selected = selects(flow, Record(record_id, "", fields))
    try:
        payload = translate(flow, fields, _known(flow, fields, record_id, services))
    except NotReady as error:
        return Explanation(flow.flow, flow.revision, selected, refused=reason_of(error), waits_for=error.reference)
    except IsthmusError as error:
        return Explanation(flow.flow, flow.revision, selected, refused=reason_of(error))
    return Explanation(flow.flow, flow.revision, selected, payload.key, payload.fields)


def _known(flow: Flow, fields: Mapping[str, object], record_id: str, services: Services) -> Known:
    own = Reference(flow.flow, record_id)
    bindings = services.memory.bindings({own, *references(flow, fields)})
    bound = {reference: Bound(binding.target_id, binding.lines) for reference, binding in bindings.items()}
    return Known(
        bindings=bound,
        catalogue=services.catalogue() if flow.sells else Catalogue(()),
        tables=services.tables.with_overrides(services.memory.overrides()),
        own=bound.get(own),
        zone=services.zone,
    )
