"""Does a line stay whole where only a part of it is written?"""

from __future__ import annotations

from mappings.merge import Rulebook, merge

RULES = Rulebook(lambda _path: "source", {})


def test_an_address_of_which_one_part_changed_keeps_the_others() -> None:
    ours = {"addressBook": {"items": [{"label": "Main", "addressBookAddress": {"city": "Oslo", "zip": "0150"}}]}}
    held = {"label": "Main", "line": "7", "addressBookAddress": {"city": "Bergen", "zip": "0150"}}
    merged = merge(ours, None, {"addressBook": {"items": [held]}}, RULES)
    expected = {"label": "Main", "line": "7", "addressBookAddress": {"city": "Oslo", "zip": "0150"}}
    assert merged.fields == {"addressBook": {"items": [expected]}}
