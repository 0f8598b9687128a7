"""How does a stretch of life go? Day by day sales, then finance, each on the simulated day, with a word of progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import requests

from sandbox.life.accounts import Accounts
from sandbox.life.amendments import Amendments
from sandbox.life.back_office import BackOffice
from sandbox.life.book import ENTRIES, Book
from sandbox.life.calendar import Span
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm
from sandbox.life.deals import Deals
from sandbox.life.erp import Erp
from sandbox.life.leads import Leads
from sandbox.life.orders import Orders
from sandbox.life.papers import Papers
from sandbox.life.receivables import Receivables

MORNING = "08:00:00+00:00"


class LifeFault(Exception):
    """Life cannot go on; the message says why."""


@dataclass(frozen=True)
class World:
    """Where people work: both systems, the chance that drives them, and the stretch."""

    crm: Crm
    erp: Erp
    chance: Chance
    span: Span


def live(world: World, move: Callable[[date], None], tell: Callable[[str], None]) -> None:
    """Live a stretch; `move` brings both clocks to a day's morning, `tell` says what people are at."""
    span, chance = world.span, world.chance
    move(span.first)
    tell("accounts")
    accounts = Accounts(world.crm, chance, span)
    accounts.live()
    known, book = accounts.known(), Book(world.crm.ask(ENTRIES))
    deals = Deals(world.crm, chance, span, book)
    for day in span.each_day:
        move(day)
        tell(f"deals of {day}")
        deals.enter(day, known)
    tell("deals")
    deals.push()
    Amendments(world.crm, chance, span, deals).live()
    tell("leads and papers")
    Leads(world.crm, chance, span).live(known)
    Papers(world.crm, chance, span, book).live(known)
    tell("orders")
    Orders(world.erp, chance, str(span.first)).live()
    tell("receivables")
    Receivables(world.erp, chance, str(span.first)).live()
    tell("finance's own")
    BackOffice(world.erp, chance, span).live()


def set_clocks(day: date, *urls: str, time: str = MORNING) -> None:
    """Bring the twins' clocks to a day; they go on from there."""
    for url in urls:
        answer = requests.post(f"{url}/_twin/clock", json={"now": f"{day}T{time}", "frozen": False}, timeout=30)
        if not answer.ok:
            raise LifeFault(f"{url}: the clock could not be moved: {answer.text[:200]}")
