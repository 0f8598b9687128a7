"""How does a managed subscription differ? The org remembers where its client is, by the replay ids that the client commits."""

from __future__ import annotations

import time
from typing import Any

from sandbox.salesforce.events.managed import ManagedSubscriptions
from sandbox.salesforce.events.pubsub.batches import Reader
from sandbox.salesforce.events.pubsub.desk import Call
from sandbox.salesforce.events.pubsub.errors import Broken
from sandbox.salesforce.events.pubsub.subscribing import MOST, SHORT_ID, Subscription, read_replay_id
from sandbox.salesforce.events.pubsub.wire import message

COMMIT = 2  # the error code of a commit that is refused


class ManagedSubscription(Subscription):
    """One ManagedSubscribe stream."""

    ANSWER = "ManagedFetchResponse"

    def __init__(self, call: Call, subscriptions: ManagedSubscriptions) -> None:
        super().__init__(call)
        self._subscriptions = subscriptions
        self._name = ""
        self._commits: list[Any] = []

    async def open(self, first: Any) -> Reader:
        """Take the first request: the subscription, and with it topic and place."""
        if bool(first.subscription_id) == bool(first.developer_name):
            raise Broken("managed.subscription.id.or.developer.name.empty")
        if first.HasField("commit_replay_id_request"):
            raise Broken("managed.subscription.fetch.request.commit.request.restricted")
        found = self._subscriptions.find(first.subscription_id or first.developer_name)
        if found is None:
            which = "subscription.id" if first.subscription_id else "developer.name"
            name = first.subscription_id or first.developer_name
            raise Broken(f"managed.subscription.{which}.not.found", name=name)
        topic = self.desk.topic(found.topic)
        await self.call.meet_fault(topic.name)
        self._name = found.name
        place = self._subscriptions.place(found, self.desk.log)
        self.reader = Reader(self.desk.log, topic, self.desk.faults, place, self.desk.settings)
        self.ask(first)
        return self.reader

    def ask(self, request: Any) -> None:
        """Take a request for more events, or for a commit, or for both."""
        if request.num_requested < 0:
            raise Broken("managed.subscription.fetch.request.events.invalid")
        self.credit = min(self.credit + request.num_requested, MOST)
        if request.HasField("commit_replay_id_request"):
            self._commits.append(self._commit(request.commit_replay_id_request))

    async def answer_otherwise(self) -> None:
        """Answer commits."""
        commits, self._commits = self._commits, []
        for commit in commits:
            await self.answer([], self.desk.log.tip().to_bytes(SHORT_ID, "big"), commit_response=commit)

    def _commit(self, request: Any) -> Any:
        answer = message("CommitReplayResponse")(
            commit_request_id=request.commit_request_id,
            replay_id=request.replay_id,
            process_time=round(time.time() * 1000),
        )
        try:
            place = read_replay_id(request.replay_id, self.desk.log)
        except Broken as broken:
            answer.error.code, answer.error.msg = COMMIT, str(broken)
            return answer
        self._subscriptions.commit(self._name, place)
        return answer
