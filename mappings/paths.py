"""How is a value found in a record, or put into a payload? By a dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, None where the way ends early.

    >>> value_at({"Account": {"Name": "Acme"}}, "Account.Name")
    'Acme'
    """
    found: Any = record
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def put(fields: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    """Put a value at a path of steps, making what lies on the way; a step that is a number stands in a list.

    >>> fields = {}
    >>> put(fields, ["addressBook", "items", "0", "label"], "Billing")
    >>> fields
    {'addressBook': {'items': [{'label': 'Billing'}]}}
    """
    here: Any = fields
    for step, following in zip(steps, [*steps[1:], ""], strict=True):
        leaf = following == ""
        fresh: Any = value if leaf else ([] if following.isdigit() else {})
        if isinstance(here, list):
            here += [{}] * (int(step) + 1 - len(here))
            here[int(step)] = fresh if leaf else (here[int(step)] or fresh)
            here = here[int(step)]
        else:
            here[step] = fresh if leaf else here.get(step, fresh)
            here = here[step]


def leaves(fields: Any, above: str = "") -> Iterator[str]:
    """Yield the paths of all values that hold no others.

    >>> list(leaves({"memo": "x", "item": {"items": [{"rate": 1}]}}))
    ['memo', 'item.items.0.rate']
    """
    inside = fields.items() if isinstance(fields, Mapping) else enumerate(fields) if isinstance(fields, list) else None
    if inside is None:
        yield above
        return
    for name, value in inside:
        yield from leaves(value, f"{above}.{name}" if above else str(name))
