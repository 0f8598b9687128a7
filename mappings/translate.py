"""What does a record become? First say which references are needed, then compute; nothing is looked up on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.checks import CHECKS
from mappings.errors import NotReady, Rejected
from mappings.known import Known
from mappings.language import BOUND, Flow
from mappings.paths import put, value_at
from mappings.registry import TRANSFORMATIONS, Context
from mappings.rules import Rule, steps
from mappings.values import Bound, Fields, Payload, Ref, Reference

EMPTY = (None, "", ())
CONTENT = 8  # characters of a content's hash that a version carries
BELOW = "+"  # what the name of a second line ends with


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
        if rule.bind and (found := _found(rule, record)) not in EMPTY:
            yield Reference(rule.bind, str(found))
        for line in _lines(rule, record):
            yield from _references(rule.fields, line)


def translate(flow: Flow, record: Mapping[str, Any], known: Known) -> Payload:
    """Return the payload of a record; raise Rejected when it is wrong for the target, NotReady when a binding is missing."""
    for name in flow.checks:
        CHECKS[name].run(record)
    return _payload(flow, record, known, flow.rules)


def translate_gone(flow: Flow, record: Mapping[str, Any], known: Known) -> Payload:
    """Return what a bound record becomes that was deleted, or that the flow selects no more: only the rules of `gone`.

    The lines that it had at the target stand in `bound.records`, each with `line`, its number there, and `Id`.
    """
    own = known.own or Bound("")
    lines = [{"Id": name, "line": int(number)} for name, number in own.lines.items() if number.isdigit()]
    key = {flow.target.key: flow.fields[flow.target.key]} if flow.target.key not in flow.gone else {}
    return _payload(flow, {**record, BOUND: {"records": lines}}, known, steps(key | flow.gone))


def _payload(
    flow: Flow, record: Mapping[str, Any], known: Known, rules: Sequence[tuple[tuple[str, ...], Rule]]
) -> Payload:
    currency = str(value_at(record, flow.value.currency) or "") if flow.value else ""
    scene = _Scene(record, known, Context(known.zone, known.tables, currency), flow)
    fields: Fields = {}
    lines: list[str] = []
    for path, rule in rules:
        if rule.each:
            put(fields, path, _translate_lines(rule, scene, lines))
        else:
            _apply(path, rule, scene, fields)
    key = fields[flow.target.key]
    payload = Payload(key.id if isinstance(key, Ref) else str(key), fields, tuple(lines), flow.unsigned)
    if flow.target.version:
        # Salesforce's moments are whole seconds: two changes within one differ by their content alone.
        moment = value_at(record, flow.source.cursor) or ""
        fields[flow.target.version] = f"{moment} {payload.digest()[:CONTENT]}"
    return payload


def _translate_lines(rule: Rule, scene: _Scene, names: list[str]) -> list[Fields]:
    relationship = str(rule.each).split(".")[0]
    found = []
    for number, line in enumerate(_lines(rule, scene.record), start=1):
        here = replace(scene, record=line, place=f"{relationship}[{number}].")
        name = str(value_at(line, rule.key)) if rule.key else ""
        found.append(_line(rule.fields, here, name, names))
        found += _below(rule, here, name, names)
    return found


def _below(rule: Rule, here: _Scene, name: str, names: list[str]) -> list[Fields]:
    """Return the second line under a first one; none where a rule that looks nothing up has nothing to say."""
    plain = [inner for inner in rule.below.values() if not (inner.sku or inner.table or inner.bind or inner.optional)]
    if not rule.below or any(_value(inner, here) is None for inner in plain):
        return []
    return [_line(rule.below, here, f"{name}{BELOW}" if name else "", names)]


def _line(rules: Mapping[str, Rule], here: _Scene, name: str, names: list[str]) -> Fields:
    """Return one line under its name; one that the target knows already keeps its number there."""
    fields: Fields = {}
    own = here.known.own
    if name:
        names.append(name)
    if own and name in own.lines and own.lines[name].isdigit():
        fields["line"] = int(own.lines[name])
    for path, inner in steps(rules):
        _apply(path, inner, here, fields)
    return fields


def _lines(rule: Rule, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (value_at(record, rule.each) or []) if rule.each else []


def _apply(path: tuple[str, ...], rule: Rule, scene: _Scene, fields: Fields) -> None:
    if rule.only == "create" and scene.known.own:
        return
    try:
        value = _value(rule, scene)
    except Rejected as rejected:
        raise rejected.at(scene.place + (", ".join(rule.reads()) or ".".join(path))) from rejected
    if value is not None:
        put(fields, path, value)


def _value(rule: Rule, scene: _Scene) -> Any:
    found = _found(rule, scene.record)
    if found in EMPTY:
        found = rule.default
    if found in EMPTY:
        return _missing(rule, scene)
    found = _look_up(rule, found, scene)
    if rule.as_ and not isinstance(found, Ref):
        found = TRANSFORMATIONS[rule.as_](found, scene.context)
    return _fit(rule, found)


def _found(rule: Rule, record: Mapping[str, Any]) -> Any:
    """Return what a rule reads; of several paths the values that are there, each under its path."""
    if isinstance(rule.from_, tuple):
        return {path: value for path in rule.from_ if (value := value_at(record, path)) not in EMPTY} or None
    return value_at(record, rule.from_) if rule.from_ else rule.const


def _missing(rule: Rule, scene: _Scene) -> None:
    if rule.optional:
        return
    raise Rejected(
        _missing_code(rule, scene),
        message=f"{scene.place}{', '.join(rule.reads())} is empty.",
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
