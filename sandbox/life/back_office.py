"""What does finance do of its own accord? Returns, deposits, refunds, corrections; customers, invoices and items of its own."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.life.calendar import Span
from sandbox.life.chance import Chance
from sandbox.life.erp import Erp

PAID = (
    "SELECT id FROM transaction WHERE type = 'CustInvc' AND status = 'B' "
    "AND trandate >= TO_DATE('{since}', 'YYYY-MM-DD') ORDER BY id"
)
OPEN = "SELECT id FROM transaction WHERE type = 'CustInvc' AND status = 'A' ORDER BY id"
WAITING = "SELECT id FROM transaction WHERE type = 'SalesOrd' AND status IN ('A', 'B') ORDER BY id"
BACK = "SELECT id FROM transaction WHERE type = 'RtnAuth' AND status = 'B' ORDER BY id"
RECEIVED = "SELECT id FROM transaction WHERE type = 'RtnAuth' AND status = 'F' ORDER BY id"
CREDITS = "SELECT id FROM transaction WHERE type = 'CustCred' AND status = 'A' ORDER BY id"
DEPOSITS = "SELECT id FROM transaction WHERE type = 'CustDep' AND status IN ('A', 'B') ORDER BY id"
ITEMS = "SELECT id FROM item WHERE isinactive = 'F' AND itemtype = 'NonInvtPart' ORDER BY id"
RETURNED, DELETED, CORRECTED, DEPOSITED, REFUNDED = 0.03, 0.01, 0.02, 0.02, 0.3
OWN_PER_DEAL = 60  # one customer of finance's own, and one item, for so many deals


class BackOffice:
    """Finance's own side of a stretch."""

    def __init__(self, erp: Erp, chance: Chance, span: Span) -> None:
        self._erp = erp
        self._chance = chance
        self._span = span
        self._when = str(span.first)

    def live(self) -> None:
        """Do a little of everything."""
        self._returns()
        self._money_ahead()
        self._corrections()
        numbers = self._span.of_stretch(max(self._span.opportunities // OWN_PER_DEAL, 1))
        for number in numbers:
            self._own_customer(number)
            self._own_item(number)
        self._items()

    def _returns(self) -> None:
        for row in self._erp.ask(RECEIVED):
            self._erp.make("returns credited", ("returnAuthorization", row["id"]), "creditMemo", {})
        for row in self._erp.ask(BACK):
            self._erp.make("returns received", ("returnAuthorization", row["id"]), "itemReceipt", {})
        for row in self._erp.ask(PAID.format(since=self._span.first.replace(day=1))):
            if self._chance.happens(f"return/{row['id']}/{self._when}", RETURNED):
                agreed = {"orderStatus": {"id": "B"}}
                self._erp.make("returns agreed", ("invoice", row["id"]), "returnAuthorization", agreed)

    def _money_ahead(self) -> None:
        for row in self._erp.ask(DEPOSITS):
            if self._chance.happens(f"refund/{row['id']}/{self._when}", REFUNDED):
                self._erp.make("deposits refunded", ("customerDeposit", row["id"]), "customerRefund", {})
        for row in self._erp.ask(CREDITS):
            if self._chance.happens(f"refund/{row['id']}/{self._when}", REFUNDED):
                self._erp.make("credits refunded", ("creditMemo", row["id"]), "customerRefund", {})
        for row in self._erp.ask(WAITING):
            if self._chance.happens(f"deposit/{row['id']}", DEPOSITED / 4):
                wish = {"payment": str(self._chance.whole(f"deposit/{row['id']}/amount", 10, 90))}
                self._erp.make("deposits taken", ("salesOrder", row["id"]), "customerDeposit", wish)

    def _corrections(self) -> None:
        for row in self._erp.ask(OPEN):
            if self._chance.happens(f"delete/{row['id']}/{self._when}", DELETED):
                self._erp.delete("invoices deleted", "invoice", row["id"])
            elif self._chance.happens(f"void/{row['id']}/{self._when}", DELETED):
                self._erp.void("invoices voided", "invoice", row["id"])
        for row in self._erp.ask(WAITING):
            if self._chance.happens(f"memo/{row['id']}/{self._when}", CORRECTED):
                self._erp.change(
                    "order memos rewritten", "salesOrder", row["id"], {"memo": f"Call first ({self._when})"}
                )

    def _own_customer(self, number: int) -> None:
        """A customer that sales never heard of, with an invoice."""
        record = {
            "companyName": f"Walk-in Customer {number} of {self._span.begin.year}",
            "subsidiary": {"id": "1"},
            "currency": {"id": "1"},
        }
        key = self._erp.create("customers of finance's own", "customer", record)
        if key is None:
            return
        item = self._chance.one_of(f"own/{number}", [row["id"] for row in self._erp.ask(ITEMS)])
        line: Mapping[str, object] = {"item": {"id": item}, "quantity": 2, "rate": "75.50", "price": {"id": "-1"}}
        self._erp.create("invoices of finance's own", "invoice", {"entity": {"id": key}, "item": {"items": [line]}})

    def _own_item(self, number: int) -> None:
        name = f"Novelty {self._span.begin.year}-{number:04d}"
        self._erp.create(
            "items created", "nonInventorySaleItem", {"itemId": name, "displayName": name, "basePrice": "99.00"}
        )

    def _items(self) -> None:
        """Reprice one item of a hundred a stretch, and take a novelty out of the range now and then."""
        for row in self._erp.ask(ITEMS):
            if self._chance.happens(f"reprice/{row['id']}/{self._when}", 0.01):
                price = self._chance.whole(f"price/{row['id']}/{self._when}", 50, 900)
                self._erp.change("items repriced", "nonInventorySaleItem", row["id"], {"basePrice": f"{price}.00"})
        for row in self._erp.ask(f"{ITEMS.removesuffix(' ORDER BY id')} AND itemid LIKE 'Novelty%' ORDER BY id"):
            if self._chance.happens(f"retire/{row['id']}/{self._when}", 0.05):
                self._erp.change("items retired", "nonInventorySaleItem", row["id"], {"isInactive": True})
