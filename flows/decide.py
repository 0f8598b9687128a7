"""What has a person decided? Which record at the target one is, and whose value stands where both sides changed it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from flows.acquaint import DECIDED
from flows.compare import SETTLED, decision_name


class Decisions(Protocol):
    """Where decisions are kept, with who made them."""

    def set_override(self, table: str, value: str, becomes: str, who: str, now: datetime) -> None:
        """Keep an entry, and say so in the audit."""


def decide_identity(flow: str, source_id: str, target_id: str, decisions: Decisions, by: tuple[str, datetime]) -> None:
    """Keep that a record is the one under `target_id`, or (`new`) none that is there yet; `by` is who, and when."""
    decisions.set_override(DECIDED.format(flow), source_id, target_id, *by)


def decide_clash(
    flow: str,
    record: tuple[str, str],
    side: Literal["source", "target"],
    decisions: Decisions,
    by: tuple[str, datetime],
) -> None:
    """Keep whose values stand at one version of a record, given as (source id, version)."""
    decisions.set_override(SETTLED.format(flow), decision_name(*record), side, *by)
