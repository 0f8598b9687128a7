"""What sets one type of transaction apart from another? Read from `kinds.yaml`."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class TransactionKind:
    """One type: `party` names its entity's field (empty for none), `code` is SuiteQL's, `first` its first status.

    `lines` says whether it must have item lines: `items`, `free` (may have some) or empty.
    """

    name: str
    prefix: str
    code: str
    posts: bool
    party: str
    lines: str
    first: str
    statuses: dict[str, str]


def _kind(name: str, table: dict[str, Any]) -> TransactionKind:
    lines = table.get("lines", "items")
    return TransactionKind(
        name=name,
        prefix=table["prefix"],
        code=table["code"],
        posts=table.get("posts", False),
        party=table.get("party", "entity"),
        lines=lines if isinstance(lines, str) else "",
        first=table.get("first", "A"),
        statuses=table["statuses"],
    )


@cache
def transaction_kinds() -> dict[str, TransactionKind]:
    """Give every type of transaction by its record type's name."""
    text = resources.files(__package__).joinpath("kinds.yaml").read_text("utf-8")
    return {name: _kind(name, table) for name, table in yaml.safe_load(text).items()}


def status_in_words(record_type: str, letter: str) -> str:
    """Say a status letter of a type in words (`Pending Approval`); an unknown letter is said as it is."""
    kind = transaction_kinds().get(record_type)
    return kind.statuses.get(letter, letter) if kind else letter
