"""Does the metadata catalogue describe the records as real clients read it?"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, running

SWAGGER, SCHEMA = "application/swagger+json", "application/schema+json"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _described(twin: Twin, path: str, form: str) -> Any:
    answer = twin.record("GET", f"metadata-catalog{path}", Accept=form)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(form)
    return answer.json()


def test_the_record_types_are_listed_with_links_that_can_be_followed(twin: Twin) -> None:
    items = _described(twin, "/", "application/json")["items"]
    order = next(item for item in items if item["name"] == "salesOrder")
    links = {(link["rel"], link.get("mediaType")): link["href"] for link in order["links"]}
    schema = requests.get(links["canonical", SCHEMA], auth=twin.oauth(), headers={"Accept": SCHEMA}, timeout=10).json()
    assert schema["properties"]["tranDate"] == {
        "title": "Tran Date", "type": "string", "format": "date", "nullable": True,
    }  # fmt: skip
    listed = requests.get(links["describes", None], auth=twin.oauth(), timeout=10)
    assert listed.status_code == 200


def test_a_schema_tells_types_references_sublists_and_what_can_be_filtered(twin: Twin) -> None:
    schema = _described(twin, "/salesorder", SCHEMA)
    properties = schema["properties"]
    assert schema["$schema"] == "https://json-schema.org/draft-06/hyper-schema#"
    assert properties["entity"] == {"$ref": "/services/rest/record/v1/metadata-catalog/nsResource"}
    assert properties["total"]["readOnly"] is True
    assert properties["links"]["items"] == {"$ref": "/services/rest/record/v1/metadata-catalog/nsLink"}
    row = properties["item"]["properties"]["items"]["items"]
    assert row["x-ns-sublistkey"] == {"present": True, "value": {"new": [], "existing": ["line"]}}
    assert row["properties"]["quantity"]["type"] == "number"
    assert "lastModifiedDate" in schema["x-ns-filterable"]


@pytest.mark.parametrize("name", ["nsLink", "nsResource", "nsResourceCollection", "nsError"])
def test_every_shared_part_is_there(twin: Twin, name: str) -> None:
    assert _described(twin, f"/{name}", SCHEMA)["type"] == "object"


def test_selected_types_are_described_in_openapi(twin: Twin) -> None:
    document = _described(twin, "?select=customer,salesorder", SWAGGER)
    assert document["openapi"].startswith("3.")
    assert {"/customer", "/salesorder/{id}", "/salesorder/eid:{externalId}"} <= set(document["paths"])
    assert {"customer", "salesorder", "salesorderCollection", "nsLink"} <= set(document["components"]["schemas"])
    entity = document["components"]["schemas"]["salesorder"]["properties"]["entity"]
    assert entity == {"$ref": "#/components/schemas/nsResource"}
    assert document["servers"][0]["url"].startswith(twin.url)
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert "salesorder-itemElement" in references


@pytest.mark.parametrize(("path", "form", "status"), [("/nothing", SCHEMA, 404), ("", "text/html", 406)])
def test_what_is_not_there_is_refused(twin: Twin, path: str, form: str, status: int) -> None:
    assert twin.record("GET", f"metadata-catalog{path}", Accept=form).status_code == status
