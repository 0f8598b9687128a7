"""Is every knock answered as it deserves, and is what is accepted in the ledger?"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.body import LARGEST
from console.notice import MOST
from console.signature import sign
from tests.integration.console_stage import KEY, OLD_KEY, TOKEN, Door, standing
from tests.unit.core_stage import CUSTOMERS, ORDERS, deal

DEAL = deal(1).id
BODY = {"object": "Opportunity", "ids": [DEAL]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with standing(tmp_path_factory.mktemp("console")) as door:
        yield door


@pytest.fixture
def door(running: Door) -> Door:
    """Give each test an empty ledger's asks."""
    with running.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM asks")
    running.bell.captures.clear()
    return running


def code(answer: object) -> tuple[int, str]:
    body = answer.json()  # type: ignore[attr-defined] # a Response
    assert set(body) == {"code", "message", "hint"}
    return answer.status_code, body["code"]  # type: ignore[attr-defined] # as above


def test_a_signed_message_is_accepted_into_the_ledger_and_then_passed_on(door: Door) -> None:
    answer = door.signed(BODY)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "new": 1, "flows": [ORDERS]})
    (ask,) = door.asks().values()
    assert (ask.flow, ask.source_id, ask.version, ask.gone, ask.origin) == (ORDERS, DEAL, "", False, "hook:crm")
    assert door.heard() == [(ORDERS, [DEAL])]


def test_a_duplicate_and_a_replay_are_the_same_one_ask(door: Door) -> None:
    body = json.dumps(BODY).encode()
    headers = door.signature(body)
    answers = [door.post("/hooks/crm", body, **headers).json() for _ in range(3)]
    assert [answer["new"] for answer in answers] == [1, 0, 0]
    assert len(door.asks()) == 1


def test_an_older_version_after_a_newer_one_takes_nothing_back(door: Door) -> None:
    for version in ("2026-11-23T12:00:05+01:00", "2026-11-23T10:00:00Z"):
        assert door.signed(BODY | {"version": version}).status_code == 202
    assert [ask.version for ask in door.asks().values()] == ["2026-11-23T11:00:05.000Z"]


def test_a_deletion_is_noted_as_one(door: Door) -> None:
    door.signed({"flow": ORDERS, "ids": [DEAL], "deleted": True})
    assert door.asks()[ORDERS, DEAL].gone


def test_a_hook_of_the_other_system_names_its_objects_and_numbers(door: Door) -> None:
    body = {"object": "salesOrder", "ids": [1042, "1043"]}
    answer = door.signed(body, name="erp", key="hook-key-for-erp-0001")
    assert answer.status_code == 202, answer.text
    assert {id_ for _, id_ in door.asks()} == {"1042", "1043"}
    assert door.signed(body | {"system": "netsuite"}).status_code == 202


def test_both_keys_are_good_while_one_is_being_replaced_and_one_of_several_signatures_is_enough(door: Door) -> None:
    assert door.signed(BODY, key=OLD_KEY).status_code == 202
    body = json.dumps(BODY).encode()
    headers = dict(door.signature(body))
    headers["Isthmus-Signature"] = "v1=" + "0" * 64 + ", " + headers["Isthmus-Signature"]
    assert door.post("/hooks/crm", body, **headers).status_code == 202


@pytest.mark.parametrize("key", ["another-key-of-someone", "hook-key-for-erp-0001", "é" * 16, ""])
def test_a_wrong_signature_is_refused(door: Door, key: str) -> None:
    assert code(door.signed(BODY, key=key)) == (401, "WRONG_SIGNATURE")
    assert not door.asks()


def test_a_signature_holds_for_its_body_and_its_timestamp_only(door: Door) -> None:
    body = json.dumps(BODY).encode()
    headers = dict(door.signature(body))
    assert code(door.post("/hooks/crm", body + b" ", **headers)) == (401, "WRONG_SIGNATURE")
    later = headers | {"Isthmus-Timestamp": str(int(headers["Isthmus-Timestamp"]) + 1)}
    assert code(door.post("/hooks/crm", body, **later)) == (401, "WRONG_SIGNATURE")
    assert code(door.post("/hooks/crm", body)) == (401, "MISSING_SIGNATURE")
    unsaid = {"Isthmus-Signature": headers["Isthmus-Signature"]}
    assert code(door.post("/hooks/crm", body, **unsaid)) == (401, "MISSING_SIGNATURE")


@pytest.mark.parametrize("age", [300, 301, 86_400, -300, -86_400])
def test_a_timestamp_five_minutes_old_or_ahead_is_refused_by_its_own_code(door: Door, age: float) -> None:
    assert code(door.signed(BODY, age=age)) == (401, "STALE_TIMESTAMP")
    assert not door.asks()


@pytest.mark.parametrize("age", [299, -299])
def test_a_clock_may_be_a_little_wrong(door: Door, age: float) -> None:
    assert door.signed(BODY, age=age).status_code == 202


@pytest.mark.parametrize("stamp", ["soon", "-1", "1e9", "9" * 400, "²"])
def test_a_timestamp_that_is_none_is_refused(door: Door, stamp: str) -> None:
    body = json.dumps(BODY).encode()
    raw = stamp.encode("latin-1", "ignore") if stamp == "²" else stamp.encode()
    headers = {"Isthmus-Timestamp": raw.decode("latin-1"), "Isthmus-Signature": sign(KEY.encode(), stamp, body)}
    assert code(door.post("/hooks/crm", body, **headers))[0] == 401


