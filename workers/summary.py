"""What came of the main job, in words and figures that a sales-operations person understands?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url

from flows.model import State
from workers.demo import ORDERS
from workers.main_job import MainJob
from workers.meter import Meter
from workers.stack import Choices

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Cause:
    """One reason for which orders are held: how many, and one example of what to do."""

    count: int
    value: Decimal
    hint: str


@dataclass(frozen=True)
class Summary:
    """The figures of one run; amounts are in the company's currencies added up as they are."""

    read: int
    selected: int
    delivered: int
    unchanged: int
    dead_letters: Mapping[str, Cause]
    value_delivered: Decimal
    value_dead: Decimal
    value_in_netsuite: Decimal
    orders_in_netsuite: int
    seconds: float
    netsuite_calls: int
    salesforce_calls: int
    worker_cpu_ms_per_record: float
    peak_rss_mb: Mapping[str, float]
    transport: str
    broker: str
    ledger: str

    @property
    def orders_per_second(self) -> float:
        """Return how many orders were placed a second."""
        return self.delivered / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the summary as one object; numbers are exact."""
        return {
            "read": self.read,
            "selected": self.selected,
            "delivered": self.delivered,
            "unchanged": self.unchanged,
            "dead_letters": {code: cause.count for code, cause in self.dead_letters.items()},
            "value_delivered": self.value_delivered.quantize(CENT),
            "value_dead": self.value_dead.quantize(CENT),
            "value_in_netsuite": self.value_in_netsuite.quantize(CENT),
            "seconds": _rounded(self.seconds),
            "orders_per_second": _rounded(self.orders_per_second),
            "netsuite_calls": self.netsuite_calls,
            "salesforce_calls": self.salesforce_calls,
            "worker_cpu_ms_per_record": _rounded(self.worker_cpu_ms_per_record),
            "peak_rss_mb": {name: _rounded(mb) for name, mb in self.peak_rss_mb.items()},
            "transport": self.transport,
            "broker": self.broker,
            "ledger": self.ledger,
        }


def summarise(job: MainJob, meter: Meter, choices: Choices) -> Summary:
    """Gather the figures: from the ledger, from both systems' own books, and from the meter."""
    reports = job.ledger.reports
    records = reports.records(ORDERS)  # a record that was changed meanwhile is one all the same
    delivered = records.get(State.DELIVERED, 0)
    causes = {
        cause.code: Cause(cause.count, sum(cause.values.values(), Decimal()), cause.hint)
        for cause in reports.dead_by_code(ORDERS)
    }
    orders = _books(job.addresses.netsuite, "totals/salesOrder")
    selected = delivered + records.get(State.DEAD, 0)
    return Summary(
        read=_books(job.addresses.salesforce, "totals/Opportunity")["count"],
        selected=selected,
        delivered=delivered,
        unchanged=reports.counts().get(ORDERS, {}).get(State.UNCHANGED, 0),
        dead_letters=causes,
        value_delivered=sum(reports.delivered_value(ORDERS).values(), Decimal()),
        value_dead=sum((cause.value for cause in causes.values()), Decimal()),
        value_in_netsuite=sum((Decimal(total) for total in orders["totals"].values()), Decimal()),
        orders_in_netsuite=orders["count"],
        seconds=job.seconds,
        netsuite_calls=_books(job.addresses.netsuite, "usage")["calls"],
        salesforce_calls=_books(job.addresses.salesforce, "usage")["calls"],
        worker_cpu_ms_per_record=1000 * meter.cpu_seconds("deliver", "control", "realtime") / max(selected, 1),
        peak_rss_mb=meter.peak_mb(),
        transport=choices.transport,
        broker=_name_of(job.addresses.broker, embedded=not choices.broker),
        ledger=_name_of(job.addresses.ledger, embedded=not choices.ledger),
    )


def _rounded(number: float) -> Decimal:
    return Decimal(str(round(number, 2)))


def _books(url: str, what: str) -> Any:
    answer = requests.get(f"{url}/_twin/{what}", timeout=30)
    answer.raise_for_status()
    return answer.json()


def _name_of(url: str, *, embedded: bool) -> str:
    """Return the kind of a part, without the address: a summary is passed on, and an address may hold a password."""
    kind = make_url(url).drivername.split("+")[0]
    return f"embedded {kind}" if embedded else kind


def render(summary: Summary, console: Console) -> None:
    """Print the summary for people."""
    table = Table(
        title="Won opportunities to Sales Orders", title_justify="left", show_header=False, box=None, pad_edge=False
    )
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column()
    for name, number, words in _lines(summary):
        table.add_row(name, number, words)
    console.print()
    console.print(table)


def _lines(summary: Summary) -> list[tuple[str, str, str]]:
    held = sum(cause.count for cause in summary.dead_letters.values())
    lines = [
        ("Read", f"{summary.read:,}", "opportunities in Salesforce"),
        ("Closed won", f"{summary.selected:,}", "of them are ours to order"),
        ("Ordered", f"{summary.delivered:,}", f"worth {summary.value_delivered:,.2f} in Salesforce"),
        ("", f"{summary.orders_in_netsuite:,}", f"worth {summary.value_in_netsuite:,.2f} in NetSuite{_agree(summary)}"),
        ("Unchanged", f"{summary.unchanged:,}", "needed no call"),
        ("Held", f"{held:,}", f"worth {summary.value_dead:,.2f}"),
    ]
    lines += [(f"  {code}", f"{cause.count:,}", cause.hint) for code, cause in summary.dead_letters.items()]
    return [
        *lines,
        ("Took", f"{summary.seconds:,.1f} s", f"{summary.orders_per_second:,.1f} orders a second"),
        (
            "Calls",
            f"{summary.netsuite_calls:,}",
            f"to NetSuite ({summary.transport}), {summary.salesforce_calls:,} to Salesforce",
        ),
        ("Worker CPU", f"{summary.worker_cpu_ms_per_record:.2f} ms", "a record"),
        ("Ran on", "", f"{summary.broker} and {summary.ledger}"),
    ]


def _agree(summary: Summary) -> str:
    return ": both sides agree" if summary.value_delivered == summary.value_in_netsuite else ": THE SIDES DIFFER"
