"""How are subscriptions kept? Over REST alone, each record made once; change orders change them (netsuite.md 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.netsuite.rest import PAGE, Rest
from connectors.netsuite.suiteql import SuiteQl, among
from flows.errors import IsthmusError
from flows.model import Found, Placed, Priority
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.values import Payload

TABLES = {
    "billingAccount": "billingaccount",
    "subscription": "subscription",
    "subscriptionChangeOrder": "subscriptionchangeorder",
}
Answer = Placed | IsthmusError


@dataclass(frozen=True)
class SuiteBilling:
    """The Target port for SuiteBilling's records; none of them is ever written a second time."""

    rest: Rest
    suiteql: SuiteQl

    def page(self, _flow: Flow) -> int:
        """Return as many as any record over REST."""
        return PAGE

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> list[Answer]:
        """Make what is not there; what is there already stands as it is."""
        there = self.find(flow, [one.key for one in payloads if not one.target_id])
        stands = [one.target_id or (there[one.key].target_id if one.key in there else "") for one in payloads]
        missing = [one for one, target_id in zip(payloads, stands, strict=True) if not target_id]
        made = iter(self.rest.upsert(flow.target.object, missing, priority))
        return [Placed(target_id) if target_id else next(made) for target_id in stands]

    def find(self, flow: Flow, keys: Sequence[str]) -> dict[str, Found]:
        """Look up external ids."""
        if not keys:
            return {}
        query = f"SELECT id, externalid FROM {TABLES[flow.target.object]} WHERE {among('externalid', list(keys))}"  # noqa: S608 — names checked, values escaped
        rows = {row["externalid"].upper(): row["id"] for row in self.suiteql.rows(query, Priority.REALTIME)}
        return {key: Found(rows[key.upper()], "") for key in keys if key.upper() in rows}

    def read(self, _flow: Flow, _target_ids: Sequence[str]) -> dict[str, Present]:
        """Return nothing: what stands is not merged with, it is left as it is."""
        return {}

    def match(self, _flow: Flow, payloads: Sequence[Payload]) -> list[Sequence[Candidate]]:
        """Return no candidates: a contract says which subscription is its own, or has none."""
        return [() for _ in payloads]
