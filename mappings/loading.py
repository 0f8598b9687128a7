"""How is a folder of flow files read? Strictly, in the order of their bindings, with faults that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ValidationError

import mappings.revenue.expecting
import mappings.revenue.renewing  # noqa: F401 — transformations are known by being imported, these and those above
from mappings.errors import MappingFault
from mappings.language import Flow, Match, Source, Target, Value
from mappings.rules import Rule, unknown
from mappings.strict_yaml import read


def load_flow(path: Path) -> Flow:
    """Read one flow file; raise MappingFault that names file, place, fault and what is known."""
    content = path.read_text("utf-8")
    spec = read(content, path.name)
    try:
        flow = Flow.model_validate(spec | {"revision": sha256(content.encode()).hexdigest()[:12]})
    except ValidationError as error:
        raise MappingFault(path.name, "; ".join(_words(error))) from error
    if flow.flow != path.stem:
        raise MappingFault(path.name, f"expected `flow: {path.stem}`, the file's own name")
    return flow


def load_flows(folder: Path) -> dict[str, Flow]:
    """Read every flow of a folder, in the order in which their bindings depend on each other."""
    flows = {flow.flow: flow for flow in (load_flow(path) for path in sorted(folder.glob("*.yaml")))}
    for flow in flows.values():
        for name in flow.binds():
            if name not in flows:
                raise MappingFault(f"{flow.flow}.yaml", unknown("flow in a bind", name, flows))
    try:
        ordered = TopologicalSorter({name: flow.binds() for name, flow in flows.items()}).static_order()
        return {name: flows[name] for name in ordered}
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise MappingFault(
            str(folder.name), f"flows wait for each other in a circle: {circle}; make one bind optional or drop it"
        ) from error


def _words(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        words = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            words = unknown("key", str(fault["loc"][-1]), _keys_at(fault["loc"]))
        yield f"{place}: {words}" if place else words


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys that are known where an unknown one stands."""
    inside: dict[str, type[BaseModel]] = {"source": Source, "target": Target, "value": Value, "match": Match}
    model: type[BaseModel] = Flow if len(place) == 1 else inside.get(str(place[0]), Rule)
    return [field.alias or name for name, field in model.model_fields.items() if name != "revision"]
