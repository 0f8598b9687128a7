"""May what stands at the target be changed? Named pure guards over its present fields, each with a stable code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mappings.errors import Rejected
from mappings.values import Ref

Guard = Callable[[Mapping[str, Any]], None]
PENDING_APPROVAL = "A"


def order_pending(present: Mapping[str, Any]) -> None:
    """A Sales Order is ours to change while it waits for approval; from then on it is refused with CHANGE_ORDER_NEEDED."""
    status = _id(present.get("orderStatus") or present.get("status"))
    if status != PENDING_APPROVAL:
        raise Rejected(
            "CHANGE_ORDER_NEEDED",
            field="orderStatus",
            value=status,
            message="The Sales Order is approved already, and Isthmus changes nothing that finance has taken over.",
            hint="Change the order in NetSuite by hand, then dismiss this letter; or reopen the order and replay.",
        )


def _id(value: object) -> str:
    if isinstance(value, Ref):
        return value.id
    return str(value.get("id", "")) if isinstance(value, Mapping) else str(value or "")


GUARDS: dict[str, Guard] = {"order_pending": order_pending}
