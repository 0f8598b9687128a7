"""Do item groups unfold to their members, and are kits one line with one price?"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.store import Stored
from tests.sandbox.netsuite_books import Books, line
from tests.sandbox.netsuite_twin import Twin, order, running
from tests.sandbox.soap_calls import read

D = Decimal


@pytest.fixture
def books() -> Books:
    made = Books()
    made.add("itemGroup", 40, itemId="SET", member=[{"item": {"id": "8"}, "quantity": D(2)}, {"item": {"id": "7"}}])
    made.add("kitItem", 41, itemId="KIT", basePrice=D(25), member=[{"item": {"id": "8"}, "quantity": D(2)}])
    made.add("discountItem", 42, itemId="OFF", rate="-10%")
    return made


def told(record: Stored) -> list[tuple[Any, ...]]:
    """Give each line's type or item, quantity and amount."""
    return [
        ((row.get("itemType") or {}).get("id") or row["item"]["id"], row.get("quantity"), row.get("amount"))
        for row in record.doc["item"]
    ]


SET: list[tuple[Any, ...]] = [("Group", 3, None), ("8", 6, D("59.94")), ("7", 3, D(300)), ("EndGroup", None, None)]


def test_a_group_unfolds_to_its_members_at_their_own_prices(books: Books) -> None:
    sold = books.order(line("40", 3), line("7"))
    assert told(sold) == [*SET, ("7", 1, D(100))]
    assert [row["line"] for row in sold.doc["item"]] == [1, 2, 3, 4, 5]
    assert sold.doc["total"] == D("459.94")


def test_a_discount_behind_a_group_is_on_all_of_it(books: Books) -> None:
    sold = books.order(line("40", 3), {"item": {"id": "42"}})
    assert told(sold)[-1] == ("42", None, D("-35.99"))


def test_a_kit_is_one_line_at_its_own_price(books: Books) -> None:
    assert told(books.order(line("41", 2))) == [("41", 2, D(50))]


def test_a_group_s_quantity_is_its_members_too(books: Books) -> None:
    sold = books.order(line("40", 3))
    again = books.change(sold, item=[{"line": 1, "quantity": D(1)}])
    assert told(again) == [("Group", 1, None), ("8", 2, D("19.98")), ("7", 1, D(100)), ("EndGroup", None, None)]
    assert [row["lineUniqueKey"] for row in again.doc["item"]] == [row["lineUniqueKey"] for row in sold.doc["item"]]


def test_a_member_keeps_what_was_changed_of_it(books: Books) -> None:
    sold = books.order(line("40", 3))
    own = {"line": 2, "rate": D(5), "price": {"id": "-1"}}
    assert told(books.change(sold, item=[own]))[1] == ("8", 6, D(30))
    assert told(books.again(sold))[0] == ("Group", 3, None)


def test_a_group_that_is_sent_alone_keeps_its_inside_and_one_that_is_not_goes_with_it(books: Books) -> None:
    sold = books.order(line("40", 3), line("7"))
    alone = books.change(sold, replaced=("item",), item=[{"line": 1, "item": {"id": "40"}}])
    assert told(alone) == SET
    mixed = books.change(alone, replaced=("item",), item=[line("7", 2)])
    assert told(mixed) == [("7", 2, D(200))]


def test_members_are_shipped_and_billed_and_their_group_follows(books: Books) -> None:
    sold = books.order(line("40", 3), line("8"))
    shipped = books.made(sold, "itemFulfillment", item=[{"orderLine": 2, "quantity": D(4)}])
    assert told(shipped) == [("8", 4, None), ("8", 1, None)]
    part = [{"orderLine": 2, "quantity": D(6)}, {"orderLine": 3, "quantity": D(1)}]
    bill = books.made(books.again(sold), "invoice", item=part)
    assert told(bill)[:4] == [("Group", 3, None), ("8", 6, D("59.94")), ("7", 1, D(100)), ("EndGroup", None, None)]
    books.made(books.again(sold), "itemFulfillment")
    rest = books.made(books.again(sold), "invoice")
    assert told(rest) == [("Group", 3, None), ("7", 2, D(200)), ("EndGroup", None, None)]
    assert books.again(sold).status == "G"


@pytest.fixture
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        members = {"items": [{"item": {"id": "8"}, "quantity": 2}]}
        assert one.load([{"type": "itemGroup", "record": {"id": "40", "itemId": "SET", "member": members}}]).ok
        yield one


def test_suiteql_and_rest_show_where_a_group_begins_and_ends(twin: Twin) -> None:
    key = "salesOrder/eid:G-1"
    assert twin.record("PUT", key, order({"item": {"id": "40"}, "quantity": 1})).status_code == 204
    rows = twin.ask(
        "SELECT l.itemtype, l.item, l.memo, l.quantity, l.foreignamount FROM transactionline l JOIN transaction t "
        "ON t.id = l.transaction WHERE t.externalid = 'G-1' AND l.mainline = 'F' ORDER BY l.id"
    ).json()["items"]
    assert rows == [
        {"itemtype": "Group", "item": "40", "quantity": "-1"},
        {"itemtype": "InvtPart", "item": "8", "quantity": "-2", "foreignamount": "-19.98"},
        {"itemtype": "EndGroup", "item": "0", "memo": "End of Group"},
    ]
    seen = read(twin, '<get><baseRef xsi:type="core:RecordRef" type="salesOrder" externalId="G-1"/></get>')
    assert [one.findtext("quantity") for one in seen.iter("item") if one.find("line") is not None] == ["1", "2", None]
    shown = twin.record("GET", f"{key}?expandSubResources=true").json()["item"]["items"]
    assert [row.get("itemType", {}).get("id") for row in shown] == ["Group", None, "EndGroup"]
    echoed = [{name: value for name, value in row.items() if name != "links"} for row in shown]
    answer = twin.record("PATCH", f"{key}?replace=item", {"item": {"items": echoed}})
    assert answer.status_code == 204, answer.text
    assert twin.record("GET", key).json()["total"] == 19.98
