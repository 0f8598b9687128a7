"""Are messages and schemas those of the vendor? Held to the vendor's own files, where they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.salesforce.events.pubsub.wire import ENUMS, MESSAGES, METHODS
from sandbox.salesforce.events.shapes import shape_of
from sandbox.salesforce.events.topics import schema_by_id, schema_of
from sandbox.salesforce.model import objects

ROOT = Path(__file__).resolve().parent.parent.parent
REAL = next((found for one in ROOT.parents if (found := one / "shared/reference/salesforce").is_dir()), None)
ENTITIES = ("Account", "Contact", "Lead", "Opportunity", "Order", "OrderItem", "Contract", "Product2", "Pricebook2",
            "PricebookEntry")  # fmt: skip


def real(name: str) -> str:
    if REAL is None:
        pytest.skip("the vendor's files are not here: ../shared/reference/salesforce")
    return (REAL / name).read_text("utf-8")


def test_messages_are_those_of_the_proto_file() -> None:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", real("pubsub_api.proto"), flags=re.DOTALL)
    found = {}
    for name, body in re.findall(r"message (\w+) \{(.*?)\}", text, flags=re.DOTALL):
        fields = re.findall(r"(repeated )?(\w+) (\w+) = (\d+);", body)
        numbered = sorted((int(number), f"{label}:{'*' * bool(many)}{kind}") for many, kind, label, number in fields)
        assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
        found[name] = " ".join(line for _, line in numbered)
    assert found == MESSAGES
    enums = re.findall(r"enum (\w+) \{(.*?)\}", text, flags=re.DOTALL)
    assert {name: tuple(re.findall(r"(\w+) = \d+;", body)) for name, body in enums} == ENUMS
    calls = re.findall(r"rpc (\w+) \((stream )?(\w+)\) returns \((?:stream )?(\w+)\)", text)
    assert {name: (asked, answered, bool(stream)) for name, stream, asked, answered in calls} == METHODS


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_entity_has_the_fields_of_real_events_in_their_order(entity: str) -> None:
    fields = [field["name"] for field in json.loads(real(f"describe/{entity}ChangeEvent.soqlmeta.json"))["fields"]]
    parts = shape_of(entity)
    inside = {source: part.name for part in parts for source in part.parts.values()}
    expected = dict.fromkeys(inside.get(name, name) for name in fields[3:])  # behind Id, ReplayId and the header
    persons = {"FirstName", "LastName", "Salutation"} if entity == "Account" else set()  # parts of a person's Name
    ours = [part.name for part in parts]
    assert not expected.keys() - set(ours) - persons
    assert [name for name in ours if name in expected] == [name for name in expected if name in ours]


def test_a_schema_is_known_by_a_hash_of_itself() -> None:
    schema = schema_of("AccountChangeEvent")
    assert schema_by_id(schema.id) is schema
    assert len({schema_of(f"{name}ChangeEvent").id for name in ("Account", "Contact", "Opportunity")}) == 3


def test_every_object_has_a_schema_that_takes_an_event_without_data() -> None:
    for owner in objects().values():
        name = f"{owner.name.removesuffix('__c')}__ChangeEvent" if owner.custom else f"{owner.name}ChangeEvent"
        assert json.loads(schema_of(name).text)["name"] == name
