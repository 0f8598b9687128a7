"""Does a SOAP call keep its promises: answers in order, one fresh signature, one bad record alone?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from lxml import etree

from connectors.netsuite.soap import Soap
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.model import Placed, Priority
from mappings.values import Payload, Ref
from tests.unit.test_netsuite_desk import MESSAGES, Account, Answer, Asked, account, failed, fault, saved, written

BUSY = fault(
    "exceededConcurrentRequestLimitFault",
    "WS_REQUEST_BLOCKED",
    "SuiteTalk concurrent request limit exceeded. Request blocked.",
)
LOCKED_OUT = fault("invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS", "Invalid login attempt.")


def write(opened: Account, *keys: str) -> list[Placed | IsthmusError]:
    soap = Soap(opened.line)
    payloads = [Payload(key, {"entity": Ref("7")}, ()) for key in keys]
    return soap.upsert([soap.record("salesOrder", payload) for payload in payloads], Priority.REALTIME)


def keys_of(asked: Asked) -> list[str]:
    records = etree.fromstring(asked.body).iter(f"{{{MESSAGES}}}record")
    return [record.get("externalId") or "" for record in records]


def test_each_record_has_its_own_answer_in_order() -> None:
    bad = failed("INVALID_KEY_OR_REF", "Invalid entity reference key 99.")
    with account(lambda _: written(saved("970"), bad, saved("971"))) as opened:
        first, second, third = write(opened, "A", "B", "C")
    assert first == Placed("970")
    assert isinstance(second, Rejected)
    assert (second.field, second.value) == ("entity", "99")
    assert third == Placed("971")
    assert opened.budget.taken == [Priority.REALTIME]


def test_a_failed_after_submit_script_means_saved_with_a_warning() -> None:
    with account(lambda _: written(failed("USER_ERROR", "Script broke.", target="970", after=True))) as opened:
        (answer,) = write(opened, "A")
    assert answer == Placed("970", "USER_ERROR: Script broke.")


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (failed("USER_ERROR", "Script broke.", after=True), Unsettled),
        (failed("UNEXPECTED_ERROR", "The status unknown."), Unsettled),
        (failed("USER_ERROR", "The record was not processed."), Transient),
        (failed("RCRD_HAS_BEEN_CHANGED", "Record has been changed"), Transient),
        ('<c:status isSuccess="true"/>', Unsettled),
    ],
)
def test_an_unclear_answer_is_not_taken_for_success_or_failure(result: str, kind: type[IsthmusError]) -> None:
    with account(lambda _: written(result)) as opened:
        (answer,) = write(opened, "A")
    assert type(answer) is kind


def test_too_few_answers_settle_nothing() -> None:
    with account(lambda _: written(saved("1"))) as opened, pytest.raises(Unsettled):
        write(opened, "A", "B")


def test_a_refusal_for_concurrency_is_told_to_the_budget() -> None:
    with account(lambda _: BUSY) as opened, pytest.raises(Throttled):
        write(opened, "A")
    assert opened.budget.refusals == 1
    assert len(opened.desk.asked) == 1


def test_a_wrong_key_is_tried_twice_with_two_signatures_and_never_again() -> None:
    with account(lambda _: LOCKED_OUT) as opened, pytest.raises(Misconfigured) as raised:
        write(opened, "A")
    assert raised.value.code == "NETSUITE_SIGN_IN"
    nonces = [re.findall(rb"nonce[^>]*>(\w+)<", asked.body) for asked in opened.desk.asked]
    assert len(nonces) == 2
    assert nonces[0] != nonces[1]


def test_a_spent_nonce_costs_one_fresh_signature() -> None:
    answers: Iterator[Answer] = iter([LOCKED_OUT, written(saved("1"))])
    with account(lambda _: next(answers)) as opened:
        assert write(opened, "A") == [Placed("1")]


def test_a_list_refused_as_a_whole_is_halved_until_the_culprit_stands_alone() -> None:
    def script(asked: Asked) -> Answer:
        keys = keys_of(asked)
        if "C" in keys:
            return fault("unexpectedFault", "USER_ERROR", "org.xml.sax.SAXException: not a legal value")
        return written(*(saved(key) for key in keys))

    with account(script) as opened:
        answers = write(opened, "A", "B", "C", "D")
    assert [type(answer) for answer in answers] == [Placed, Placed, Rejected, Placed]
    assert ["".join(keys_of(asked)) for asked in opened.desk.asked] == ["ABCD", "AB", "CD", "C", "D"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda _: Answer(0), Unsettled),
        (lambda _: Answer(502, "<html>Bad gateway</html>"), Unsettled),
        (lambda _: Answer(200, "<cut"), Unsettled),
        (lambda _: Answer(200, '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), Unsettled),
        (lambda _: Answer(200, ""), Unsettled),
        (lambda _: fault("unexpectedErrorFault", "UNEXPECTED_ERROR", "An unexpected error occurred."), Unsettled),
        (lambda _: fault("x", "", "We are undergoing regularly scheduled maintenance."), Unreachable),
    ],
)
def test_a_call_without_an_answer_may_have_written(answer: Callable[[Asked], Answer], kind: type[IsthmusError]) -> None:
    with account(answer) as opened, pytest.raises(kind):
        write(opened, "A")
    assert len(opened.desk.asked) == 1


def test_a_closed_door_is_unreachable() -> None:
    with account(lambda _: Answer(200)) as opened:
        pass
    with pytest.raises(Unreachable):
        write(opened, "A")


def test_an_account_without_tokens_has_no_soap() -> None:
    machine = {"token_secret": "", "client_id": "a", "certificate_id": "b", "private_key": "c"}
    with account(lambda _: Answer(200), **machine) as opened, pytest.raises(Misconfigured):
        Soap(opened.line)
