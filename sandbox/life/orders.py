"""What does finance do with an order? Approves it, ships it in one or two parts, and bills it."""

from __future__ import annotations

from decimal import Decimal

from sandbox.life.chance import Chance
from sandbox.life.erp import Erp, Record

BY_STATUS = "SELECT id, status FROM transaction WHERE type = 'SalesOrd' AND status IN ({letters}) ORDER BY id"
HELD, IN_PARTS, CASH, PUT_OFF = 0.02, 0.3, 0.05, 0.25


class Orders:
    """The orders' side of a stretch; `when` names the stretch in draws."""

    def __init__(self, erp: Erp, chance: Chance, when: str) -> None:
        self._erp = erp
        self._chance = chance
        self._when = when

    def live(self) -> None:
        """Bill, then ship, then approve: an order takes one step a stretch."""
        self._erp.each(self._bill, self._in("E", "F"))
        self._erp.each(self._ship, self._in("B", "D"))
        self._erp.each(self._approve, self._in("A"))

    def _in(self, *letters: str) -> list[str]:
        quoted = ", ".join(f"'{letter}'" for letter in letters)
        found = [row["id"] for row in self._erp.ask(BY_STATUS.format(letters=quoted))]
        return [key for key in found if not self._chance.happens(f"later/{key}/{self._when}", PUT_OFF)]

    def _approve(self, key: str) -> None:
        if not self._chance.happens(f"held/{key}", HELD):
            self._erp.change("orders approved", "salesOrder", key, {"orderStatus": {"id": "B"}})

    def _ship(self, key: str) -> None:
        parts = self._part(key) if self._chance.happens(f"parts/{key}/{self._when}", IN_PARTS) else {}
        act = "orders shipped in part" if parts else "orders shipped"
        self._erp.make(act, ("salesOrder", key), "itemFulfillment", parts)

    def _part(self, key: str) -> Record:
        """Return what of the first open line is shipped: half of what is left of it."""
        for line in self._erp.read("salesOrder", key)["item"]["items"]:
            left = Decimal(str(line.get("quantity") or 0)) - Decimal(str(line.get("quantityFulfilled") or 0))
            if left > 1:
                half = str((left / 2).quantize(Decimal(1)))
                return {"item": {"items": [{"orderLine": line["line"], "quantity": half, "itemreceive": True}]}}
        return {}

    def _bill(self, key: str) -> None:
        if self._chance.happens(f"cash/{key}", CASH):
            self._erp.make("orders sold for cash", ("salesOrder", key), "cashSale", {})
        else:
            self._erp.make("orders billed", ("salesOrder", key), "invoice", {})
