"""Does the org answer recorded requests of a real client as the real org answered them: status, form, and every key?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.sandbox.salesforce_api import Twin, in_process

RECORDED = Path(__file__).resolve().parents[2].parent / "shared/reference/salesforce/recorded"
TAPES = (
    "TestCompositeParallelSalesforce.test_composite_parallel_salesforce",
    "TestCountSObjects.test_count_sobjects__errors",
    "TestUpsert.test_upsert_complex_external_id_field_rest__duplicate_error",
    "TestUpsert.test_upsert_complex_fields__bulk",
    "TestUpsert.test_upsert_external_id_field",
)
READS = re.compile(r"/(query|limits|describe)")  # their answers depend on what else is in the org


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    return running


def exchanges(tape: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    path = RECORDED / f"{tape}.yaml"
    if not path.exists():
        pytest.skip(f"{path} is not here: recorded exchanges are no part of the repository")
    for one in yaml.safe_load(path.read_text())["interactions"]:
        if "include_file" not in one and not READS.search(one["request"]["uri"]):
            yield one["request"], one["response"]


def sent(body: str | None) -> str | None:
    """Return a body as the client sent it: uploads were recorded in chunks, with their sizes."""
    if body and re.match(r"[0-9a-f]+\r\n", body):
        parts, rest = [], body
        while rest:
            size, _, rest = rest.partition("\r\n")
            parts.append(rest[: int(size, 16)])
            rest = rest[int(size, 16) + 2 :]
        return "".join(parts)
    return body and body.replace("vxx.0", "v59.0")


def shape(value: Any) -> Any:
    """Return what a value is made of; a list is as its first element, numbers are numbers."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if not name.endswith("Id") or name == "referenceId"}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


class Names:
    """Which of our ids stands for a recorded one?"""

    def __init__(self) -> None:
        self.ours: dict[str, str] = {}

    def translate(self, text: str) -> str:
        for known, own in self.ours.items():
            text = text.replace(known, own)
        return text

    def learn(self, recorded: Any, answer: requests.Response) -> None:
        if isinstance(recorded, dict) and (known := recorded.get("vars", {}).get("id")) and known not in self.ours:
            found = re.search(r"<id>(\w+)</id>", answer.text)
            assert found
            self.ours[known] = found[1]


@pytest.mark.parametrize("tape", TAPES)
def test_recorded_requests_are_answered_as_recorded(twin: Twin, tape: str) -> None:
    names = Names()
    seen = 0
    for request, response in exchanges(tape):
        uri = names.translate(request["uri"]).replace("async/vxx.0", "async/59.0").replace("vxx.0", "v59.0")
        kind = ("text/csv" if uri.endswith("/batch") else "application/xml") if "/async/" in uri else "application/json"
        token = str(twin.session.headers["Authorization"]).removeprefix("Bearer ")
        headers = {"X-SFDC-Session": token, "Content-Type": kind}
        url = uri.replace("https://orgname.my.salesforce.com", twin.url)
        answer = twin.session.request(request["method"], url, data=sent(request["body"]), headers=headers, timeout=10)
        assert answer.status_code == response["status"]["code"], (uri, answer.text)
        told = response["body"]["string"]
        names.learn(told.get("include_template") and told if isinstance(told, dict) else None, answer)
        if isinstance(told, str) and told[:1] in {"{", "["}:
            assert shape(answer.json()) == shape(json.loads(told)), uri
        elif isinstance(told, str):
            assert answer.headers["Content-Type"] == response["headers"]["Content-Type"][0]
            assert answer.text.splitlines()[0] == told.splitlines()[0]
        seen += 1
    assert seen
