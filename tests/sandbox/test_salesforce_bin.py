"""Does the recycle bin give back what went in together, and does everybody who watches hear of it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from sandbox.salesforce.changes import Change
from sandbox.salesforce.ids import STANDARD_BOOK
from sandbox.salesforce.model import objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store
from sandbox.twin.state import open_state

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-17"}


@pytest.fixture
def org() -> Iterator[Org]:
    connection = open_state(None)
    yield Org(Store(connection))
    connection.close()


def make(org: Org, kind: str, **wish: object) -> str:
    return org.create(objects()[kind.lower()], wish)


def test_what_was_deleted_together_comes_back_together(org: Org) -> None:
    heard: list[tuple[str, str]] = []

    def hear(change: Change) -> None:
        heard.append((change.kind, change.object.name))

    product = make(org, "Product2", Name="Widget", IsActive=True)
    entry = make(org, "PricebookEntry", Pricebook2Id=STANDARD_BOOK, Product2Id=product, UnitPrice=10, IsActive=True)
    account = make(org, "Account", Name="Acme")
    deal = make(org, "Opportunity", **DEAL, AccountId=account)
    line = make(org, "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=2, UnitPrice=5)
    early = make(org, "Contact", LastName="Gone before", AccountId=account)
    org.delete(objects()["contact"], early)
    org.watchers.append(hear)
    org.delete(objects()["account"], account)
    assert [one for one in heard if one[0] == "DELETE"] == [
        ("DELETE", name) for name in ("Account", "Opportunity", "OpportunityLineItem")
    ]
    heard.clear()
    org.undelete(objects()["account"], account)
    assert sorted(heard) == [("UNDELETE", name) for name in ("Account", "Opportunity", "OpportunityLineItem")]
    found = org.store.get(objects()["opportunity"], deal)
    assert found is not None
    assert (found["Amount"], found["HasOpportunityLineItem"]) == ("10.00", "true")
    assert org.store.get(objects()["opportunitylineitem"], line) is not None
    assert org.store.get(objects()["contact"], early) is None
    with pytest.raises(Refused, match="not in the recycle bin"):
        org.undelete(objects()["account"], account)
    org.undelete(objects()["contact"], early)


def test_a_transaction_that_is_undone_leaves_the_bin_as_it_was(org: Org) -> None:
    account = make(org, "Account", Name="Acme")
    with suppress(ZeroDivisionError), org.store.writing():
        org.delete(objects()["account"], account)
        raise ZeroDivisionError
    assert org.store.get(objects()["account"], account) is not None
    with pytest.raises(Refused):
        org.undelete(objects()["account"], account)
