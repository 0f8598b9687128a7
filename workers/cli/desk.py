"""What does a command work with? The settings of this installation, its ledger, and its services when asked for."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from flows.ask import Front
from flows.ports import Services
from ledger.ledger import Ledger
from mappings.language import Flow
from mappings.loading import load_flows
from workers.settings import Settings, load

if TYPE_CHECKING:
    from celery import Celery


class Desk:
    """Opens what a command needs, when it needs it: most only read the ledger."""

    @cached_property
    def settings(self) -> Settings:
        """Return the settings, or raise SettingsFault."""
        return load()

    @cached_property
    def flows(self) -> dict[str, Flow]:
        """Return the flows by name."""
        return load_flows(self.settings.flows_folder)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        return Ledger(self.settings.ledger_url)

    @cached_property
    def app(self) -> Celery:
        """Return the Celery application, for sending."""
        from workers.app import build  # noqa: PLC0415 — most commands send nothing, and start faster without

        return build(self.settings)

    @cached_property
    def services(self) -> Services:
        """Return the wired services; loads the connectors."""
        from workers.container import wire  # noqa: PLC0415 — connectors are heavy; most commands never call a system

        return wire(self.settings, self.app)

    @cached_property
    def reception(self) -> Front:
        """Return what it takes to accept an ask; loads no connector."""
        from workers.bell import CeleryBell  # noqa: PLC0415 — as above

        return Front(self.flows, self.ledger.queue, CeleryBell(self.app), lambda: self.now)

    @property
    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return datetime.now(UTC)

    @property
    def who(self) -> str:
        """Return who is acting, for the audit."""
        return getpass.getuser()