def test_an_unknown_object_flow_or_hook_is_refused_with_the_nearest_name(door: Door) -> None:
    answer = door.signed({"object": "Oportunity", "ids": [DEAL]})
    assert code(answer) == (422, "UNKNOWN_OBJECT")
    assert "'Opportunity'" in answer.json()["hint"]
    answer = door.signed({"flow": "opportunity_to_sales_orders", "ids": [DEAL]})
    assert code(answer) == (422, "UNKNOWN_FLOW")
    assert f"'{ORDERS}'" in answer.json()["hint"]
    assert code(door.signed(BODY, name="nobody")) == (404, "UNKNOWN_HOOK")
    assert not door.asks()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "ids"),
        ([], "body"),
        ({"object": "Opportunity"}, "ids"),
        ({"object": "Opportunity", "ids": []}, "ids"),
        ({"object": "Opportunity", "ids": DEAL}, "ids"),
        ({"object": "Opportunity", "ids": [None]}, "ids.0"),
        ({"object": "Opportunity", "ids": [True]}, "ids.0"),
        ({"object": "Opportunity", "ids": [DEAL] * (MOST + 1)}, "ids"),
        ({"object": "Opportunity", "flow": ORDERS, "ids": [DEAL]}, "say one of flow, object"),
        ({"ids": [DEAL]}, "say one of flow, object"),
        ({"flow": ORDERS, "system": "salesforce", "ids": [DEAL]}, "its own system"),
        ({"object": "Opportunity", "system": "sap", "ids": [DEAL]}, "system"),
        ({"object": "Opportunity", "ids": [DEAL], "delted": True}, "delted"),
        ({"object": "Opportunity", "ids": [DEAL], "deleted": "perhaps"}, "deleted"),
        ({"object": "Opportunity", "ids": [DEAL], "version": "yesterday"}, "version"),
        ({"object": "Opportunity", "ids": [DEAL], "version": "2026-11-23T12:00:00"}, "version"),
    ],
)
def test_a_body_that_says_no_such_thing_is_refused_with_the_place(door: Door, body: object, place: str) -> None:
    answer = door.signed(body)
    assert code(answer) == (422, "WRONG_BODY"), answer.text
    assert place in answer.json()["message"]
    assert not door.asks()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"NaN", b'{"ids": ['])
def test_a_body_that_is_no_json_is_refused(door: Door, body: bytes) -> None:
    assert code(door.signed(body))[0] in {400, 422}


def test_one_wrong_id_among_good_ones_is_named_and_nothing_is_half_accepted(door: Door) -> None:
    answer = door.signed({"object": "Opportunity", "ids": [DEAL, "006-wrong"]})
    assert code(answer) == (422, "INVALID_ID")
    assert "006-wrong" in answer.json()["message"]
    assert not door.asks()


def test_one_id_may_stand_alone_and_a_star_asks_for_whatever_changed(door: Door) -> None:
    assert door.signed({"object": "Opportunity", "id": DEAL}).status_code == 202
    assert door.signed({"object": "Account", "ids": ["*"]}).status_code == 202
    assert set(door.asks()) == {(ORDERS, DEAL), (CUSTOMERS, "*")}


def test_a_body_of_fifty_megabytes_is_refused_before_it_is_read(door: Door) -> None:
    """The head alone is sent: the answer must come without a single byte of the body."""
    host, _, port = door.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"POST /hooks/crm HTTP/1.1\r\nHost: x\r\nContent-Length: {50 * 1024**2}\r\n\r\n".encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_body_of_fifty_megabytes_without_a_length_is_refused_as_it_comes_in(door: Door) -> None:
    parts = (b" " * 1024**2 for _ in range(50))
    answer = door.post("/hooks/crm", parts)  # type: ignore[arg-type] # requests sends what comes in pieces
    assert code(answer) == (413, "BODY_TOO_LARGE")


def test_the_largest_body_is_one_that_is_read(door: Door) -> None:
    body = json.dumps(BODY).encode()
    assert door.signed(body + b" " * (LARGEST - len(body))).status_code == 202
    assert code(door.signed(body + b" " * (LARGEST + 1 - len(body)))) == (413, "BODY_TOO_LARGE")


def test_a_service_of_the_house_enqueues_with_its_token(door: Door) -> None:
    answer = door.post("/api/enqueue", json.dumps({"flow": ORDERS, "ids": [DEAL]}), Authorization=f"Bearer {TOKEN}")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert door.asks()[ORDERS, DEAL].origin == "http"


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_a_service_without_the_token_is_refused(door: Door, sent: str) -> None:
    answer = door.post("/api/enqueue", json.dumps({"flow": ORDERS, "ids": [DEAL]}), Authorization=sent)
    assert code(answer) == (401, "WRONG_TOKEN")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not door.asks()


def test_other_doors_say_which_there_are(door: Door) -> None:
    assert code(door.post("/", "")) == (404, "NOT_FOUND")
    assert code(door.post("/health", "")) == (405, "METHOD_NOT_ALLOWED")


def test_a_ledger_that_is_down_accepts_nothing_and_the_sender_is_told_to_come_again(tmp_path: Path) -> None:
    with standing(tmp_path, patience=0.3) as door:
        with door.ledger.engine.begin() as connection:  # a writer that does not end
            assert code(door.signed(BODY)) == (503, "LEDGER_DOWN")
            connection.rollback()
        assert door.bell.captures == []
        assert door.signed(BODY).status_code == 202


def test_no_secret_stands_in_an_answer(door: Door) -> None:
    answers = [
        door.signed(BODY, key="another-key-of-someone"),
        door.post("/hooks/salesforce/another-secret-path", ""),
        door.post("/api/enqueue", "", Authorization="Bearer wrong"),
    ]
    text = " ".join(answer.text for answer in answers)
    assert not [one for one in (KEY, OLD_KEY, TOKEN, "another-secret-path", "another-key") if one in text]
