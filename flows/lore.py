"""What is known of some records before they are translated? Asked of the ledger and the catalogue once, for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from flows.catalogue import counterparts
from flows.model import Binding, Fate, Record
from flows.ports import Services
from mappings.catalogue import Catalogue
from mappings.known import Known
from mappings.language import Flow
from mappings.translate import references
from mappings.values import Bound, Reference


@dataclass(frozen=True, slots=True)
class Lore:
    """All that the ledger and the catalogue know about some records of a flow.

    `adopted` are records that another flow carried the other way: bound there, and so known at the target here. `fates`
    are those of the records that are needed and bound nowhere.
    """

    known: Known
    bindings: Mapping[Reference, Binding]
    adopted: Mapping[Reference, str]
    fates: Mapping[Reference, Fate]

    def of(self, flow: Flow, record: Record) -> tuple[Binding | None, str]:
        """Return a record's own binding, and the target id under which it is known (empty for a new one)."""
        reference = Reference(flow.flow, record.id)
        own = self.bindings.get(reference)
        return own, own.target_id if own else self.adopted.get(reference, "")


def gather(flow: Flow, records: Sequence[Record], services: Services) -> Lore:
    """Ask for all that translating the records may use."""
    own = {Reference(flow.flow, record.id) for record in records}
    needed = {need for record in records for need in references(flow, record.fields)}
    bindings = services.memory.bindings(own | needed)
    adopted = _adopted((own | needed) - bindings.keys(), services)
    bound = {reference: Bound(binding.target_id, binding.lines) for reference, binding in bindings.items()}
    bound |= {reference: Bound(target_id) for reference, target_id in adopted.items()}
    missing = needed - bound.keys()
    known = Known(
        bindings=bound,
        catalogue=services.catalogue() if flow.sells else Catalogue(()),
        tables=services.tables.with_overrides(services.memory.overrides()),
        zone=services.zone,
    )
    return Lore(known, bindings, adopted, services.memory.fates(missing) if missing else {})


def knowing(known: Known, own: Binding | None, target_id: str) -> Known:
    """Return what is known together with where the record itself stands at the target."""
    return replace(known, own=Bound(target_id, own.lines if own else {})) if target_id else known


def _adopted(missing: AbstractSet[Reference], services: Services) -> dict[Reference, str]:
    """Return where records stand at the target because a flow of the other direction brought them from there."""
    other_way = counterparts(services.flows)
    asked = {
        Reference(name, reference.source_id): reference for reference in missing for name in other_way[reference.flow]
    }
    found = services.memory.bound_to(asked) if asked else {}
    return {asked[reference]: binding.source_id for reference, binding in found.items()}
