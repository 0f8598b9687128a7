"""Does each flow say what the business wants? Pairs of what goes in and what must come out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mappings.catalogue import Catalogue, Item
from mappings.errors import NotReady, Rejected
from mappings.known import Known
from mappings.loading import load_flows
from mappings.tables import load_tables
from mappings.translate import references, translate, translate_gone
from mappings.values import Bound, Ref, Reference

HERE = Path(__file__).parent
MAPPINGS = HERE.parent.parent / "mappings"
FLOWS = load_flows(MAPPINGS)
TABLES = load_tables(MAPPINGS / "tables")
EXAMPLES = sorted(HERE.glob("*/*.in.json"))


def known(given: Mapping[str, Any]) -> Known:
    bound = {Reference(*name.split(" ")): Bound(target) for name, target in given.get("bindings", {}).items()}
    items = [Item(one["id"], one["code"], one["code"], one.get("inactive", False)) for one in given.get("items", [])]
    own = Bound(**given["own"]) if "own" in given else None
    return Known(bound, Catalogue(items), TABLES, own)


def plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: plain(inner) for name, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case Ref():
            return {"ref": value.id}
        case Decimal():
            return str(value)
        case date() | datetime():
            return value.isoformat()
        case _:
            return value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}: {path.name.removesuffix('.in.json')}")
def test_an_example_comes_out_as_it_must(path: Path) -> None:
    given = json.loads(path.read_text(), parse_float=Decimal)
    expected = json.loads(path.with_name(path.name.replace(".in.", ".out.")).read_text())
    before = json.dumps(given, default=str, sort_keys=True)
    flow = FLOWS[path.parent.name]
    if "rejected" in expected:
        with pytest.raises(Rejected) as refused:
            translate(flow, given["record"], known(given))
        found = {name: getattr(refused.value, name) for name in expected["rejected"]}
        assert {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()} == expected[
            "rejected"
        ]
        assert refused.value.message
        assert refused.value.hint
    elif "waits_for" in expected:
        with pytest.raises(NotReady) as waiting:
            translate(flow, given["record"], known(given))
        assert f"{waiting.value.reference.flow} {waiting.value.reference.source_id}" == expected["waits_for"]
        assert waiting.value.reference in references(flow, given["record"])
    else:
        becomes = translate_gone if given.get("gone") else translate
        assert plain(becomes(flow, given["record"], known(given)).fields) == expected
    assert json.dumps(given, default=str, sort_keys=True) == before


def test_each_flow_has_examples() -> None:
    assert {path.parent.name for path in EXAMPLES} == set(FLOWS)
