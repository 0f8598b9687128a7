"""Are many requests in one answered as the real composite family answers them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.salesforce_api import Twin, in_process

ROOT = "/services/data/v62.0"
UNDONE = "The transaction was rolled back since another operation in the same transaction failed."


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    return running


def create(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"method": "POST", "url": f"{ROOT}/sobjects/{kind}", "referenceId": name, "body": fields}


def ask(name: str, text: str) -> dict[str, Any]:
    return {"method": "GET", "url": f"{ROOT}/query?q={text}", "referenceId": name}


def composite(twin: Twin, *wishes: dict[str, Any], version: str = "62.0", **more: Any) -> list[dict[str, Any]]:
    url = f"{twin.url}/services/data/v{version}/composite"
    answer = twin.session.post(url, json={"compositeRequest": wishes} | more, timeout=10)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["compositeResponse"]
    return found


def refused(twin: Twin, path: str, body: Any, status: int = 400) -> str:
    answer = twin.call("POST", path, json=body)
    assert answer.status_code == status, answer.text
    return str(answer.json()[0]["message"])


def test_a_later_request_uses_an_earlier_answer(twin: Twin) -> None:
    made, contact, asked, read, gone = composite(
        twin,
        create("Account", "acc", Name="A & B", AnnualRevenue=5),
        create("Contact", "con", LastName="of @{acc.id}", AccountId="@{acc.id}"),
        ask("q", "SELECT Id, Name FROM Account WHERE Id = '@{acc.id}'"),
        {"method": "GET", "url": f"{ROOT}/sobjects/Account/@{{q.records[0].Id}}?fields=Name", "referenceId": "read"},
        {"method": "DELETE", "url": f"{ROOT}/sobjects/Contact/@{{con.id}}", "referenceId": "gone"},
    )
    assert (made["httpStatusCode"], made["httpHeaders"]) == (
        201, {"Location": f"{ROOT}/sobjects/Account/{made['body']['id']}"}
    )  # fmt: skip
    assert contact["body"]["success"]
    assert asked["body"]["records"][0]["Name"] == read["body"]["Name"] == "A & B"
    assert (gone["httpStatusCode"], gone["body"], gone["httpHeaders"]) == (204, None, {})


def test_only_dependents_of_a_failure_are_skipped(twin: Twin) -> None:
    bad, dependent, free = composite(
        twin,
        create("Account", "bad"),
        create("Contact", "c", LastName="L", AccountId="@{bad.id}"),
        create("Account", "ok", Name="N"),
    )
    assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (dependent["httpStatusCode"], dependent["body"]) == (
        400, [{"message": "Invalid reference specified. No value for bad.id found in bad", "errorCode": "PROCESSING_HALTED"}]
    )  # fmt: skip
    assert free["httpStatusCode"] == 201


def test_all_or_none_undoes_everything_and_names_the_culprit(twin: Twin) -> None:
    wishes = [create("Account", "one", Name="One"), create("Account", "bad"), create("Account", "three", Name="Three")]
    one, bad, three = composite(twin, *wishes, allOrNone=True)
    assert [one["httpStatusCode"], bad["httpStatusCode"], three["httpStatusCode"]] == [400, 400, 400]
    assert one["body"] == three["body"] == [{"message": UNDONE, "errorCode": "PROCESSING_HALTED"}]
    assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert twin.found("SELECT Name FROM Account") == []


def test_references_are_of_exact_case_and_nulls_depend_on_the_version(twin: Twin) -> None:
    wishes = [create("Account", "a", Name="N"), create("Contact", "c", LastName="L", AccountId="@{a.Id}")]
    assert "No value for a.Id" in composite(twin, *wishes)[1]["body"][0]["message"]
    made = twin.call("POST", "sobjects/Account", json={"Name": "No phone"}).json()["id"]
    read = {"method": "GET", "url": f"{ROOT}/sobjects/Account/{made}?fields=Phone", "referenceId": "r"}
    copy = create("Account", "copy", Name="Copy", Phone="@{r.Phone}")
    assert composite(twin, read, copy)[1]["httpStatusCode"] == 201
    assert composite(twin, read, copy, version="51.0")[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ([create("Account", "a[1]", Name="N")], "Provided referenceId ('a[1]') must start with a letter or a number"),
        ([create("Account", "a", Name="N")] * 2, "Duplicate referenceId"),
        ([{"method": "GET", "url": f"{ROOT}/limits"}], "referenceId"),
        ([create("Account", "a", Name="N") | {"httpHeaders": {"Authorization": "x"}}], "not allowed in a subrequest"),
        ([create("Account", f"a{n}", Name="N") for n in range(26)], "At most 25"),
        ([ask(f"a{n}", "SELECT Id FROM Account") for n in range(6)], "At most 5"),
        ([], "at least one"),
        ("x", "at least one"),
    ],
)
def test_a_senseless_composite_is_refused_as_a_whole(twin: Twin, wishes: Any, words: str) -> None:
    assert words in refused(twin, "composite", {"compositeRequest": wishes})


def test_a_batch_goes_on_or_halts(twin: Twin) -> None:
    wishes = [
        {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": "N"}},
        {"method": "GET", "url": f"{ROOT}/sobjects/Account/001000000000000AAA"},
        {"method": "GET", "url": "v62.0/limits"},
    ]
    on = twin.call("POST", "composite/batch", json={"batchRequests": wishes}).json()
    assert (on["hasErrors"], [one["statusCode"] for one in on["results"]]) == (True, [201, 404, 200])
    halted = twin.call("POST", "composite/batch", json={"batchRequests": wishes, "haltOnError": True}).json()
    assert [one["statusCode"] for one in halted["results"]] == [201, 404, 412]
    assert halted["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert len(twin.found("SELECT Id FROM Account")) == 2


def test_each_graph_is_a_transaction_and_its_nodes_may_stand_in_any_order(twin: Twin) -> None:
    good = [create("Contact", "c", LastName="L", AccountId="@{a.id}"), create("Account", "a", Name="Good")]
    bad = [create("Account", "a", Name="Bad"), create("Contact", "c")]
    wish = {"graphs": [{"graphId": "1", "compositeRequest": good}, {"graphId": "2", "compositeRequest": bad}]}
    first, second = twin.call("POST", "composite/graph", json=wish).json()["graphs"]
    assert (first["graphId"], first["isSuccessful"], second["isSuccessful"]) == ("1", True, False)
    assert [one["referenceId"] for one in first["graphResponse"]["compositeResponse"]] == ["c", "a"]
    assert second["graphResponse"]["compositeResponse"][0]["body"][0]["message"] == UNDONE
    assert [one["Name"] for one in twin.found("SELECT Name FROM Account")] == ["Good"]
    other = {"graphs": [{"graphId": "1", "compositeRequest": [ask("q", "SELECT Id FROM Account")]}]}
    assert "not supported in a graph" in refused(twin, "composite/graph", other)


def tree(*, contact: dict[str, Any]) -> dict[str, Any]:
    child = {"attributes": {"type": "Contact", "referenceId": "c1"}} | contact
    parent = {"attributes": {"type": "Account", "referenceId": "a1"}, "Name": "P", "Contacts": {"records": [child]}}
    return {"records": [parent, {"attributes": {"type": "Account", "referenceId": "a2"}, "Name": "Q"}]}


def test_a_tree_is_created_with_its_children_or_not_at_all(twin: Twin) -> None:
    made = twin.call("POST", "composite/tree/Account", json=tree(contact={"LastName": "L"}))
    assert (made.status_code, made.json()["hasErrors"]) == (201, False)
    assert [one["referenceId"] for one in made.json()["results"]] == ["a1", "a2", "c1"]
    assert twin.found("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "P"
    failed = twin.call("POST", "composite/tree/Account", json=tree(contact={}))
    assert (failed.status_code, failed.json()["hasErrors"]) == (400, True)
    assert failed.json()["results"][0]["referenceId"] == "c1"
    assert failed.json()["results"][0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert len(twin.found("SELECT Id FROM Account")) == 2
    twice = {"records": [tree(contact={})["records"][1]] * 2}
    assert "Duplicate ReferenceId" in refused(twin, "composite/tree/Account", twice)


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"attributes": {"type": "Account"}, "Name": name} for name in names]


def test_collections_create_change_read_and_delete(twin: Twin) -> None:
    made = twin.call("POST", "composite/sobjects", json={"records": rows("A", "B", "")}).json()
    assert [one["success"] for one in made] == [True, True, False]
    assert made[2]["errors"][0].keys() == {"statusCode", "message", "fields"}
    ids = [one["id"] for one in made[:2]]
    changed = [{"attributes": {"type": "Account"}, "id": one, "Phone": "5"} for one in ids]
    assert twin.call("PATCH", "composite/sobjects", json={"records": changed}).json()[0] == {
        "id": ids[0],
        "success": True,
        "errors": [],
    }
    wish = {"ids": [*ids, "001000000000000AAA"], "fields": ["Name", "Phone"]}
    posted = twin.call("POST", "composite/sobjects/Account", json=wish).json()
    params = {"ids": ",".join(wish["ids"]), "fields": "Name,Phone"}
    assert posted == twin.call("GET", "composite/sobjects/Account", params=params).json()
    assert ([one and one["Phone"] for one in posted]) == ["5", "5", None]
    gone = twin.call("DELETE", "composite/sobjects", params={"ids": f"{ids[0]},{ids[0]}", "allOrNone": "true"}).json()
    assert [one["success"] for one in gone] == [False, False]
    assert twin.call("DELETE", "composite/sobjects", params={"ids": ",".join(ids)}).json()[1]["success"]
    assert twin.found("SELECT Id FROM Account") == []


def test_collections_upsert_by_external_id_and_by_id(twin: Twin) -> None:
    path, key = "composite/sobjects/Account", "NetSuite_Internal_ID__c"
    wishes = [row | {key: str(at)} for at, row in enumerate(rows("A", "B"))]
    assert [one["created"] for one in twin.call("PATCH", f"{path}/{key}", json={"records": wishes}).json()] == [
        True,
        True,
    ]
    assert [one["created"] for one in twin.call("PATCH", f"{path}/{key}", json={"records": wishes}).json()] == [
        False,
        False,
    ]
    twice = twin.call("PATCH", f"{path}/{key}", json={"records": [wishes[0], wishes[0]]}).json()
    assert twice[0]["errors"][0]["message"] == "Duplicate external id specified: 0"
    new = twin.call("PATCH", f"{path}/Id", json={"records": [rows("C")[0] | {"Id": None}]}).json()
    assert (new[0]["success"], new[0]["created"]) == (True, True)


def test_collections_take_200_records_in_ten_chunks(twin: Twin) -> None:
    assert "cannot submit more than 200" in refused(twin, "composite/sobjects", {"records": rows(*"A" * 201)})
    mixed = [row for _ in range(6) for row in (rows("A")[0], {"attributes": {"type": "Contact"}, "LastName": "L"})]
    assert "more than 10 chunks" in refused(twin, "composite/sobjects", {"records": mixed})
    assert all(one["success"] for one in twin.call("POST", "composite/sobjects", json={"records": mixed[:10]}).json())


def test_no_composite_stands_inside_another(twin: Twin) -> None:
    inner = {"method": "POST", "url": f"{ROOT}/composite", "referenceId": "a", "body": {"compositeRequest": []}}
    jobs = {"method": "GET", "url": f"{ROOT}/jobs/query", "referenceId": "b"}
    assert [one["body"][0]["errorCode"] for one in composite(twin, inner, jobs)] == ["PROCESSING_HALTED"] * 2


def test_a_description_not_changed_since_is_304_without_a_body(twin: Twin) -> None:
    since = {"If-Modified-Since": "Tue, 24 Nov 2037 00:00:00 GMT"}
    (found,) = composite(twin, {"method": "GET", "url": f"{ROOT}/sobjects", "referenceId": "d", "httpHeaders": since})
    assert (found["httpStatusCode"], found["body"], sorted(found["httpHeaders"])) == (
        304,
        None,
        ["ETag", "Last-Modified"],
    )
