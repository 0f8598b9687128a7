"""Can the past of every shipped flow be read on from any place, over both twins?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import Misconfigured
from flows.model import Record
from flows.moments import Keyset
from mappings.loading import load_flows
from tests.flows_live.house import House, opened

FLOWS = load_flows(Path(__file__).parent.parent.parent / "mappings")
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
NO_PAST = {"revenue_recognition"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as one:
        one.make("Account", *({"Name": f"Past {number}"} for number in range(5)))
        one.make("Contact", *({"LastName": f"Past {number}"} for number in range(3)))
        yield one


@pytest.mark.parametrize("name", sorted(FLOWS.keys() - NO_PAST))
def test_two_at_a_time_all_is_read_once_and_in_order(house: House, name: str) -> None:
    flow = FLOWS[name]
    source = house.stage.services.sources[flow.source.system]
    whole = [one for page in source.changed(flow, BEGINNING) for one in page.records if not one.gone]
    place, found = Keyset(BEGINNING), list[Record]()
    while len((page := source.after(flow, place, None, 2)).records) == 2:
        assert page.cursor is not None
        place = Keyset(page.cursor, page.records[-1].id)
        found += page.records
        assert len(found) <= len(whole)
    found += page.records
    assert {one.id for one in found} <= {one.id for one in whole}
    assert [(one.version, one.id) for one in found] == sorted({(one.version, one.id): one for one in found}, key=order)
    if not flow.gone:
        assert len(found) == len(whole)


def order(key: tuple[str, str]) -> tuple[str, int, str]:
    """Return what a source sorts by: NetSuite's ids are numbers."""
    version, one = key
    return version, int(one) if one.isdigit() else 0, one


@pytest.mark.parametrize("name", sorted(NO_PAST))
def test_what_is_observed_has_no_past(house: House, name: str) -> None:
    flow = FLOWS[name]
    with pytest.raises(Misconfigured) as refused:
        house.stage.services.sources[flow.source.system].after(flow, Keyset(BEGINNING), None, 2)
    assert refused.value.code == "NO_PAST"
