"""Do REST calls keep their promises: stop when the line breaks, sign in once, ask again only what is harmless?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.netsuite.rest import Rest
from connectors.netsuite.source import NetSuiteSource
from connectors.netsuite.suiteql import SuiteQl
from connectors.netsuite.wire import Wire
from flows.errors import IsthmusError, Misconfigured, Throttled, Transient, Unsettled
from flows.model import Placed, Priority
from mappings.language import Flow
from mappings.rules import Rule
from mappings.values import Payload
from tests.unit.test_netsuite_desk import Account, Answer, Asked, account

DONE = Answer(204, headers={"Location": "https://x/services/rest/record/v1/salesorder/42"})
BUSY = Answer(429, '{"title":"Bad Request","status":429,"o:errorCode":"USER_ERROR"}')
EMPTY = Answer(200, '{"items":[],"hasMore":false}')
FORMS = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
MACHINE = {
    "client_id": "client",
    "certificate_id": "certificate",
    "private_key": ec.generate_private_key(ec.SECP256R1()).private_bytes(*FORMS).decode(),
}


def write(opened: Account, *keys: str) -> list[Placed | IsthmusError]:
    return Rest(Wire(opened.line)).upsert("salesOrder", [Payload(key, {}, ()) for key in keys], Priority.BATCH)


@pytest.mark.parametrize(
    ("answer", "first", "rest"),
    [
        (BUSY, Throttled, Throttled),
        (Answer(0), Unsettled, Transient),
        (Answer(500, "oops"), Unsettled, Transient),
        (Answer(401, "{}"), Misconfigured, Misconfigured),
        (Answer(302, "", {"Location": "https://elsewhere/9"}), IsthmusError, IsthmusError),
    ],
)
def test_what_was_not_sent_is_not_called_unsettled(
    answer: Answer, first: type[IsthmusError], rest: type[IsthmusError]
) -> None:
    answers: Iterator[Answer] = iter([DONE, *[answer] * 4])
    with account(lambda _: next(answers)) as opened:
        done, broken, *unsent = write(opened, "A", "B", "C", "D")
    assert done == Placed("42")
    assert isinstance(broken, first)
    assert all(isinstance(one, rest) for one in unsent)
    assert len({id(one) for one in unsent}) == 1 or first is IsthmusError


def test_a_refusal_for_concurrency_is_told_to_the_budget_once() -> None:
    with account(lambda _: BUSY) as opened:
        write(opened, "A", "B", "C")
    assert (opened.budget.refusals, len(opened.desk.asked)) == (1, 1)


def test_a_wrong_key_is_tried_twice_with_two_signatures_and_never_again() -> None:
    with account(lambda _: Answer(401, "{}")) as opened:
        (answer, _) = write(opened, "A", "B")
    assert isinstance(answer, Misconfigured)
    assert answer.code == "NETSUITE_SIGN_IN"
    assert len({asked.auth for asked in opened.desk.asked}) == len(opened.desk.asked) == 2


def test_yes_without_a_place_is_not_success() -> None:
    with account(lambda _: Answer(204)) as opened:
        (answer,) = write(opened, "A")
    assert isinstance(answer, Unsettled)


def test_one_access_token_serves_many_calls_until_it_is_refused() -> None:
    tokens = iter(["first", "second"])

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/token"):
            assert parse_qs(asked.body.decode())["grant_type"] == ["client_credentials"]
            return Answer(200, json.dumps({"access_token": next(tokens), "expires_in": "3600"}))
        spent = asked.auth == "Bearer first" and asked.path.endswith("C")
        return Answer(401, "{}") if spent else DONE

    with account(script, **MACHINE) as opened:
        assert write(opened, "A", "B", "C", "D") == [Placed("42")] * 4
    calls = [asked.path.rpartition(":")[2] if ":" in asked.path else "token" for asked in opened.desk.asked]
    assert calls == ["token", "A", "B", "C", "token", "C", "D"]


def test_an_access_token_is_renewed_before_it_ends() -> None:
    token = Answer(200, json.dumps({"access_token": "t", "expires_in": 3600}))
    moments = [1000.0]
    with account(lambda asked: token if asked.path.endswith("/token") else EMPTY, **MACHINE) as opened:
        suiteql = SuiteQl(Wire(replace(opened.line, clock=lambda: moments[0])))
        for moment in (1000.0, 4500.0, 4550.0):  # ends at 4600, counts as spent a minute before
            moments[0] = moment
            suiteql.rows("SELECT 1", Priority.BATCH)
    assert [asked.path.endswith("/token") for asked in opened.desk.asked] == [True, False, False, True, False]


def test_refused_client_credentials_are_misconfigured() -> None:
    with account(lambda _: Answer(400, '{"error":"invalid_grant"}'), **MACHINE) as opened:
        (answer,) = write(opened, "A")
    assert isinstance(answer, Misconfigured)
    assert answer.code == "NETSUITE_SIGN_IN"


def test_a_question_is_asked_three_times_a_write_once() -> None:
    with account(lambda _: Answer(500, "{}")) as opened:
        with pytest.raises(Transient):
            SuiteQl(Wire(opened.line)).rows("SELECT 1", Priority.BATCH)
        assert len(opened.desk.asked) == 3
        write(opened, "A")
        assert len(opened.desk.asked) == 4


def test_a_refused_question_is_wrong_for_every_record() -> None:
    refused = {"o:errorDetails": [{"detail": "Invalid search query.", "o:errorCode": "USER_ERROR"}]}
    with account(lambda _: Answer(400, json.dumps(refused))) as opened, pytest.raises(Misconfigured):
        SuiteQl(Wire(opened.line)).rows("SELECT", Priority.BATCH)


def orders(start: int, count: int) -> Answer:
    rows = [{"id": str(start + one), "moment": "2026-03-01 10:00:00"} for one in range(count)]
    return Answer(200, json.dumps({"items": rows, "hasMore": False}))


def test_the_next_page_begins_behind_the_last_moment_and_id() -> None:
    source = SimpleNamespace(object="salesOrder", cursor="lastmodifieddate", where={"status": "B"})
    paths = SimpleNamespace(own=("id", "lastmodifieddate", "custbody_sf_opportunity_id"), children={})
    ends = {"source": source, "target": SimpleNamespace(key="Id"), "gone": {}}
    rules = {"Id": Rule.model_validate("custbody_sf_opportunity_id")}
    flow = cast("Flow", SimpleNamespace(flow="f", paths=lambda: paths, fields=rules, **ends))
    answers = iter([orders(1, 1000), orders(1001, 1)])
    with account(lambda _: next(answers)) as opened:
        since = datetime(2026, 2, 1, tzinfo=UTC)
        pages = list(NetSuiteSource(SuiteQl(Wire(opened.line))).changed(flow, since))
    assert [len(page.records) for page in pages] == [1000, 1]
    assert pages[0].cursor == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert pages[1].records[0].version == "2026-03-01T10:00:00.000Z"
    first, second = (json.loads(asked.body)["q"] for asked in opened.desk.asked)
    assert "type = 'SalesOrd'" in first
    assert "custbody_sf_opportunity_id IS NOT NULL" in first
    assert "lastmodifieddate >= TO_TIMESTAMP('2026-02-01 00:00:00'" in first
    assert "status = 'B'" in second
    assert "AND t.id > 1000" in second
    assert opened.budget.taken == [Priority.BATCH] * 2
