"""Which of a record's fields does a flow compare? Those that its rules write, in the form in which they write them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.netsuite.decoding import Standing
from flows.standing import Present
from mappings.language import Flow
from mappings.rules import Rule, steps
from mappings.values import Ref

LINE = "line"
STATUSES = ("orderStatus", "status")  # guards look at them whether or not a rule writes them
NUMBERS = frozenset({"decimal", "money", "integer"})  # transformations whose value is a number
TEXTS = frozenset({None, "text", "country", "state"})  # transformations whose value is no reference
Tree = dict[str, Any]  # a field's name to its rule, or to the tree of what lies in it


def present(flow: Flow, target_id: str, standing: Standing) -> Present:
    """Return how a record stands in the flow's eyes."""
    fields = _pick(wanted(flow), standing.fields)
    for name in (*STATUSES, flow.target.version):
        if name in standing.fields:
            fields.setdefault(name, standing.fields[name])
    return Present(target_id, fields | {flow.target.key: standing.key}, standing.modified)


def wanted(flow: Flow) -> Tree:
    """Return the target fields that the rules write, as a tree; a list's places count for nothing, its lines are alike."""
    tree: Tree = {}
    for path, rule in (*flow.rules, *steps(flow.gone)):
        here = tree
        *way, last = [step for step in path if not step.isdigit()]
        for step in way:
            here = here.setdefault(step, {})
        if rule.each:
            here.setdefault(last, {}).update(_lines(rule))
        else:
            here.setdefault(last, rule)
    return tree


def _lines(rule: Rule) -> Tree:
    tree: Tree = {}
    for target, inner in (*rule.fields.items(), *rule.below.items()):
        here = tree
        *way, last = target.split(".")
        for step in way:
            here = here.setdefault(step, {})
        here[last] = inner
    return tree


def _pick(tree: Tree, held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(asked, held[name]) for name, asked in tree.items() if name in held}


def _value(asked: Any, held: Any) -> Any:
    if isinstance(asked, Rule):
        return _formed(asked, held)
    if isinstance(held, list):
        return [_pick(asked, line) | {LINE: line[LINE]} if LINE in line else _pick(asked, line) for line in held]
    return _pick(asked, held) if isinstance(held, Mapping) else held


def _formed(rule: Rule, held: Any) -> Any:
    """Return a value in the form that the rule gives it: NetSuite says of a choice only its id, whatever was sent."""
    if isinstance(held, Ref):
        return held.id if rule.as_ in TEXTS and not (rule.bind or rule.sku) else held
    if rule.as_ == "reference" and isinstance(held, str) and held:
        return Ref(held)
    if rule.as_ in NUMBERS and isinstance(held, str):
        return _number(held)
    return held


def _number(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
