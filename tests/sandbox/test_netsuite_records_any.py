"""Is any body either taken or refused, and do the books still agree after hundreds of them?"""

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.checks import family_of
from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest.problems import Problem
from sandbox.netsuite.rest.reading import BodyReader
from sandbox.netsuite.store import Stored
from sandbox.netsuite.transactions.applying import applied_by
from tests.sandbox.netsuite_books import Books

_KINDS = (
    "salesOrder", "invoice", "itemFulfillment", "customerPayment", "creditMemo", "returnAuthorization", "estimate",
    "customerDeposit", "depositApplication", "customerRefund", "subscription", "subscriptionChangeOrder", "customer",
)  # fmt: skip
_LIKELY = {
    "item", "quantity", "rate", "price", "amount", "apply", "doc", "orderLine", "line", "discountRate", "orderStatus",
    "payment", "initialTerm", "subscriptionPlan", "action", "subscription", "deposit", "isClosed", "taxCode", "endDate",
    "startDate", "revRecStartDate", "companyName", "subsidiary", "autoApply", "itemreceive", "priceInterval", "frequency",
}  # fmt: skip
_ODD: tuple[Any, ...] = (
    None,
    "",
    [],
    {},
    "x",
    -1,
    10**30,
    True,
    "NaN",
    {"items": [None]},
    {"id": None},
    {"id": "9" * 25},
)


class Hand:
    """One hand that writes at random, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 — a play of chance, no secret
        self.books = Books()
        self.books.add("discountItem", 20, itemId="OFF", rate="-10%")
        self.books.add("serviceSaleItem", 7, revenueRecognitionRule={"id": "1"})
        self.books.add("subscriptionPlan", 30, itemId="PLAN", member=[{"item": {"id": "7"}}])
        self.made: list[Stored] = [self.books.order() for _ in range(3)]

    def _value(self, field: Field, depth: int) -> Any:
        if self.draw.random() < 0.01:
            return self.draw.choice(_ODD)
        if field.kind in "loa":
            return self._nested(field, depth)
        if field.kind == "@":
            return self._reference(field)
        if field.kind == "e":
            return self.draw.choice(list(enumeration(field.target).soap))
        choices: dict[str, Any] = {
            "n": [1, 2, 5, "0.5", 0, -3], "p": [1, "9.99", "-10%"], "b": [True, True, False],
            "i": [1, 2, self.draw.choice(self.made).id], "d": ["2026-03-01", "2026-12-31", "1999-01-01"],
            "s": ["x", "y" * 400], "y": ["DE"], "t": ["2026-03-01T00:00:00Z"],
        }  # fmt: skip
        return self.draw.choice(choices.get(field.kind, [None]))

    def _nested(self, field: Field, depth: int) -> Any:
        kind = record_type("address" if field.kind == "a" else field.target)
        if field.kind != "l":
            return self.body(kind, depth + 1)
        return {"items": [self.body(kind, depth + 1) for _ in range(self.draw.randint(0, 3) if depth < 2 else 0)]}

    def _reference(self, field: Field) -> Document:
        if field.target == "item":
            return {"id": self.draw.choice(["7", "8", "8", "20", "99"])}
        if field.target == "customer":
            return {"id": "501"}
        family = family_of(field.target)
        rows = self.books.account.store.every(family) if family else []
        return {"id": str(self.draw.choice(rows).id) if rows else "1"}

    def body(self, kind: RecordType, depth: int = 0) -> Document:
        fields = [one for one in kind.fields + kind.rest_only if not one.read_only]
        chosen = [one for one in fields if self.draw.random() < (0.5 if one.name in _LIKELY else 0.005)]
        body = {one.name: self._value(one, depth) for one in chosen}
        party: Document = {
            name: {"id": "501"} for name in ("entity", "customer") if depth == 0 and name in kind.by_name
        }
        return {**body, **party}

    def write(self) -> None:
        """Add, change, transform or delete one record."""
        account, source = self.books.account, self.draw.choice(self.made)
        what = self.draw.choice(
            ["add"] * 3 + ["change"] * 3 + ["make"] * 4 + (["delete"] if len(self.made) > 3 else [])
        )
        kind = record_type(source.type if what in {"change", "delete"} else self.draw.choice(_KINDS))
        wish = BodyReader(kind, {"item"} if self.draw.random() < 0.3 else set()).wish(self.body(kind), None, None)
        with account.store.call():
            if what == "delete":
                account.delete(kind, str(source.id), None)
                self.made.remove(source)
                return
            if what == "change":
                wish.internal_id = str(source.id)
                done = account.update(wish)
            else:
                done = account.add(wish) if what == "add" else account.transform(self.books.again(source), kind, wish)
        self.made.append(self.books.kept(kind.name, done))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_breaks_and_the_books_agree(seed: int) -> None:
    hand, taken = Hand(seed), 0
    for _ in range(1200):
        try:
            hand.write()
            taken += 1
        except (Refused, Problem):
            pass
    assert taken > 100
    _agree(hand.books.account.store.every("transaction"))


def _agree(every: list[Stored]) -> None:
    """Each order knows what came of it, each invoice what was paid of it."""
    moved: dict[tuple[int, str, int], Decimal] = defaultdict(Decimal)
    paid: dict[int, Decimal] = defaultdict(Decimal)
    counters = {"itemFulfillment": "quantityFulfilled", "invoice": "quantityBilled", "cashSale": "quantityBilled"}
    for one in every:
        for number, amount in applied_by(one.doc).items():
            paid[number] += amount
        source = one.doc.get("createdFrom")
        if source is None or one.type not in counters:
            continue
        for row in one.doc.get("item") or ():
            if row.get("orderLine") is not None and row.get("quantity") is not None:
                moved[int(source["id"]), counters[one.type], int(row["orderLine"])] += Decimal(str(row["quantity"]))
    for one in every:
        if one.type == "invoice":
            assert one.doc["amountRemaining"] == one.doc["total"] - paid[one.id], one.name
        for row in one.doc["item"] if one.type == "salesOrder" else ():
            for counter in ("quantityFulfilled", "quantityBilled"):
                assert (row.get(counter) or 0) == moved[one.id, counter, row["line"]], f"{one.name} {counter}"
