"""How does the Pub/Sub API refuse? A gRPC status, words with the rpc id, and the vendor's code in a trailer.

The codes are those of the vendor's page "Handle Errors". A stream that its client lets idle is closed without a documented
code; the one here is made after that of publish streams.
"""

from __future__ import annotations

from grpc import StatusCode

PREFIX = "sfdc.platform.eventbus.grpc."
CUT = "cut"  # no code of the vendor's: what a client sees of a connection that ends
TABLE: dict[str, tuple[StatusCode, str]] = {
    CUT: (StatusCode.UNAVAILABLE, "RST_STREAM closed stream. HTTP/2 error code: NO_ERROR"),
    "service.unavailable": (StatusCode.INTERNAL, "The service is unavailable. Try again later."),
    "service.auth.error": (
        StatusCode.UNAUTHENTICATED,
        "An authentication exception occurred. Provide valid authentication via metadata headers.",
    ),
    "service.auth.headers.invalid": (
        StatusCode.UNAUTHENTICATED,
        "The authentication header {name} is invalid or blank. Provide valid authentication via metadata headers.",
    ),
    "concurrent.client.limit.exceeded": (
        StatusCode.RESOURCE_EXHAUSTED,
        "The maximum number of concurrent clients across all topics has been exceeded.",
    ),
    "topic.not.found": (
        StatusCode.NOT_FOUND,
        (
            "The topic information for org {org} and topic {topic} not found. Ensure the topic name is correct and that "
            "the topic exists."
        ),
    ),
    "topic.validation.empty": (StatusCode.INVALID_ARGUMENT, "Topic validation failed. The topic name can't be blank."),
    "topic.meta.permission": (StatusCode.PERMISSION_DENIED, "You can't publish to the topic {topic}."),
    "schema.validation.failed": (
        StatusCode.INVALID_ARGUMENT,
        "Schema validation failed. The schema ID can't be blank.",
    ),
    "schema.meta.permission": (
        StatusCode.NOT_FOUND,
        "The schema {schema} can't be accessed. Ensure the schema ID is correct.",
    ),
    "subscription.limit.exceeded": (
        StatusCode.RESOURCE_EXHAUSTED,
        "You have exceeded the event delivery limit for your org.",
    ),
    "subscription.fetch.replayid.corrupted": (
        StatusCode.INVALID_ARGUMENT,
        (
            "The Replay ID validation failed. Ensure that the replay_id field value in FetchRequest is valid and refers to "
            "an event that is within the retention window."
        ),
    ),
    "subscription.fetch.replayid.validation.failed": (
        StatusCode.INVALID_ARGUMENT,
        "The Replay ID validation failed. A replay_id is required when the replay_preset is CUSTOM.",
    ),
    "subscription.fetch.requested.events.invalid": (
        StatusCode.INVALID_ARGUMENT,
        "The number of requested events must be greater than zero.",
    ),
    "subscription.fetch.topic.mismatch": (
        StatusCode.INVALID_ARGUMENT,
        "The topic name {topic} doesn't match the topic of the first FetchRequest.",
    ),
    "subscription.stream.sweeper.timeout": (
        StatusCode.DEADLINE_EXCEEDED,
        "No FetchRequest was received in time after all requested events were delivered.",
    ),
    "publish.stream.sweeper.timeout": (StatusCode.DEADLINE_EXCEEDED, "No PublishRequest was received in time."),
    "publish.event.count.invalid": (StatusCode.INVALID_ARGUMENT, "The PublishRequest must contain at least one event."),
    "publish.topic.mismatch": (
        StatusCode.INVALID_ARGUMENT,
        "The topic name {topic} doesn't match the topic of the first PublishRequest.",
    ),
    "managed.subscription.developer.name.not.found": (
        StatusCode.NOT_FOUND,
        "There is no managed event subscription with the developer name {name}.",
    ),
    "managed.subscription.subscription.id.not.found": (
        StatusCode.NOT_FOUND,
        "There is no managed event subscription with the ID {name}.",
    ),
    "managed.subscription.id.or.developer.name.empty": (
        StatusCode.INVALID_ARGUMENT,
        "Provide either a subscription ID or a developer name.",
    ),
    "managed.subscription.already.active": (
        StatusCode.ALREADY_EXISTS,
        "There is already an active subscription for {name}.",
    ),
    "managed.subscription.fetch.request.events.invalid": (
        StatusCode.INVALID_ARGUMENT,
        "The number of requested events must be greater than or equal to zero.",
    ),
    "managed.subscription.fetch.request.commit.request.restricted": (
        StatusCode.INVALID_ARGUMENT,
        "The first ManagedFetchRequest can't contain a CommitReplayRequest.",
    ),
}


class Broken(Exception):
    """A call ends with an error of the table; what the words leave open is given by name."""

    def __init__(self, code: str, **open_words: str) -> None:
        status, words = TABLE[code]
        super().__init__(words.format(**open_words))
        self.status = status
        self.code = "" if code == CUT else PREFIX + code
