"""What does a record become? First say which references are needed, then compute; nothing is looked up on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mappings.checks import CHECKS
from mappings.errors import NotReady, Rejected
from mappings.known import Known
from mappings.language import Flow, Rule, steps
from mappings.paths import put, value_at
from mappings.transformations import TRANSFORMATIONS, Context
from mappings.values import Fields, Payload, Ref, Reference

EMPTY = (None, "")


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a rule is applied to: a record (or a line of it), all that is known, and where it stands for error messages."""

    record: Mapping[str, Any]
    known: Known
    context: Context
    flow: Flow
    place: str = ""


def references(flow: Flow, record: Mapping[str, Any]) -> frozenset[Reference]:
    """Return the records that this one needs bindings of."""
    return frozenset(_references(flow.fields, record))


def _references(fields: Mapping[str, Rule], record: Mapping[str, Any]) -> Iterator[Reference]:
    for rule in fields.values():
        if rule.bind and rule.from_ and (found := value_at(record, rule.from_)) not in EMPTY:
            yield Reference(rule.bind, str(found))
        for line in _lines(rule, record):
            yield from _references(rule.fields, line)


def translate(flow: Flow, record: Mapping[str, Any], known: Known) -> Payload:
    """Return the payload of a record; raise Rejected when it is wrong for the target, NotReady when a binding is missing."""
    for name in flow.checks:
        CHECKS[name].run(record)
    currency = str(value_at(record, flow.value.currency) or "") if flow.value else ""
    scene = _Scene(record, known, Context(known.zone, known.tables, currency), flow)
    fields: Fields = {}
    lines: list[str] = []
    for path, rule in flow.rules:
        if rule.each:
            put(fields, path, _translate_lines(rule, scene, lines))
        else:
            _apply(path, rule, scene, fields)
    if flow.target.version:
        fields[flow.target.version] = str(value_at(record, flow.source.cursor) or "")
    return Payload(str(fields[flow.target.key]), fields, tuple(lines), flow.unsigned)


def _translate_lines(rule: Rule, scene: _Scene, names: list[str]) -> list[Fields]:
    relationship = str(rule.each).split(".")[0]
    found = []
    for number, line in enumerate(_lines(rule, scene.record), start=1):
        here = replace(scene, record=line, place=f"{relationship}[{number}].")
        fields = _number(rule, line, scene, names)
        for path, inner in steps(rule.fields):
            _apply(path, inner, here, fields)
        found.append(fields)
    return found


def _number(rule: Rule, line: Mapping[str, Any], scene: _Scene, names: list[str]) -> Fields:
    """Begin a line: one that the target knows already keeps its number there."""
    if rule.key is None:
        return {}
    name = str(value_at(line, rule.key))
    names.append(name)
    own = scene.known.own
    return {"line": int(own.lines[name])} if own and name in own.lines else {}


def _lines(rule: Rule, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (value_at(record, rule.each) or []) if rule.each else []


def _apply(path: tuple[str, ...], rule: Rule, scene: _Scene, fields: Fields) -> None:
    if rule.only == "create" and scene.known.own:
        return
    try:
        value = _value(rule, scene)
    except Rejected as rejected:
        raise rejected.at(scene.place + (rule.from_ or ".".join(path))) from rejected
    if value is not None:
        put(fields, path, value)


def _value(rule: Rule, scene: _Scene) -> Any:
    found = value_at(scene.record, rule.from_) if rule.from_ else rule.const
    if found in EMPTY:
        found = rule.default
    if found in EMPTY:
        return _missing(rule, scene)
    found = _look_up(rule, found, scene)
    if rule.as_ and not isinstance(found, Ref):
        found = TRANSFORMATIONS[rule.as_](found, scene.context)
    return _fit(rule, found)


def _missing(rule: Rule, scene: _Scene) -> None:
    if rule.optional:
        return
    raise Rejected(
        _missing_code(rule, scene),
        message=f"{scene.place}{rule.from_} is empty.",
        hint="Fill it in at the source; the change is picked up by itself.",
    )


def _missing_code(rule: Rule, scene: _Scene) -> str:
    if rule.table:
        return scene.known.tables.missing(rule.table)
    if rule.sku:
        return "MISSING_SKU"
    if rule.bind:
        return f"MISSING_{rule.bind.rpartition('_to_')[2].upper()}"
    return "MISSING_FIELD"


def _look_up(rule: Rule, found: Any, scene: _Scene) -> Any:
    if rule.sku:
        code = scene.known.tables.find("sku", str(found)) or str(found)
        return Ref(scene.known.catalogue.find(code).id)
    if rule.table:
        return scene.known.tables.look_up(rule.table, str(found))
    if rule.bind:
        reference = Reference(rule.bind, str(found))
        bound = scene.known.bindings.get(reference)
        if bound is None:
            raise NotReady(reference)
        return Ref(bound.target_id)
    return found


def _fit(rule: Rule, found: Any) -> Any:
    if rule.max is None or not isinstance(found, str) or len(found) <= rule.max:
        return found
    if rule.cut:
        return found[: rule.max]
    raise Rejected(
        "TOO_LONG",
        value=found,
        message=f"{len(found)} characters; the target takes {rule.max}.",
        hint="Shorten it at the source; the change is picked up by itself.",
    )
