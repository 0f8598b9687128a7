"""What is left of a transaction's changes? One event a record: the first change's type, the state at the end."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.salesforce.events.capture import Capture
from sandbox.salesforce.events.log import EventLog, Kept
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.model import objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

ACCOUNT = objects()["account"]


class Desk:
    """An org whose changes are captured."""

    def __init__(self, **settings: Any) -> None:
        self.store = Store(sqlite3.connect(":memory:", isolation_level=None), lambda: datetime(2026, 3, 4, tzinfo=UTC))
        self.org = Org(self.store)
        self.log = EventLog(self.store.connection, self.store.now)
        self.org.watchers.append(Capture(self.store, self.log, Settings(**settings)))

    def events(self) -> list[Kept]:
        return self.log.newest(100)[::-1]

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Return kind and new values of each event, without the audit fields."""
        return [
            (one.kind, {name: pair[1] for name, pair in one.body.items() if name in {"Name", "Phone"}})
            for one in self.events()
        ]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_created_and_changed_record_is_created_in_its_last_state(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A", "Phone": "1"})
        desk.org.change(ACCOUNT, account, {"Name": "B"})
    assert desk.told() == [("CREATE", {"Name": "B", "Phone": "1"})]


def test_a_record_that_comes_and_goes_is_no_event(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A"})
        desk.org.delete(ACCOUNT, account)
    assert desk.told() == []


def test_a_changed_and_deleted_record_is_deleted(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A"})
    with desk.store.writing():
        desk.org.change(ACCOUNT, account, {"Name": "B"})
        desk.org.delete(ACCOUNT, account)
    assert desk.told()[1:] == [("DELETE", {})]


def test_changes_of_one_transaction_are_one_change(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A"})
    with desk.store.writing():
        desk.org.change(ACCOUNT, account, {"Name": "B"})
        desk.org.change(ACCOUNT, account, {"Phone": "1"})
        desk.org.change(ACCOUNT, account, {"Name": "C"})
    with desk.store.writing():
        desk.org.change(ACCOUNT, account, {"Phone": None})
    assert desk.told()[1:] == [("UPDATE", {"Name": "C", "Phone": "1"}), ("UPDATE", {"Phone": None})]
    assert desk.events()[1].body["Name"] == ["A", "C"]


def test_there_and_back_is_no_change(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A"})
    with desk.store.writing():
        desk.org.change(ACCOUNT, account, {"Name": "B"})
        desk.org.change(ACCOUNT, account, {"Name": "A"})
    assert desk.told()[1:] == []


def test_what_a_savepoint_undoes_is_undone_in_the_event_too(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A"})
        with suppress(Refused), desk.store.attempting():
            desk.org.change(ACCOUNT, account, {"Name": "B"})
            desk.org.create(ACCOUNT, {"Name": "undone"})
            raise Refused("UNKNOWN_EXCEPTION", "no")
        desk.org.create(ACCOUNT, {"Name": "C"})
        desk.org.change(ACCOUNT, account, {"Phone": "1"})
    assert desk.told() == [("CREATE", {"Name": "A", "Phone": "1"}), ("CREATE", {"Name": "C"})]


def test_an_update_counts_its_fields_towards_the_overflow() -> None:
    desk = Desk(overflow=4)
    with desk.store.writing():
        first, second = (desk.org.create(ACCOUNT, {"Name": name}) for name in "AB")
    with desk.store.writing():
        desk.org.change(ACCOUNT, first, {"Name": "C", "Phone": "1", "Fax": "2"})
        desk.org.change(ACCOUNT, second, {"Name": "D"})
    assert [kind for kind, _ in desk.told()] == ["CREATE", "CREATE", "UPDATE", "GAP_OVERFLOW"]


def test_a_record_out_of_the_recycle_bin_comes_with_its_fields(desk: Desk) -> None:
    with desk.store.writing():
        account = desk.org.create(ACCOUNT, {"Name": "A"})
    with desk.store.writing():
        desk.org.delete(ACCOUNT, account)
    with desk.store.writing():
        desk.org.undelete(ACCOUNT, account)
    assert desk.told()[1:] == [("DELETE", {}), ("UNDELETE", {"Name": "A"})]


def test_a_line_changes_its_opportunity_too(desk: Desk) -> None:
    with desk.store.writing():
        wish = {"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-03-04"}
        opportunity = desk.org.create(objects()["opportunity"], wish)
        product = desk.org.create(objects()["product2"], {"Name": "P", "IsActive": True})
        book = desk.org.create(objects()["pricebook2"], {"Name": "B", "IsActive": True})
        standard = desk.store.where(objects()["pricebook2"], "IsStandard", "true")[0]["Id"]
        entries = [
            desk.org.create(
                objects()["pricebookentry"],
                {"Pricebook2Id": one, "Product2Id": product, "UnitPrice": 5, "IsActive": True},
            )
            for one in (standard, book)
        ]
    before = len(desk.events())
    with desk.store.writing():
        line = {"OpportunityId": opportunity, "PricebookEntryId": entries[1], "Quantity": 2, "UnitPrice": 5}
        desk.org.create(objects()["opportunitylineitem"], line)
    added, summed = desk.events()[before:]
    assert (added.name, added.kind) == ("OpportunityLineItemChangeEvent", "CREATE")
    assert (summed.name, summed.kind) == ("OpportunityChangeEvent", "UPDATE")
    assert float(summed.body["Amount"][1]) == 10


def test_nobody_reads_what_may_yet_be_undone(desk: Desk) -> None:
    with suppress(Refused), desk.store.writing():
        desk.org.create(ACCOUNT, {"Name": "undone"})
        assert desk.log.after(0, ["AccountChangeEvent"], 100) == []
        raise Refused("UNKNOWN_EXCEPTION", "no")
    with desk.store.writing():
        desk.org.create(ACCOUNT, {"Name": "kept"})
    assert [one.body["Name"][1] for one in desk.log.after(0, ["AccountChangeEvent"], 100)] == ["kept"]
