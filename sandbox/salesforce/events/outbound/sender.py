"""Who tells the endpoints? A task of the twin: a message a rule at a time, again and again until the exact Ack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.events.bell import Bell, heard_within
from sandbox.salesforce.events.outbound.envelope import acknowledged, write
from sandbox.salesforce.events.outbound.post import PostFailed, post
from sandbox.salesforce.events.outbound.queue import Notification, Queue
from sandbox.salesforce.events.outbound.rules import Rule, Rules
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.store import Store
from sandbox.twin.faults import Faults

GLANCE = 0.25  # seconds until the clock is looked at again: somebody may have moved it
OVERTAKEN = 1.0  # seconds that a reordered notification waits when none is there to go first
OK = 200


@dataclass
class Sender:
    """Sends what is due; `open_session` makes the session id of a message that carries one."""

    store: Store
    rules: Rules
    queue: Queue
    faults: Faults
    settings: Settings
    bell: Bell
    open_session: Callable[[], str]
    _struck: dict[int, str] = field(default_factory=dict)  # kinds of faults by notification; each is struck once
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is under way is told again after the next start."""
        tasks = [task for task in (self._task, *self._under_way.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        with self.bell.listening() as heard:
            while True:
                await heard_within(heard, GLANCE if self.rules.all() else 3600.0)
                if self.store.connection.in_transaction:
                    continue  # what is queued in it may yet be undone
                rules = self.rules.all()
                if rules:
                    self.queue.drop_old()
                for rule in rules:
                    if rule.id not in self._under_way:
                        self._begin(rule)

    def _begin(self, rule: Rule) -> None:
        due = self._arrange(rule, self.queue.due(rule))
        if due:
            task = asyncio.create_task(self._tell(rule, due))
            self._under_way[rule.id] = task
            task.add_done_callback(lambda _task: self._done(rule))

    def _done(self, rule: Rule) -> None:
        self._under_way.pop(rule.id, None)
        self.bell.ring()

    def _arrange(self, rule: Rule, due: list[Notification]) -> list[Notification]:
        """Put each notification that is to be overtaken behind the next one."""
        arranged: list[Notification] = []
        held: Notification | None = None
        for one in due:
            if self._strike(rule, one) == "reorder" and held is None:
                held = one
                continue
            arranged.append(one)
            if held is not None:
                arranged.append(held)
                held = None
        if held is not None:
            self.queue.postpone(held, OVERTAKEN)
        return arranged

    async def _tell(self, rule: Rule, due: list[Notification]) -> None:
        session = self.open_session() if rule.session and rule.url.startswith("https://") else ""
        told = [(one, self._record(rule, one)) for one in due]
        failure = await self._post(rule, write(rule, session, told))
        if failure:
            self.queue.again(due, self.settings.outbound_retry, failure)
            return
        kinds = [self._struck.pop(one.number, "") for one in due]
        self.queue.acknowledge([one for one, kind in zip(due, kinds, strict=True) if kind != "duplicate"])
        self._struck |= {one.number: "told twice" for one, kind in zip(due, kinds, strict=True) if kind == "duplicate"}

    def _record(self, rule: Rule, one: Notification) -> Mapping[str, Any] | None:
        """Return what is told: the record as it is now; nothing when it is deleted, or when a gap is asked for."""
        return None if self._struck.get(one.number) == "gap" else self.store.get(rule.owner, one.record)

    async def _post(self, rule: Rule, message: bytes) -> str:
        """Return why a message was not taken, empty when it was."""
        with suppress(PostFailed):
            return _failure(*await post(rule.url, message, self.settings.outbound_timeout))
        return "no answer"

    def _strike(self, rule: Rule, one: Notification) -> str:
        """Return the kind of the fault that strikes a notification; only its first telling can be struck."""
        if one.number in self._struck:
            return ""
        fault = self.faults.striking_event(f"EVENT outbound/{rule.object} {one.kind} {one.record}")
        self._struck[one.number] = fault.kind if fault else ""
        return self._struck[one.number]


def _failure(status: int, body: bytes) -> str:
    if status != OK:
        return f"HTTP {status}"
    return "" if acknowledged(body) else "HTTP 200 without the acknowledgement"
