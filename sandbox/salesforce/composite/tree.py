"""How are records and their children created at once? Level by level, all or none (salesforce.md 1.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from sandbox.salesforce.composite.inner import Inner, Sub
from sandbox.salesforce.composite.undo import done_or_undone
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.refusals import Refused, not_found
from sandbox.salesforce.store import Store

MOST, DEEPEST, MOST_TYPES = 200, 5, 5


@dataclass
class Node:
    """One record to create: its object, its fields, and where its parent's id goes."""

    name: str
    owner: SObject
    fields: dict[str, Any]
    parent: Node | None = None
    parent_field: str = ""
    children: list[Node] = field(default_factory=list)
    id: str = ""


class Tree:
    """One request to create records with their children."""

    def __init__(self, inner: Inner, store: Store, outer: Request) -> None:
        self._inner = inner
        self._store = store
        self._outer = outer

    def create(self, kind: str, wishes: Any) -> tuple[list[dict[str, Any]], bool]:
        """Create the records; returns the results, and whether all were undone for the ones named."""
        nodes = list(_levels(_roots(kind, wishes)))
        _check(nodes)
        failed: list[dict[str, Any]] = []

        def work() -> bool:
            failed.extend(error for node in nodes if (error := self._one(node)))
            return not failed

        if not done_or_undone(self._store, work):
            return failed, True
        return [{"referenceId": node.name, "id": node.id} for node in nodes], False

    def _one(self, node: Node) -> dict[str, Any] | None:
        if node.parent and not node.parent.id:
            return None
        fields = node.fields | ({node.parent_field: node.parent.id} if node.parent else {})
        version = self._outer.path_params["version"]
        sub = Sub("POST", f"/services/data/v{version}/sobjects/{node.owner.name}", fields)
        answer = self._inner.answer(sub, self._outer)
        if not answer.failed:
            node.id = answer.body["id"]
            return None
        errors = [
            {"statusCode": one["errorCode"], "message": one["message"], "fields": one.get("fields", [])}
            for one in answer.body
        ]
        return {"referenceId": node.name, "errors": errors}


def _roots(kind: str, wishes: Any) -> list[Node]:
    owner = objects().get(kind.lower())
    if owner is None:
        raise not_found()
    if not isinstance(wishes, list) or not wishes:
        raise Refused("INVALID_INPUT", "records must be a list of at least one record")
    return [_node(owner, wish, 1) for wish in wishes]


def _node(owner: SObject, wish: Any, depth: int) -> Node:
    named = wish.get("attributes") if isinstance(wish, dict) else None
    if not isinstance(named, dict) or not named.get("referenceId") or not named.get("type"):
        raise Refused("INVALID_INPUT", "Include a type and a reference ID in the attributes of each record")
    if str(named["type"]).lower() != owner.name.lower():
        raise Refused("INVALID_INPUT", f"The record {named['referenceId']} is no {owner.name}")
    if depth > DEEPEST:
        raise Refused("INVALID_INPUT", f"The tree is more than {DEEPEST} levels deep")
    node = Node(str(named["referenceId"]), owner, {})
    for name, value in wish.items():
        if isinstance(value, dict) and "records" in value:
            node.children += _children(node, name, value["records"], depth)
        elif name != "attributes":
            node.fields[name] = value
    return node


def _children(parent: Node, name: str, wishes: list[Any], depth: int) -> Iterator[Node]:
    child = parent.owner.children.get(name.lower())
    if child is None:
        raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {parent.owner.name}")
    for wish in wishes:
        node = _node(objects()[child.object.lower()], wish, depth + 1)
        node.parent, node.parent_field = parent, child.field
        yield node


def _levels(nodes: list[Node]) -> Iterator[Node]:
    while nodes:
        yield from nodes
        nodes = [child for node in nodes for child in node.children]


def _check(nodes: list[Node]) -> None:
    if len(nodes) > MOST:
        raise Refused("INVALID_INPUT", f"The tree has more than {MOST} records")
    if len({node.owner.name for node in nodes}) > MOST_TYPES:
        raise Refused("INVALID_INPUT", f"The tree has records of more than {MOST_TYPES} types")
    names = [node.name for node in nodes]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice:
        raise Refused("INVALID_INPUT", f"Duplicate ReferenceId provided in the request: {twice}")
