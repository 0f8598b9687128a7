"""How does the core knock at the broker? By sending tasks that carry keys only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from flows.model import DeadLetter, Parcel
from flows.past import Turn
from workers.queues import ANSWER, BACKFILL, CONTROL, DEAD_LETTER, KEPT_NOTICES, is_redis

log = structlog.get_logger("isthmus.bell")


class CeleryBell:
    """The Bell port over a Celery application.

    A knock that cannot be sent is logged and forgotten: the ledger keeps what is due, and the next relay sends it.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app

    def relay(self) -> None:
        """Ask for a relay soon."""
        self._send("isthmus.relay", [], queue=CONTROL)

    def deliver(self, parcel: Parcel) -> None:
        """Send a parcel's keys to its lane, under a name that people understand."""
        keys = [[lease.delivery, lease.fence] for lease in parcel.leases]
        self._send("isthmus.deliver", [parcel.lane, keys], queue=parcel.lane, shown=f"({parcel.label})")

    def capture(self, flow: str, ids: Sequence[str]) -> None:
        """Ask for the capture of records that are asked for; on a queue that no long capture holds up."""
        self._send("isthmus.answer", [flow, list(ids)], queue=ANSWER)

    def backfill(self, turn: Turn) -> None:
        """Send a backfill's turn to who reads on."""
        self._send("isthmus.backfill", [turn.run, turn.fence], queue=BACKFILL)

    def announce(self, letters: Sequence[DeadLetter]) -> None:
        """Put each dead letter's notice on the queue for whoever listens; of unheard ones only the newest are kept."""
        for letter in letters:
            log.warning("delivery.dead", flow=letter.flow, key=letter.source_id, code=letter.code, owner=letter.owner)
            notice = [letter.delivery, letter.flow, letter.source_id, letter.code, letter.owner]
            self._send("isthmus.dead_letter", notice, queue=DEAD_LETTER)
        if is_redis(str(self._app.conf.broker_url)):
            self._trim()

    def _trim(self) -> None:
        """Do what RabbitMQ does by `x-max-length`: nobody may listen, and the list must not grow for ever."""
        try:
            with self._app.connection_for_write() as connection:
                channel: Any = connection.default_channel  # Redis's channel has a client, the protocol's has none
                channel.client.ltrim(DEAD_LETTER, 0, KEPT_NOTICES - 1)
        except OperationalError as error:
            log.warning("bell.silent", task="trim", queue=DEAD_LETTER, why=str(error))

    def _send(self, task: str, args: list[object], *, queue: str, shown: str | None = None) -> None:
        try:
            self._app.send_task(task, args=args, queue=queue, argsrepr=shown)
        except OperationalError as error:
            log.warning("bell.silent", task=task, queue=queue, why=str(error))
