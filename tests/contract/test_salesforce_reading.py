"""Does the source keep its port's promises against an org? The same suite for the twin and for a real one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from connectors.salesforce.bulk import Jobs
from connectors.salesforce.source import Habits, SalesforceSource
from flows.errors import Misconfigured, Rejected
from flows.model import Page, Record
from flows.moments import Keyset
from mappings.loading import load_flows
from tests.contract.salesforce_org import BULK, MARK, NAMES, NOW, REST, ROOT, WON, Org, fill, flow, read, records, serve


@pytest.fixture(scope="module", params=["twin", "real"])
def org(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    yield from serve(request.param, tmp_path_factory.mktemp("twin"))


@pytest.fixture(scope="module")
def won(org: Org) -> Sequence[str]:
    return fill(org)


def floats(value: object) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, float) or any(map(floats, inner))


def test_both_ways_to_sign_in_are_let_in(org: Org) -> None:
    for connection in (org.connection, replace(org.connection, private_key=None)):
        assert "DailyApiRequests" in Org(connection, None).line().get("limits", NOW)


def test_a_wrong_secret_is_misconfigured(org: Org) -> None:
    wrong = replace(org.connection, private_key=None, client_secret="wrong")
    with pytest.raises(Misconfigured) as caught:
        Org(wrong, None).line().get("limits", NOW)
    assert caught.value.code == "SALESFORCE_SIGN_IN"


def test_rest_and_bulk_give_equal_records(org: Org, won: Sequence[str]) -> None:
    rest, bulk = records(read(org, REST)), records(read(org, BULK))
    assert [one.id for one in rest] == sorted(won[:7])
    assert rest == bulk
    assert repr(rest) == repr(bulk)
    assert not any(floats(one.fields) for one in rest)


def test_a_record_is_as_the_org_has_it(org: Org, won: Sequence[str]) -> None:
    found = {one.id: one for one in records(read(org, BULK))}
    first, alone = found[won[0]].fields, found[won[6]].fields
    assert first["Account"] == {"Name": NAMES[0], "Parent": {"Name": f"{MARK} parent"}}
    assert (first["CloseDate"], first["IsWon"], first["Amount"]) == ("2026-03-01", True, Decimal("6170.5"))
    lines = cast("dict[str, Any]", first["OpportunityLineItems"])["records"]
    assert [line["Quantity"] for line in lines] == [Decimal("2.5"), Decimal("2.5")]
    assert lines[0]["Product2"] == {"ProductCode": 'GTX, "Pro"'}
    assert lines[0]["Id"] < lines[1]["Id"]
    assert (alone["Account"], alone["OpportunityLineItems"]) == (None, {"records": []})


@pytest.mark.parametrize("habits", [REST, BULK], ids=["rest", "bulk"])
def test_reading_from_the_cursor_begins_with_it(org: Org, won: Sequence[str], habits: Habits) -> None:
    newest = max(one.version for one in records(read(org, REST)))
    since = datetime.fromisoformat(newest)
    again = records(read(org, habits, since))
    assert again
    assert {one.version for one in again} == {newest}
    assert records(read(org, habits, since + timedelta(seconds=1))) == []
    assert won


def test_rest_pages_move_the_cursor_in_order(org: Org, won: Sequence[str]) -> None:
    pages = read(org, REST)
    assert [len(page.records) for page in pages] == [3, 3, 1]
    cursors = [cast("datetime", page.cursor) for page in pages]
    assert cursors == sorted(cursors)
    assert cursors[-1] == datetime.fromisoformat(max(one.version for one in records(pages)))
    assert cursors[0].tzinfo is UTC
    assert won


def test_a_stretch_is_read_on_from_any_place(org: Org, won: Sequence[str]) -> None:
    source, inside = SalesforceSource(org.line()), records(read(org, REST))
    place, found = Keyset(datetime(2000, 1, 1, tzinfo=UTC)), list[Record]()
    while len((page := source.after(WON, place, None, 2)).records) == 2:
        assert page.cursor is not None
        place = Keyset(page.cursor, page.records[-1].id)
        found += page.records
    assert sorted([*found, *page.records], key=lambda one: one.id) == inside
    newest = datetime.fromisoformat(max(one.version for one in inside))
    before = source.after(WON, Keyset(datetime(2000, 1, 1, tzinfo=UTC)), newest, 100)
    assert list(before.records) == [one for one in before.records if one.version < f"{newest:%Y-%m-%dT%H:%M:%S}.000Z"]
    assert source.after(WON, Keyset(newest + timedelta(seconds=1)), None, 2) == Page(())
    assert won


def test_bulk_moves_the_cursor_only_at_the_end(org: Org, won: Sequence[str]) -> None:
    pages = read(org, BULK)
    assert [len(page.records) for page in pages] == [3, 3, 1]
    assert [page.cursor for page in pages[:-1]] == [None, None]
    assert pages[-1].cursor == datetime.fromisoformat(max(one.version for one in records(pages)))
    assert won


def test_jobs_are_removed_even_when_the_reader_stops(org: Org, won: Sequence[str]) -> None:
    line = org.line()
    block = Jobs(line, BULK.rest).query("SELECT Id FROM Opportunity")
    job = block.__enter__()
    line.get(f"jobs/query/{job}", NOW)
    block.__exit__(GeneratorExit, GeneratorExit(), None)
    with pytest.raises(Misconfigured, match="does not exist"):
        line.get(f"jobs/query/{job}", NOW)
    assert won


def test_named_records_come_whether_or_not_they_are_selected(org: Org, won: Sequence[str]) -> None:
    (page,) = SalesforceSource(org.line()).named(WON, [won[7], won[0], "006000000000000AAA"])
    assert {one.id for one in page.records} == {won[7], won[0]}
    assert page.cursor is None
    assert {one.fields["StageName"] for one in page.records} == {"Closed Won", "Closed Lost"}
    strange = SalesforceSource(org.line()).named(WON, ["006' OR Id != '"])
    with pytest.raises(Rejected):
        list(strange)


def test_total_counts_all_of_the_kind(org: Org, won: Sequence[str]) -> None:
    assert SalesforceSource(org.line()).total(WON) >= len(won)


@pytest.mark.parametrize("habits", [REST, BULK], ids=["rest", "bulk"])
def test_an_unknown_field_stops_the_flow(org: Org, won: Sequence[str], habits: Habits) -> None:
    wrong = flow({"StageName": "Closed Won", "No_Such_Field__c": "x"})
    with pytest.raises(Misconfigured) as caught:
        list(SalesforceSource(org.line(), habits).changed(wrong, None))
    assert caught.value.code == "INVALID_FIELD"
    assert won


def test_a_where_with_quotes_stays_a_value(org: Org, won: Sequence[str]) -> None:
    (page,) = SalesforceSource(org.line(), REST).changed(flow({"Name": NAMES[0]}), None)
    assert [one.id for one in page.records] == [won[6]]
    assert not list(SalesforceSource(org.line(), REST).changed(flow({"Name": "' OR Name != '"}), None))


@pytest.mark.parametrize("kind", ["expire", "drop", "commit_then_500", "garbage", "maintenance"])
@pytest.mark.parametrize("habits", [REST, BULK], ids=["rest", "bulk"])
def test_a_read_survives_what_passes(org: Org, won: Sequence[str], kind: str, habits: Habits) -> None:
    org.arm(match="GET .*(query|jobs)", kind=kind, nth=2, times=1)
    assert [one.id for one in records(read(org, habits))] == sorted(won[:7])


def test_the_shipped_flows_read_alike_over_both_interfaces(org: Org, won: Sequence[str]) -> None:
    shipped = [one for one in load_flows(ROOT / "mappings").values() if one.source.system == "salesforce"]
    told = {}
    for one in shipped:
        rest, bulk = (records(list(SalesforceSource(org.line(), how).changed(one, None))) for how in (REST, BULK))
        assert rest == bulk
        told[one.flow] = len(rest)
    assert told["account_to_customer"] >= 4
    assert told["opportunity_to_sales_order"] >= 4
    assert won
