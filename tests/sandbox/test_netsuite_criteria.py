"""Do conditions find the records they describe, and no others?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite import criteria
from sandbox.netsuite.account import Account
from sandbox.netsuite.criteria import Condition, Either, Every, Node, Not, Referring, Rows, Through, Unsearchable
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.periods import days_of
from sandbox.netsuite.seeding import seed
from sandbox.netsuite.store import Store
from sandbox.netsuite.wish import Wish
from sandbox.twin.state import open_state

NOW = datetime(2026, 5, 20, 12, 30, 15, tzinfo=UTC)


def where(field: str, operator: str, *values: criteria.Value) -> Condition:
    return Condition(field, operator, values)


@pytest.fixture(scope="module")
def store() -> Store:
    one = Store(open_state(None))
    account = Account(one, lambda: NOW)
    seed(account)
    criteria.prepare(one.connection)
    customers = [("Acme", "C-1", "1"), ("Ärzte & Söhne", "C-2", "2"), ("Bolt", None, "2")]
    with one.call():
        item = account.add(
            Wish(record_type("serviceSaleItem"), {"itemId": "SVC", "basePrice": Decimal(5)}, None, "I-1")
        )
        for name, key, subsidiary in customers:
            company = {"companyName": name, "subsidiary": {"id": subsidiary}, "custentity_tier": name[0] == "A"}
            account.add(Wish(record_type("customer"), company, None, key))
        for number, memo in enumerate(("first order", "second, late", None), 1):
            line = {
                "item": {"id": str(item.id)},
                "quantity": Decimal(number),
                "rate": Decimal("10.10"),
                "price": {"id": "-1"},
            }
            fields: dict[str, Any] = {
                "entity": {"externalId": "C-1" if number < 3 else "C-2"},
                "item": [line],
                "memo": memo,
            }
            fields |= {"tranDate": f"2026-0{number}-15", "otherRefNum": str(number * 9)}
            account.add(Wish(record_type("salesOrder"), fields, None, f"O-{number}"))
    return one


def names(store: Store, family: str, tree: Node) -> list[str | None]:
    return [one.external_id for one in criteria.find(store, family, tree, page=(100, 0)).records]


ORDERS: list[tuple[Node, list[str]]] = [
    (where("memo", "is", "FIRST order"), ["O-1"]),
    (where("memo", "isNot", "first order"), ["O-2", "O-3"]),
    (where("memo", "contains", "ORDER"), ["O-1"]),
    (where("memo", "startsWith", "sec"), ["O-2"]),
    (where("memo", "hasKeywords", "late second"), ["O-2"]),
    (where("memo", "empty"), ["O-3"]),
    (where("memo", "notEmpty"), ["O-1", "O-2"]),
    (where("externalId", "anyOf", "o-2", "O-3", "none"), ["O-2", "O-3"]),
    (where("externalId", "startsWith", "o-"), ["O-1", "O-2", "O-3"]),
    (where("total", "greaterThan", Decimal("10.10")), ["O-2", "O-3"]),
    (where("total", "equalTo", Decimal("30.3")), ["O-3"]),
    (where("total", "between", 10, Decimal("20.20")), ["O-1", "O-2"]),
    (where("total", "notBetween", 10, Decimal("20.20")), ["O-3"]),
    (where("otherRefNum", "greaterThan", "10"), ["O-2", "O-3"]),
    (where("tranDate", "on", date(2026, 2, 15)), ["O-2"]),
    (where("tranDate", "after", date(2026, 2, 15)), ["O-3"]),
    (where("tranDate", "onOrAfter", datetime(2026, 2, 15, tzinfo=UTC)), ["O-2", "O-3"]),
    (where("tranDate", "notOnOrAfter", date(2026, 2, 15)), ["O-1"]),
    (where("tranDate", "within", date(2026, 1, 15), date(2026, 2, 15)), ["O-1", "O-2"]),
    (where("lastModifiedDate", "onOrBefore", NOW), ["O-1", "O-2", "O-3"]),
    (where("lastModifiedDate", "before", NOW), []),
    (where("lastModifiedDate", "on", NOW), ["O-1", "O-2", "O-3"]),
    (where("subsidiary", "anyOf", "2"), ["O-3"]),
    (where("terms", "anyOf", "@NONE@"), ["O-1", "O-2", "O-3"]),
    (Through("entity", where("companyName", "is", "Ärzte & söhne")), ["O-3"]),
    (where("entity.companyName", "is", "Acme"), ["O-1", "O-2"]),
    (Rows("item", where("quantity", "greaterThan", 2)), ["O-3"]),
    (where("item.item.itemId", "is", "svc"), ["O-1", "O-2", "O-3"]),
    (Either((where("memo", "empty"), where("memo", "contains", "first"))), ["O-1", "O-3"]),
    (Not(where("memo", "contains", "first")), ["O-2", "O-3"]),
    (Every(), ["O-1", "O-2", "O-3"]),
]


@pytest.mark.parametrize(("tree", "expected"), ORDERS, ids=[str(number) for number in range(len(ORDERS))])
def test_orders_are_found_by_what_they_hold(store: Store, tree: Node, expected: list[str]) -> None:
    assert names(store, "transaction", tree) == expected


def test_customers_are_found_by_their_custom_fields_and_by_their_orders(store: Store) -> None:
    assert names(store, "entity", Condition("custentity_tier", "is", (True,))) == ["C-1"]
    late = Referring("transaction", "entity", where("memo", "contains", "late"))
    assert names(store, "entity", late) == ["C-1"]
    sold = Referring("transaction", "item.item", where("memo", "contains", "late"))
    assert names(store, "item", sold) == ["I-1"]


def test_a_page_knows_how_many_there_are_in_all_and_a_type_keeps_its_group_out(store: Store) -> None:
    found = criteria.find(store, "transaction", Every(), kinds=[record_type("salesOrder")], page=(1, 1))
    assert (found.total, [one.external_id for one in found.records]) == (3, ["O-2"])


@pytest.mark.parametrize(
    "tree",
    [
        where("nothing", "is", "x"),
        where("total", "contains", "x"),
        where("total", "is", "x'); DROP TABLE ns_item"),
        where('x"; --', "is", "x"),
        where("memo.x", "is", "x"),
        Rows("memo", where("quantity", "is", 1)),
        Through("memo", Every()),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(store: Store, tree: Node) -> None:
    with pytest.raises(Unsearchable):
        names(store, "transaction", tree)


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("today", "05-20", "05-20"),
        ("tenDaysAgo", "05-10", "05-10"),
        ("thisWeek", "05-17", "05-23"),
        ("lastBusinessWeek", "05-11", "05-15"),
        ("lastMonth", "04-01", "04-30"),
        ("monthBeforeLast", "03-01", "03-31"),
        ("thisFiscalQuarterToDate", "04-01", "05-20"),
        ("sameDayLastMonth", "04-20", "04-20"),
        ("startOfThisFiscalYear", "01-01", "01-01"),
        ("previousMonthsThisFiscalQuarter", "04-01", "04-30"),
        ("nextOneWeek", "05-20", "05-27"),
        ("thisRollingQuarter", "02-21", "05-20"),
        ("threeMonthsAgo", "02-01", "02-28"),
    ],
)
def test_predefined_dates_mean_days(word: str, first: str, last: str) -> None:
    expected = (date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}"))
    assert days_of(word, NOW.date()) == expected


def test_an_unknown_word_is_no_date() -> None:
    assert days_of("someday", NOW.date()) is None
