"""Are the account's own fields and record types kept: declared ones by their kind, others by their prefix?"""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.customizations import custom_record_type, of_sort, script_id_of
from sandbox.netsuite.fields import by_element, record_type
from sandbox.netsuite.refusals import Refused
from tests.sandbox.netsuite_books import Books, line


@pytest.fixture(scope="module")
def books() -> Books:
    return Books()


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("custbody_contract_value", Decimal("1.5"), "much"),
        ("custbody_contract_signed", "2026-03-01", "March"),
        ("custbody_auto_renew", True, "yes"),
        ("custbody_deal_type", {"id": "1"}, "new"),
    ],
)
def test_a_declared_field_takes_its_own_kind_alone(books: Books, name: str, good: Any, bad: Any) -> None:
    assert books.order(**{name: good}).doc[name] == good
    with pytest.raises(Refused) as refused:
        books.order(**{name: bad})
    assert (refused.value.code, refused.value.path) == ("INVALID_FLD_VALUE", name)


def test_others_are_taken_by_their_prefix_where_they_belong(books: Books) -> None:
    order = books.order(line(custcol_x="L1"), custbody_x="B1")
    assert (order.doc["custbody_x"], order.doc["item"][0]["custcol_x"]) == ("B1", "L1")
    assert books.change(order, custbody_x=None).doc.get("custbody_x") is None
    for wish in ({"custentity_x": 1}, {"item": [line(custbody_x=1)]}):
        with pytest.raises(Refused):
            books.order(**wish)


def test_a_custom_record_is_written_under_its_type_with_a_space_of_ids_of_its_own(books: Books) -> None:
    account, fields = books.account, {"custrecord_sync_key": "006", "custrecord_sync_amount": Decimal("9.50")}
    wish = books.wish("customRecord", "N-1", recType={"id": "221"}, name="First", **fields)
    with account.store.call():
        done = account.upsert(wish)
        same = account.upsert(books.wish("customrecord_sync_note", "n-1", name="Second"))
        account.upsert(books.wish("customRecord", "N-1", recType={"id": "customrecord_sync_note"}, name="Third"))
    kept = account.get(record_type("customrecord_sync_note"), None, "N-1")
    assert (done.id, same.id, kept.id, kept.name) == (kept.id, kept.id, kept.id, "Third")
    assert kept.doc["custrecord_sync_amount"] == Decimal("9.50")
    with pytest.raises(Refused) as refused:
        account.upsert(books.wish("customRecord", "N-2", recType={"id": "99"}))
    assert refused.value.code == "INVALID_KEY_OR_REF"


def test_what_is_the_accounts_own_can_be_looked_up() -> None:
    assert (
        custom_record_type("221")
        is custom_record_type("CustomRecord_Sync_Note")
        is record_type("customrecord_sync_note")
    )
    assert by_element()["CustomRecord"] is record_type("customRecord")
    assert script_id_of("101") == "custbody_sf_opportunity_id"
    assert [one.script_id for one in of_sort("customList")] == ["customlist_deal_type"]
