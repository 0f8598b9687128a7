"""Does one call keep to the budget, and is only repeated what may be repeated?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, cast

import pytest
import requests

from connectors.salesforce.bulk import Jobs
from connectors.salesforce.source import SalesforceSource
from flows.errors import IsthmusError, Misconfigured, Throttled, Transient, Unsettled
from flows.model import Priority
from mappings.language import Flow
from tests.unit.salesforce_peer import EXPIRED, NOW, Answer, Books, Peer, answering, failure, line


@pytest.fixture
def peer() -> Iterator[Peer]:
    with answering() as made:
        yield made


def bytes_of(reply: requests.Response) -> bytes:
    return reply.content


class Reading:
    """A flow that reads objects called X with children called Lines."""

    gone: ClassVar[dict[str, str]] = {}

    class source:  # noqa: N801 — as a flow calls it
        object, cursor = "X", "SystemModstamp"
        where: ClassVar[dict[str, str]] = {}

    class Paths:
        own = ()
        children: ClassVar[dict[str, tuple[str, ...]]] = {"Lines": ("Id",)}

    paths = Paths


def test_a_call_is_budgeted_signed_and_named(peer: Peer) -> None:
    books = Books()
    peer.answers = [(200, {"size": 1.10})]
    assert line(peer, books).get("limits", Priority.BATCH) == {"size": Decimal("1.1")}
    ((method, path, headers, _),) = peer.calls
    assert (method, path) == ("GET", "/services/data/v62.0/limits")
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["Sforce-Call-Options"] == "client=isthmus"
    assert headers["User-Agent"].startswith("isthmus/")
    assert "X-PrettyPrint" not in headers
    usage = "api-usage=18/15000"
    assert books.entries == ["admit batch", "slot batch 5", usage, usage, "back"]


def test_one_token_serves_many_calls(peer: Peer) -> None:
    peer.answers = [(200, {"a": 1})] * 3
    calls = line(peer)
    for _ in range(3):
        calls.get("limits", NOW)
    assert peer.sign_ins == 1


def test_a_read_goes_again_up_to_three_times(peer: Peer) -> None:
    peer.answers = [(500, ""), (0, ""), (200, {"ok": True})]
    assert line(peer).get("limits", NOW) == {"ok": True}
    peer.answers = [(500, "")] * 9
    assert type(failure(lambda: line(peer).get("limits", NOW))) is Transient
    assert len(peer.answers) == 6


@pytest.mark.parametrize("answer", [(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]), (0, ""), (200, "<")])
def test_a_write_of_unknown_outcome_is_never_repeated(peer: Peer, answer: Answer) -> None:
    peer.answers = [answer] * 3
    assert type(failure(lambda: line(peer).change("PATCH", "composite/sobjects", {}, NOW))) is Unsettled
    assert len(peer.calls) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [("TotalRequests Limit exceeded.", "spent"), ("ConcurrentPerOrgLongTxn Limit exceeded.", "refused")],
)
def test_a_refusal_for_a_limit_is_told_to_its_budget(peer: Peer, words: str, told: str) -> None:
    books = Books()
    peer.answers = [(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": words}])] * 3
    assert isinstance(failure(lambda: line(peer, books).get("limits", NOW)), Throttled)
    assert [entry for entry in books.entries if entry in {"spent", "refused"}] == [told]
    assert len(peer.calls) == 1


def test_numbers_reach_the_wire_with_their_digits(peer: Peer) -> None:
    peer.answers = [(200, {"ok": True})]
    line(peer).change("PATCH", "x", {"Amount": Decimal("12345678901234567.10")}, NOW)
    assert b'{"Amount":12345678901234567.10}' in peer.calls[0][3]


def test_answers_that_are_no_json_are_judged_like_the_others(peer: Peer) -> None:
    peer.answers = [EXPIRED, (200, "A,B\n"), (400, [{"errorCode": "INVALID_FIELD", "message": "x"}])]
    calls = line(peer)
    assert calls.fetch("jobs/query/1/results", bytes_of, NOW) == b"A,B\n"
    assert isinstance(failure(lambda: calls.fetch("jobs/query/1/results", bytes_of, NOW)), Misconfigured)


def test_a_torn_page_is_fetched_again(peer: Peer) -> None:
    peer.answers = [(200, "A,B\n1"), (200, "<html>"), (200, "A,B\n1,2\n")]
    sheet = next(Jobs(line(peer), print).sheets("750", ["A", "B"]))
    assert sheet.rows == [["1", "2"]]
    assert len(peer.calls) == 3


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("InvalidBatch : Field name not found : Name", Misconfigured),
        ("INVALID_FIELD: No such column", Misconfigured),
        ("QUERY_TIMEOUT: it took too long", Transient),
        ("TXN_SECURITY_METERING_ERROR: no", Misconfigured),
        ("something broke", Transient),
    ],
)
def test_a_failed_job_says_what_happens_next_and_is_removed(peer: Peer, words: str, kind: type[IsthmusError]) -> None:
    failed = {"state": "Failed", "errorMessage": words}
    peer.answers = [(200, {"id": "750"}), (200, {"state": "InProgress"}), (200, failed)]
    peer.answers += [(200, {"state": "Aborted"}), (204, "")]
    waits: list[float] = []
    with pytest.raises(IsthmusError) as caught, Jobs(line(peer), waits.append).query("SELECT Id FROM X"):
        pass
    assert type(caught.value) is kind
    assert [method for method, *_ in peer.calls] == ["POST", "GET", "GET", "PATCH", "DELETE"]
    assert waits == [0.2]


def test_all_pages_of_records_and_of_children_are_followed(peer: Peer) -> None:
    stamp = "2026-03-01T12:00:00.000+0000"
    lines = [{"Id": f"00k{n}"} for n in range(3)]
    inner = {"records": lines[:2], "done": False, "nextRecordsUrl": "/services/data/v62.0/query/01g-2"}
    records = [{"Id": f"006{n}", "SystemModstamp": stamp, "Lines": inner if n == 0 else None} for n in range(2)]
    outer = {"records": records[:1], "done": False, "nextRecordsUrl": "/services/data/v62.0/query/01h-1"}
    peer.answers = [
        (200, {"totalSize": 2}),
        (200, outer),
        (200, {"records": lines[2:], "done": True}),
        (200, {"records": records[1:], "done": True}),
    ]
    (page,) = SalesforceSource(line(peer)).changed(cast("Flow", Reading()), None)
    assert [one.fields["Lines"] for one in page.records] == [{"records": lines}, {"records": []}]
    assert [path.rsplit("/", 1)[-1] for _, path, _, _ in peer.calls[2:]] == ["01g-2", "01h-1"]
