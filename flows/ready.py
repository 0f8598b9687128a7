"""What does a delivery look like once its payload is made? Values on the way from preparing to sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.model import Binding, Delivery
from mappings.merge import Clash
from mappings.values import Fields, Payload


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery with the payload that may be sent for it.

    `own` is its binding in this flow. `agreed` is what both sides will hold afterwards, where the flow compares them;
    `placed` is the target id where the target was found to hold all of it already; `there` gives the target's line of
    each source line that was found there, and `highest` the highest number that any line has there.
    """

    delivery: Delivery
    payload: Payload
    digest: str
    own: Binding | None
    agreed: Fields | None = None
    placed: str = ""
    clashes: tuple[Clash, ...] = ()
    there: Mapping[str, str] = field(default_factory=dict)
    highest: int = 0

    @property
    def target_id(self) -> str:
        """Return where it is known to stand at the target; empty for one that is new there."""
        return self.payload.target_id or (self.own.target_id if self.own else "")
