"""Do lookups go along their index? Without it, each write would read all records of its object."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from sandbox.salesforce import shelf
from sandbox.salesforce.model import objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.query import parse
from sandbox.salesforce.store import Store


@pytest.fixture
def store() -> Store:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    org = Org(Store(connection))
    shelf.prepare(connection)  # its indexes are there to be mistaken for better ones
    return org.store


def _steps(store: Store, work: Callable[[], object]) -> list[str]:
    """Say how SQLite does what a piece of work asks of it."""
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    work()
    store.connection.set_trace_callback(None)
    return [row[3] for text in asked for row in store.connection.execute(f"EXPLAIN QUERY PLAN {text}")]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("OpportunityLineItem", "OpportunityId"),
        ("NetSuite_Invoice__c", "NetSuite_Internal_ID__c"),
        ("Account", "NetSuite_Internal_ID__c"),
        ("Contact", "AccountId"),
        ("OrderItem", "OrderId"),
        ("PricebookEntry", "Product2Id"),
    ],
)
def test_a_key_is_looked_up_along_its_own_index(store: Store, kind: str, field: str) -> None:
    steps = _steps(store, lambda: store.where(objects()[kind.lower()], field, "x"))
    assert [f"USING INDEX {kind}_{field} " in step for step in steps] == [True], steps


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("SELECT COUNT() FROM Opportunity WHERE AccountId = '001Ws0000000001AAA'", "Opportunity_AccountId"),
        ("SELECT Id FROM Opportunity WHERE AccountId = '001Ws0000000001AAA'", "Opportunity_AccountId"),
        ("SELECT Id FROM Account WHERE NetSuite_Internal_ID__c = '7'", "Account_NetSuite_Internal_ID__c"),
        ("SELECT Id FROM Account WHERE NetSuite_Internal_ID__c IN ('7', '8')", "Account_NetSuite_Internal_ID__c"),
        (
            "SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-01-01T00:00:00Z ORDER BY SystemModstamp, Id",
            "_touched",
        ),
        ("SELECT Id FROM Contact WHERE Email = 'a@b.example'", "Contact_Email"),
        ("SELECT Id FROM Account WHERE Name = 'Acme'", "Account_Name"),
        ("SELECT Id FROM Contact WHERE Account.NetSuite_Internal_ID__c = '7'", "Contact_AccountId"),
    ],
)
def test_a_query_goes_along_its_index(store: Store, text: str, index: str) -> None:
    steps = _steps(store, lambda: store.rows(store.plan(parse(text))))
    assert any(index in step for step in steps), steps
    assert not any(step.startswith("SCAN t0") for step in steps), steps
