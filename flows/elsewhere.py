"""Which deliveries belong to another world than this account's? Orders and subscriptions renew in flows of their own."""

from __future__ import annotations

from collections.abc import Sequence

from flows.errors import Misconfigured
from flows.model import Delivery, Settlement, State
from flows.policy import Case, judge
from flows.ports import Services
from flows.world import World
from mappings.language import Flow

HINT = "Say it: ISTHMUS_NETSUITE__WORLD=orders or subscriptions, then restart the workers."


def of_this_world(
    flow: Flow, deliveries: Sequence[Delivery], services: Services
) -> tuple[Sequence[Delivery], Sequence[Settlement]]:
    """Part what this account's world carries from what it does not: that is filtered, or waits where nothing is sure."""
    if flow.world is None:
        return deliveries, ()
    world = services.world()
    if world.name == flow.world:
        return deliveries, ()
    if world.name:
        return (), [Settlement(one.lease, State.FILTERED, counted=False) for one in deliveries]
    now, jitter = services.clock(), services.jitter()
    return (), [
        judge(_open_still(world), Case(one.lease, one.attempts, now, jitter), services.policy) for one in deliveries
    ]


def words(world: World) -> str:
    """Return what is known of the account's world; raise Misconfigured where that is nothing."""
    if not world.name:
        raise _open_still(world)
    return f"sells over time by {world.name}: {world.why}"


def _open_still(world: World) -> Misconfigured:
    return Misconfigured("WORLD_UNDECIDED", world.why, hint=HINT)
