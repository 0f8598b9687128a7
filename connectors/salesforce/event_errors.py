"""What happens next, after the Pub/Sub API said no? By the vendor's code in a trailer, else by the gRPC status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grpc import StatusCode

from connectors.http import redact
from connectors.salesforce.errors import MOMENT, QUARTER, Expired
from flows.errors import IsthmusError, Lapsed, Misconfigured, Throttled, Transient, Unreachable

PREFIX = "sfdc.platform.eventbus.grpc."
Verdict = Callable[[str], IsthmusError]


def _crowd(words: str) -> IsthmusError:
    hint = "Another client of the org subscribes too; end what is not needed."
    return Throttled("PUBSUB_BUSY", words, wait=MOMENT, hint=hint)


def _allocation(words: str) -> IsthmusError:
    hint = "The org's events of 24 hours are used up; the flows' own timetables go on. Raise its allocation."
    return Throttled("PUBSUB_ALLOCATION", words, wait=QUARTER, hint=hint)


def _lapsed(words: str) -> IsthmusError:
    return Lapsed("REPLAY_ID", words, hint="Events are kept for 72 hours.")


def _topic(words: str) -> IsthmusError:
    hint = "Enable Change Data Capture for the objects, or correct ISTHMUS_SALESFORCE__CHANNEL."
    return Misconfigured("PUBSUB_TOPIC", words, hint=hint)


def _rights(words: str) -> IsthmusError:
    hint = "Give the integration user 'View All Data', or read access to every captured object."
    return Misconfigured("PUBSUB_RIGHTS", words, hint=hint)


def _session(words: str) -> IsthmusError:
    return Expired("SALESFORCE_SESSION", words, hint="Check the sign-in and the connected app's session policy.")


def _closed(words: str) -> IsthmusError:
    return Unreachable("PUBSUB_UNREACHABLE", words, hint="Check address, network and certificate.")


def _again(words: str) -> IsthmusError:
    return Transient("PUBSUB_BROKEN", words)


CODES: Mapping[str, Verdict] = {  # first: one status stands for several troubles (salesforce.md 3.4)
    "subscription.fetch.replayid.corrupted": _lapsed,
    "subscription.fetch.replayid.validation.failed": _lapsed,
    "subscription.limit.exceeded": _allocation,
    "concurrent.client.limit.exceeded": _crowd,
    "service.unavailable": _closed,
}
STATUSES: Mapping[StatusCode, Verdict] = {
    StatusCode.UNAUTHENTICATED: _session,
    StatusCode.PERMISSION_DENIED: _rights,
    StatusCode.NOT_FOUND: _topic,
    StatusCode.INVALID_ARGUMENT: _topic,
    StatusCode.UNIMPLEMENTED: _closed,
    StatusCode.RESOURCE_EXHAUSTED: _crowd,
    StatusCode.UNAVAILABLE: _closed,
}


def error_of(fault: Any) -> IsthmusError:
    """Return the error for a call or a stream that ended so; what is in no table may pass by itself."""
    trailers = {str(name): str(value) for name, value in fault.trailing_metadata() or ()}
    code = trailers.get("error-code", "").removeprefix(PREFIX)
    verdict = CODES.get(code) or STATUSES.get(fault.code(), _again)
    words = redact(fault.details() or "") or f"The Pub/Sub API ended a call with {fault.code().name}."
    return verdict(" ".join(words.split())[:300])
