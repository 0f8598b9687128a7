"""Who hears changes as they happen? One process at a time: it holds the watch, follows the stream, comes back when it breaks."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from flows.changes import Changes
from flows.errors import IsthmusError, Misconfigured, Overtaken, Throttled
from flows.listen import Ear, Told, listen, watched
from flows.policy import Policy
from flows.ports import Services

log = structlog.get_logger("isthmus.listen")
AGAIN = Policy(first=timedelta(seconds=1), longest=timedelta(minutes=1))
MISSED = 2  # of three times a watch is prolonged in; the third would be too late
WRONG = Policy(first=timedelta(seconds=30), longest=timedelta(minutes=5))  # a person must mend it; nobody is hammered


@dataclass(frozen=True)
class Shift:
    """How long a watch lasts without a word of its holder, and how often one who stands by looks."""

    watch: timedelta = timedelta(seconds=6)
    look: timedelta = timedelta(seconds=1)


@dataclass
class Listener:
    """Listens to one channel of a system until `stop`; `ears` makes the connector's half anew for every watch."""

    system: str
    channel: str
    ears: Callable[[], Changes]
    services: Services
    shift: Shift = field(default_factory=Shift)
    holder: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}")
    _ending: threading.Event = field(default_factory=threading.Event)
    _off: threading.Event = field(default_factory=threading.Event)  # this watch is over
    _changes: Changes | None = None

    def run(self) -> None:
        """Stand by until the watch is free, keep it, and begin again when it is lost; returns after `stop`."""
        log.info("listen.standing_by", channel=self.channel, holder=self.holder)
        while not self._ending.is_set():
            fence = self._take()
            if fence is None:
                self._ending.wait(self.shift.look.total_seconds())
                continue
            self._keep_watch(fence)
        log.info("listen.ended", channel=self.channel)

    def stop(self) -> None:
        """End after the answer in hand; from another thread, for it takes locks that a signal's handler must not."""
        self._ending.set()
        self._relieve()

    def _keep_watch(self, fence: int) -> None:
        self._off.clear()
        self._changes = self.ears()
        log.info("listen.began", channel=self.channel, fence=fence)
        with self._kept():
            self._hear(Ear(self.system, self.channel, self._changes, self.services, fence))

    def _hear(self, ear: Ear) -> None:
        """Follow the stream, again and again, while the watch is ours."""
        broken = 0
        while not self._over:
            try:
                for told in listen(ear):
                    broken = 0
                    _log(told, self.channel)
            except Overtaken as error:
                log.warning("listen.overtaken", channel=self.channel, why=error.message)
                return
            except (IsthmusError, SQLAlchemyError) as error:
                broken += 1
                pause = self._pause(error, broken)
                _lament(error, pause, self.channel)
                self._off.wait(pause.total_seconds())

    def _pause(self, error: Exception, broken: int) -> timedelta:
        """Return how long to wait before the stream is opened again; growing, with jitter."""
        policy = WRONG if isinstance(error, Misconfigured) else AGAIN
        wait = policy.wait(broken, self.services.jitter())
        return max(wait, timedelta(seconds=error.wait)) if isinstance(error, Throttled) else wait

    @property
    def _over(self) -> bool:
        return self._ending.is_set() or self._off.is_set()

    def _relieve(self) -> None:
        self._off.set()
        if self._changes:
            self._changes.stop()

    def _take(self) -> int | None:
        now = self.services.clock()
        try:
            return self.services.queue.watch(
                watched(self.system, self.channel), self.holder, now, now + self.shift.watch
            )
        except SQLAlchemyError as error:
            log.warning("listen.no_ledger", why=type(error).__name__)
            return None

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Prolong the watch until the block ends, then give it up; who cannot prolong it stops in time."""
        keeper = threading.Thread(target=self._prolong, name="watch-keeper", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            self._off.set()
            keeper.join()
            with suppress(SQLAlchemyError):  # then it ends by itself
                self.services.queue.leave(watched(self.system, self.channel), self.holder)

    def _prolong(self) -> None:
        missed = 0
        while not self._off.wait(self.shift.watch.total_seconds() / 3):
            missed = 0 if self._take() is not None else missed + 1
            if missed == MISSED:
                log.warning("listen.watch_lost", channel=self.channel)
                self._relieve()


def _log(told: Told, channel: str) -> None:
    if told.lapsed:
        log.warning("listen.lapsed", channel=channel, why="the position is no longer known there; going on from now")
    if told.captured:
        log.info("listen.caught_up", channel=channel, flows=told.captured)
    if told.failed:
        log.error(
            "listen.not_caught_up", channel=channel, flows=told.failed, hint="mend the flow, then: isthmus capture"
        )
    if told.changes:
        log.info("listen.heard", channel=channel, changes=told.changes, asks=told.asks, echoes=told.echoes)
    if told.orphans:
        log.warning("listen.orphans", channel=channel, children=told.orphans)


def _lament(error: Exception, pause: timedelta, channel: str) -> None:
    """Say what broke, and when it is tried again; what a person must mend is an error."""
    say = log.error if isinstance(error, Misconfigured) else log.warning
    words = {"code": error.code, "why": error.message, "hint": error.hint} if isinstance(error, IsthmusError) else {}
    say(
        "listen.broken",
        channel=channel,
        again_in=round(pause.total_seconds(), 1),
        **(words or {"why": type(error).__name__}),
    )
