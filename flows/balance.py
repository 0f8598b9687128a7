"""What does a reconciled flow come to? Counts and exact totals by currency of both sides, and what is left unexplained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flows.reconcile import Finding, Verdict, Worth

SHOWN = 20
Totals = dict[str, Decimal]


@dataclass
class Balance:
    """The figures of one flow. The target's side counts what agrees; the rest is dead, waiting, or unexplained."""

    flow: str
    source_count: int = 0
    target_count: int = 0
    source_total: Totals = field(default_factory=dict)
    target_total: Totals = field(default_factory=dict)
    held_total: Totals = field(default_factory=dict)
    dead_letters: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    unexplained: int = 0
    examples: list[Finding] = field(default_factory=list)

    def count(self, finding: Finding) -> None:
        """Add a finding."""
        self.source_count += 1
        _add(self.source_total, finding.sent)
        match finding.verdict:
            case Verdict.AGREES:
                self._agrees(finding)
                return
            case Verdict.DEAD:
                self.dead_letters[finding.code] += 1
            case Verdict.WAITING:
                self.waiting[finding.code] += 1
            case Verdict.UNEXPLAINED:
                self.wonder(finding)
        _add(self.held_total, finding.sent)

    def _agrees(self, finding: Finding) -> None:
        self.target_count += 1
        _add(self.target_total, finding.held)
        if finding.held is not None and not _worth_the_same(finding.sent, finding.held):
            words = f"is worth {_said(finding.sent)} at the source and {_said(finding.held)} at the target"
            self.wonder(Finding(finding.source_id, Verdict.UNEXPLAINED, finding.target_id, "WORTH_DIFFERS", words))

    def wonder(self, finding: Finding) -> None:
        """Add something that nobody has an explanation for; the first are kept as examples."""
        self.unexplained += 1
        if len(self.examples) < SHOWN:
            self.examples.append(finding)

    def as_json(self) -> Mapping[str, Any]:
        """Return the figures for programs."""
        examples = [
            {"source": one.source_id, "target": one.target_id, "code": one.code, "why": one.words}
            for one in self.examples
        ]
        return {
            "source_count": self.source_count,
            "target_count": self.target_count,
            "source_total": dict(sorted(self.source_total.items())),
            "target_total": dict(sorted(self.target_total.items())),
            "held_total": dict(sorted(self.held_total.items())),
            "dead_letters": dict(sorted(self.dead_letters.items())),
            "waiting": dict(sorted(self.waiting.items())),
            "unexplained": self.unexplained,
            "unexplained_records": examples,
        }


def balance(flow: str, findings: Iterable[Finding]) -> Balance:
    """Add up the findings of a flow."""
    found = Balance(flow)
    for finding in findings:
        found.count(finding)
    return found


def _add(totals: Totals, worth: Worth | None) -> None:
    if worth is not None:
        totals[worth.currency] = totals.get(worth.currency, Decimal()) + worth.amount


def _worth_the_same(sent: Worth | None, held: Worth) -> bool:
    """Tell whether both sides say the same; a deal without products has no amount, and its order adds up to nought."""
    return sent == held if sent else held.amount == 0


def _said(worth: Worth | None) -> str:
    return f"{worth.amount} {worth.currency}" if worth else "nothing"
