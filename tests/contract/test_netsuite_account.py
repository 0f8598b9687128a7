"""Does the connector do to a NetSuite account what the core was promised, alike over SOAP and REST?"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain

import pytest
import requests

from connectors.netsuite.catalogue import load
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.model import Placed, Priority, Record
from flows.moments import Keyset
from mappings.values import Payload, Ref
from tests.contract.test_netsuite_places import (
    CUSTOMERS,
    ORDERS,
    Opened,
    Place,
    customer,
    declared,
    opening,
    order,
    place_of,
)

WRITING = "upsertList|PUT "


@pytest.fixture(scope="module", params=["twin", "real"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_of(request.param, tmp_path_factory.mktemp("netsuite")) as found:
        yield found


@pytest.fixture(params=["soap", "rest", "rest by token"])
def opened(request: pytest.FixtureRequest, place: Place) -> Iterator[Opened]:
    bare = replace(place.connection, client_id=None) if request.param == "rest by token" else place.connection
    with opening(replace(place, connection=bare), "soap" if request.param == "soap" else "rest") as made:
        yield made


@pytest.fixture
def key() -> str:
    return f"SF-T-{secrets.token_hex(5)}"


def item_of(opened: Opened) -> str:
    return load(opened.suiteql).find(opened.place.item).id


def placed(answer: Placed | IsthmusError) -> str:
    assert isinstance(answer, Placed), answer
    return answer.target_id


def with_customer(opened: Opened, key: str) -> Payload:
    (answer,) = opened.target.upsert(CUSTOMERS, [customer(opened.place, f"{key}-C")], Priority.REALTIME)
    return order(opened.place, key, placed(answer), item_of(opened))


def test_a_second_upsert_changes_the_same_record_and_doubles_no_line(opened: Opened, key: str) -> None:
    payload = with_customer(opened, key)
    first, second = (placed(opened.target.upsert(ORDERS, [payload], Priority.BATCH)[0]) for _ in range(2))
    assert first == second
    lines = f"SELECT COUNT(*) AS n FROM transactionline WHERE transaction = {first} AND mainline = 'F'"
    assert opened.count(lines) == 2


def test_what_was_written_is_found_under_its_key_with_its_version(opened: Opened, key: str) -> None:
    (answer,) = opened.target.upsert(CUSTOMERS, [customer(opened.place, key, "v7")], Priority.REALTIME)
    found = opened.target.find(CUSTOMERS, [key, "SF-ABSENT", "it's"])
    assert set(found) == {key}
    assert (found[key].target_id, found[key].version) == (placed(answer), "v7")


@pytest.mark.parametrize("kind", ["estimate", "opportunity", "contact"])
def test_other_objects_are_written_under_their_key_too(opened: Opened, key: str, kind: str) -> None:
    (answer,) = opened.target.upsert(CUSTOMERS, [customer(opened.place, f"{key}-C")], Priority.REALTIME)
    line = {"item": Ref(item_of(opened)), "quantity": Decimal(2), "price": Ref("-1"), "rate": Decimal("10.10")}
    dated = {"tranDate": date(2026, 3, 1), "expectedCloseDate": date(2026, 4, 1), "title": "Ünï"}
    fields = {
        "estimate": {"entity": Ref(placed(answer)), "item": {"items": [line]}, **dated},
        "opportunity": {"entity": Ref(placed(answer)), "item": {"items": [line]}, **dated},
        "contact": {"company": Ref(placed(answer)), "firstName": "Ann", "lastName": f"Lee {key}"},
    }[kind]
    version = "custentity_sf_version" if kind == "contact" else "custbody_sf_version"
    flow = declared(kind, version)
    payload = Payload(key, {**fields, version: "v1"}, ())
    first, second = (placed(opened.target.upsert(flow, [payload], Priority.BATCH)[0]) for _ in range(2))
    assert first == second
    found = opened.target.find(flow, [key])[key]
    assert (found.target_id, found.version) == (first, "v1")


def test_one_bad_record_does_not_stop_the_others(opened: Opened, key: str) -> None:
    good = with_customer(opened, key)
    bad = Payload(f"{key}-B", {**good.fields, "entity": Ref("99999999")}, ())
    last = Payload(f"{key}-D", good.fields, ())
    first, second, third = opened.target.upsert(ORDERS, [good, bad, last], Priority.BATCH)
    assert placed(first) != placed(third)
    assert isinstance(second, Rejected)
    assert (second.code, second.value) == ("INVALID_KEY_OR_REF", "99999999")
    assert "entity" in second.field


def test_a_key_that_comes_twice_in_one_call_is_written_once(opened: Opened, key: str) -> None:
    twice = [customer(opened.place, key), customer(opened.place, key.lower()), customer(opened.place, "a b")]
    first, second, third = opened.target.upsert(CUSTOMERS, twice, Priority.BATCH)
    placed(first)
    assert isinstance(second, Rejected)
    assert isinstance(third, Rejected)
    assert (second.code, third.code) == ("DUPLICATE_KEY", "INVALID_EXTERNAL_ID")


def test_what_changed_is_read_back_in_order(opened: Opened, key: str) -> None:
    target_id = placed(opened.target.upsert(ORDERS, [with_customer(opened, key)], Priority.BATCH)[0])
    (named,) = chain.from_iterable(page.records for page in opened.source.named(ORDERS, [target_id, "nonsense"]))
    assert named.fields["custbody_sf_opportunity_id"] == key
    pages = list(opened.source.changed(ORDERS, None))
    versions = [record.version for page in pages for record in page.records]
    assert versions == sorted(versions)
    assert target_id in {record.id for page in pages for record in page.records}
    newest = pages[-1].cursor
    assert newest is not None
    assert list(opened.source.changed(ORDERS, newest + timedelta(seconds=1))) == []
    assert opened.source.total(ORDERS) >= len(versions)


def test_a_stretch_is_read_on_from_any_place(opened: Opened, key: str) -> None:
    buyer = with_customer(opened, key)
    opened.target.upsert(ORDERS, [buyer], Priority.BATCH)
    whole = [one for page in opened.source.changed(ORDERS, None) for one in page.records]
    place, found = Keyset(datetime(2000, 1, 1, tzinfo=UTC)), list[Record]()
    while (page := opened.source.after(ORDERS, place, None, 1)).records and len(found) < len(whole):
        assert page.cursor is not None
        place = Keyset(page.cursor, page.records[-1].id)
        found += page.records
    assert found == whole
    newest = datetime.fromisoformat(whole[-1].version)
    begin = Keyset(datetime(2000, 1, 1, tzinfo=UTC))
    assert opened.source.after(ORDERS, begin, newest, 1000).records == tuple(
        one for one in whole if one.version < whole[-1].version
    )


def test_the_day_given_is_the_day_kept(opened: Opened, key: str) -> None:
    target_id = placed(opened.target.upsert(ORDERS, [with_customer(opened, key)], Priority.BATCH)[0])
    query = f"SELECT TO_CHAR(trandate, 'YYYY-MM-DD') AS day FROM transaction WHERE id = {target_id}"
    assert opened.suiteql.rows(query, Priority.BATCH) == [{"day": "2026-03-01"}]


def test_a_wrong_secret_stops_the_connection_after_two_tries(opened: Opened, key: str) -> None:
    if not opened.place.twin:
        pytest.skip("five failures would lock a real account")
    wrong = replace(opened.place.connection, token_secret="wrong", client_id=None)
    before = len(requests.get(f"{opened.place.twin}/_twin/audit", timeout=5).json())
    with opening(replace(opened.place, connection=wrong), opened.target.default) as other:
        refused = _error(other, key)
        assert isinstance(refused, Misconfigured)
        assert refused.code == "NETSUITE_SIGN_IN"
    assert len(requests.get(f"{opened.place.twin}/_twin/audit", timeout=5).json()) - before == 2
    opened.target.find(CUSTOMERS, [key])


@pytest.mark.parametrize(
    ("kind", "error", "written"),
    [
        ("busy", Throttled, False),
        ("drop_before", Unsettled, False),
        ("drop", Unsettled, True),
        ("commit_then_500", Unsettled, True),
        ("garbage", Unsettled, True),
        ("maintenance", Unreachable, False),
    ],
)
def test_a_fault_is_named_by_what_happens_next(
    opened: Opened,
    key: str,
    kind: str,
    error: type[IsthmusError],
    written: bool,  # noqa: FBT001 — a table's column
) -> None:
    opened.place.arm(match=WRITING, kind=kind)
    answer = _error(opened, key)
    assert type(answer) is error
    assert (key in opened.target.find(CUSTOMERS, [key])) is written
    assert opened.budget.refusals == (kind == "busy")


def test_an_access_token_that_ended_costs_one_more_sign_in(opened: Opened, key: str) -> None:
    if opened.target.default == "soap":
        pytest.skip("SOAP has no access tokens")
    opened.target.find(CUSTOMERS, [key])
    opened.place.arm(match="PUT ", kind="expire")
    placed(opened.target.upsert(CUSTOMERS, [customer(opened.place, key)], Priority.BATCH)[0])


def test_a_failed_script_after_saving_is_a_warning(opened: Opened, key: str) -> None:
    if opened.target.default == "rest":
        pytest.skip("REST does not tell of scripts that failed after saving")
    opened.place.arm(match="upsertList", kind="after_submit_failed")
    (answer,) = opened.target.upsert(CUSTOMERS, [customer(opened.place, key)], Priority.BATCH)
    assert isinstance(answer, Placed)
    assert answer.warning


def test_a_torn_list_settles_each_record_for_itself(opened: Opened, key: str) -> None:
    if opened.target.default == "rest":
        pytest.skip("over REST each record is a call of its own")
    opened.place.arm(match="upsertList", kind="partial")
    payloads = [customer(opened.place, f"{key}-{number}") for number in range(5)]
    kinds = [type(answer) for answer in opened.target.upsert(CUSTOMERS, payloads, Priority.BATCH)]
    assert kinds[0] is Placed
    assert kinds.count(Unsettled) == 1
    assert kinds[-1] is Transient


def _error(opened: Opened, key: str) -> Placed | IsthmusError:
    try:
        return opened.target.upsert(CUSTOMERS, [customer(opened.place, key)], Priority.BATCH)[0]
    except IsthmusError as error:
        return error
