"""Whose is a key? What the ledger remembers of keys that are made of more than a record's own id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Holder:
    """The record that holds a key of a flow: the first that asked for it."""

    key: str
    source_id: str


class Holders(Protocol):
    """A part of the ledger's memory."""

    def hold(self, flow: str, wanted: Mapping[str, str], now: datetime) -> Sequence[Holder]:
        """Give each record the key that it wants (by source id) if nobody holds that key and it holds none itself.

        Returns who holds the wanted keys, and what the wanting records hold. Two at once cannot both be given a key.
        """

    def release(self, flow: str, holders: Sequence[Holder]) -> None:
        """Let keys go that their holders never brought to the target."""
