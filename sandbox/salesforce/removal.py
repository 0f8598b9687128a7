"""What goes with a deleted record, what forbids its deletion, and what comes back with it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.changes import Change
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.logic.orders import refuse_activated
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.refusals import Refused

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

Found = tuple[SObject, dict[str, Any]]


def delete(org: Org, owner: SObject, record: dict[str, Any]) -> None:
    """Put a record and its dependants into the recycle bin, each remembering whose deletion it was."""
    doomed = list(_with_dependants(org, owner, record))
    ids = {one["Id"] for _, one in doomed}
    for one_owner, one in doomed:
        _refuse_needed(org, one_owner, one, ids)
    for one_owner, one in doomed:
        gone = one | {"IsDeleted": "true"} | org.touched()
        org.store.update(one_owner, one["Id"], {"IsDeleted": "true"} | org.touched())
        org.store.put_into_bin(one_owner.name, one["Id"], record["Id"])
        org.announce(Change(one_owner, "DELETE", one["Id"], one, gone))
    org.roll_up(owner, record)


def undelete(org: Org, owner: SObject, record_id: str) -> None:
    """Restore a record and what was deleted together with it."""
    known = org.store.get(owner, long_form(record_id) or record_id, deleted=True)
    if known is None or known["IsDeleted"] != "true":
        raise Refused("UNDELETE_FAILED", "Entity is not in the recycle bin", fields=[])
    for kind, one_id in org.store.take_out_of_bin(known["Id"]):
        one_owner = objects()[kind.lower()]
        before = org.store.get(one_owner, one_id, deleted=True) or {}
        back = {"IsDeleted": "false"} | org.touched()
        org.store.update(one_owner, one_id, back)
        org.announce(Change(one_owner, "UNDELETE", one_id, before, before | back))
    org.roll_up(owner, known)


def _with_dependants(org: Org, owner: SObject, record: dict[str, Any]) -> Iterator[Found]:
    yield owner, record
    for child in owner.pointing:
        if child.cascade and not child.restrict:
            child_owner = objects()[child.object.lower()]
            for one in org.store.where(child_owner, child.field, record["Id"]):
                yield from _with_dependants(org, child_owner, one)


def _refuse_needed(org: Org, owner: SObject, record: dict[str, Any], ids: set[str]) -> None:
    if owner.name == "OrderItem":
        refuse_activated(org.store, record)
    for child in owner.pointing:
        if not child.restrict:
            continue
        child_owner = objects()[child.object.lower()]
        needing = [one for one in org.store.where(child_owner, child.field, record["Id"]) if one["Id"] not in ids]
        if needing:
            name, names = record[owner.name_field], ", ".join(str(one[child_owner.name_field]) for one in needing[:5])
            words = (
                f"Your attempt to delete {name} could not be completed because it is associated with the following "
                f"{child_owner.plural.lower()}.: {names}\n"
            )
            raise Refused("DELETE_FAILED", words, fields=[])
