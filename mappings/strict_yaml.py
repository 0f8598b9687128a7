"""How is YAML read without surprises? Only null, true, false and whole numbers are more than text; no key twice."""

from __future__ import annotations

import re
from typing import Any

import yaml

from mappings.errors import MappingFault

LARGEST = 256 * 1024  # bytes; a flow file has two or three thousand


class _Strict(yaml.SafeLoader):
    """A loader that types nothing by guess: `NO`, `on`, `045`, `1.5` and `2017-03-01` stay text."""


_Strict.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"null|~|", ["n", "~", ""]),
    ("tag:yaml.org,2002:bool", r"true|false", ["t", "f"]),
    ("tag:yaml.org,2002:int", r"0|-?[1-9][0-9]*", list("-0123456789")),
):
    _Strict.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), _first)


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in found:
            raise MappingFault(f"line {key_node.start_mark.line + 1}", f"the key '{key}' stands here a second time")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(text: str, place: str) -> dict[str, Any]:
    """Return the mapping that the text holds; raise MappingFault with file and line for anything else."""
    if len(text.encode()) > LARGEST:
        raise MappingFault(place, f"larger than {LARGEST // 1024} KB")
    try:
        _refuse_aliases(text)
        found = yaml.load(text, _Strict)  # noqa: S506 — a SafeLoader that can do less
    except MappingFault as fault:
        raise MappingFault(place, fault.message) from fault
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MappingFault(f"{place}: line {line}", f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise MappingFault(place, f"not YAML: {error}") from error
    if not isinstance(found, dict):
        raise MappingFault(place, "expected keys and values, as in `flow: name`")
    return found


def _refuse_aliases(text: str) -> None:
    """Refuse anchors and tags: they make a file mean more than it shows."""
    for event in yaml.parse(text, yaml.SafeLoader):
        anchored = getattr(event, "anchor", None)
        tagged = getattr(event, "tag", None)
        if anchored or isinstance(event, yaml.AliasEvent) or tagged:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise MappingFault(f"line {line}", "anchors, aliases and tags are not allowed")
