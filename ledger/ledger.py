"""How is the whole ledger opened? One object with its queue, its memory and its reports."""

from __future__ import annotations

from sqlalchemy import Engine

from ledger.asks import AskBook
from ledger.engine import open_engine
from ledger.intake import RunBook
from ledger.lanes import Leases
from ledger.memory import SqlMemory
from ledger.past import PastBook
from ledger.reports import Reports
from ledger.settling import Settling
from ledger.watches import WatchBook


class SqlQueue(AskBook, WatchBook, RunBook, Leases, Settling):
    """The Queue port: asks, watches, intake, leases and settlement over one engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine


class Ledger:
    """The ledger at an address; connections are opened when they are needed."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.queue = SqlQueue(self.engine)
        self.past = PastBook(self.engine)
        self.memory = SqlMemory(self.engine)
        self.reports = Reports(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
