"""What has happened to a record? The org tells its watchers, inside the transaction that makes the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.model import SObject


@dataclass(frozen=True)
class Change:
    """One change: `kind` is CREATE, UPDATE, DELETE or UNDELETE; values are as the store keeps them.

    `before` is empty on CREATE.
    """

    object: SObject
    kind: str
    record_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
