"""How does a record stand in Salesforce, in the words in which a flow would write it?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.salesforce.line import Line
from connectors.salesforce.shape import picked
from connectors.salesforce.soql import Asked, Cut, among, moment, select
from flows.model import Priority
from flows.standing import Present
from mappings.language import Flow
from mappings.merge import LINE
from mappings.paths import value_at
from mappings.rules import Rule
from mappings.values import Ref

CHUNK = 200  # ids to a query: their text must fit a request line of 16 kB (salesforce.md 1.3)
STAMP = "SystemModstamp"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


def standing(line: Line, flow: Flow, ids: Sequence[str]) -> Mapping[str, Present]:
    """Return how the records stand, by id; absent ones are left out."""
    wanted = written(flow)
    found: dict[str, Present] = {}
    for start in range(0, len(ids), CHUNK):
        soql = select(wanted, Cut([among("Id", ids[start : start + CHUNK])]))
        for raw in line.query(soql, Priority.REALTIME)["records"]:
            present = _present(flow, wanted, raw)
            found |= {one: present for one in ids if one[:15] == present.target_id[:15]}
    return found


def written(flow: Flow) -> Asked:
    """Return what the flow's rules write: fields of the record itself, and of its children by relationship."""
    rules = {**flow.gone, **flow.fields}
    plain = [path for path, rule in rules.items() if not rule.each and "." not in path]
    own = ("Id", STAMP, flow.target.key, *([flow.target.version] if flow.target.version else []), *plain)
    children = {
        relationship: tuple(dict.fromkeys(("Id", *(name for name in rule.fields if "." not in name))))
        for path, rule in rules.items()
        if rule.each and (relationship := path.partition(".")[0])
    }
    return Asked(flow.target.object, STAMP, tuple(dict.fromkeys(own)), children, {})


def _present(flow: Flow, wanted: Asked, raw: Mapping[str, Any]) -> Present:
    rules = {**flow.gone, **flow.fields}
    own = picked(raw, wanted.own)
    fields: dict[str, Any] = {name: _said(value, rules.get(name)) for name, value in own.items() if name != STAMP}
    for relationship, names in wanted.children.items():
        inner = rules[f"{relationship}.records"].fields
        lines = [picked(one, names) for one in (raw.get(relationship) or {"records": []})["records"]]
        fields[relationship] = {
            "records": [
                {LINE: line["Id"], **{name: _said(value_at(line, name), inner.get(name)) for name in names}}
                for line in lines
            ]
        }
    stamp = datetime.fromisoformat(str(raw[STAMP])).astimezone(UTC)
    return Present(str(raw["Id"]), fields, moment(stamp))


def _said(value: Any, rule: Rule | None) -> Any:
    """Return a value as the rule would have made it: a reference as one, a time as a time."""
    if isinstance(value, str) and value and rule and (rule.bind or rule.as_ == "reference"):
        return Ref(value)
    if isinstance(value, str) and TIME.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value
