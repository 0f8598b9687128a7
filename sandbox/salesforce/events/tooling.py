"""How do clients find and set up subscriptions and channels? By the few Tooling objects that events have in a real org.

`ManagedEventSubscription`, `PlatformEventChannel` and `PlatformEventChannelMember` are views of the settings of events:
queried by equality, created from `{"FullName": …, "Metadata": {…}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.events.capture import event_name
from sandbox.salesforce.events.managed import Managed, ManagedSubscriptions
from sandbox.salesforce.events.settings import SettingRefused, SettingsStore
from sandbox.salesforce.events.topics import ALL
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.model import objects
from sandbox.salesforce.query import Condition, parse
from sandbox.salesforce.refusals import Refused, no_such_column, no_such_type

Found: TypeAlias = dict[str, Any]
PREFIXES = {"ManagedEventSubscription": "18x", "PlatformEventChannel": "0YL", "PlatformEventChannelMember": "0v8"}
NAMES = {name.lower(): name for name in PREFIXES}


class Tooling:
    """The Tooling resources of one org's events."""

    def __init__(self, kept: SettingsStore, managed: ManagedSubscriptions) -> None:
        self._kept = kept
        self._managed = managed
        self._records: dict[str, Callable[[], Iterator[Found]]] = {
            "ManagedEventSubscription": self._subscriptions,
            "PlatformEventChannel": self._channels,
            "PlatformEventChannelMember": self._members,
        }

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [("/tooling/query", ["GET"], self.query), ("/tooling/sobjects/{name}", ["POST"], self.create)]

    async def query(self, request: Request) -> Response:
        """Answer `GET tooling/query?q=`."""
        asked = parse(request.query_params.get("q", ""))
        kind = _kind(asked.object)
        records = [one for one in self._records[kind]() if _meets(one, asked.where, kind)][: asked.limit]
        base = f"/services/data/v{version_of(request)}/tooling/sobjects/{kind}"
        names = [".".join(item) for item in asked.select if isinstance(item, tuple)]
        shown = [
            {"attributes": {"type": kind, "url": f"{base}/{one['Id']}"}} | {name: _field(one, name, kind) for name in names}
            for one in records
        ]  # fmt: skip
        about = {
            "size": len(shown),
            "totalSize": len(shown),
            "done": True,
            "queryLocator": None,
            "entityTypeName": kind,
        }
        return JSONResponse(about | {"records": shown})

    async def create(self, request: Request) -> Response:
        """Answer `POST tooling/sobjects/X`."""
        kind, wish = _kind(request.path_params["name"]), await body_of(request)
        name, metadata = str(wish.get("FullName", "")), wish.get("Metadata")
        if not name or not isinstance(metadata, dict):
            raise Refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [FullName, Metadata]",
                          fields=["FullName", "Metadata"])  # fmt: skip
        try:
            self._kept.change(self._wish(kind, name, metadata))
        except (SettingRefused, KeyError) as refused:
            raise Refused("FIELD_INTEGRITY_EXCEPTION", f"{kind}: {refused}") from refused
        made = {"id": _id(kind, name), "success": True, "errors": [], "warnings": [], "infos": []}
        return JSONResponse(made, 201)

    def _wish(self, kind: str, name: str, metadata: Found) -> Found:
        """Return the settings with what is to be created."""
        settings = self._kept.settings
        if kind == "ManagedEventSubscription":
            spec = {"topic": str(metadata["topicName"]), "replay": str(metadata.get("defaultReplay", "LATEST"))}
            return {"managed": settings.managed | {name: spec}}
        if kind == "PlatformEventChannel":
            return {"channels": {name: [], **settings.channels}}
        channel, event = str(metadata["eventChannel"]), str(metadata["selectedEntity"])
        if channel == ALL:
            return {"captured": [*dict.fromkeys((*settings.captured, _entity(event)))]}
        if channel not in settings.channels:
            raise SettingRefused(f"there is no channel {channel}")
        return {"channels": settings.channels | {channel: [*dict.fromkeys((*settings.channels[channel], event))]}}

    def _subscriptions(self) -> Iterator[Found]:
        for one in self._managed.all():
            yield _record("ManagedEventSubscription", one.name, _subscription(one)) | {"Id": one.id}

    def _channels(self) -> Iterator[Found]:
        for name in self._kept.settings.channels:
            yield _record("PlatformEventChannel", name, {"channelType": "data", "label": name.removesuffix("__chn")})

    def _members(self) -> Iterator[Found]:
        settings = self._kept.settings
        captured = {ALL: [event_name(entity) for entity in settings.captured]}
        for channel, events in (captured | settings.channels).items():
            for event in events:
                metadata = {"eventChannel": channel, "selectedEntity": event}
                members = {"EventChannel": channel, "SelectedEntity": event}
                yield (
                    _record("PlatformEventChannelMember", f"{channel.removesuffix('__chn')}_{event}", metadata)
                    | members
                )


def _subscription(one: Managed) -> Found:
    replay = "EARLIEST" if one.earliest else "LATEST"
    return {"label": one.name, "topicName": one.topic, "defaultReplay": replay, "errorRecoveryReplay": replay,
            "state": "RUN"}  # fmt: skip


def _record(kind: str, name: str, metadata: Found) -> Found:
    label = metadata.get("label", name)
    return {"Id": _id(kind, name), "DeveloperName": name, "FullName": name, "MasterLabel": label, "Metadata": metadata}


def _id(kind: str, name: str) -> str:
    return make_id(PREFIXES[kind], crc32(name.encode()))


def _kind(name: str) -> str:
    kind = NAMES.get(name.lower())
    if kind is None:
        raise no_such_type(name)
    return kind


def _entity(event: str) -> str:
    found = next((one.name for one in objects().values() if event_name(one.name) == event), None)
    if found is None:
        raise SettingRefused(f"there is no {event}")
    return found


def _field(record: Found, name: str, kind: str) -> Any:
    if name not in record:
        raise no_such_column(name, kind)
    return record[name]


def _meets(record: Found, where: Condition | None, kind: str) -> bool:
    """Tell whether a record meets a condition of equalities."""
    if where is None:
        return True
    if where.how == "and":
        return all(_meets(record, part, kind) for part in where.parts)
    if where.how != "=":
        raise Refused("MALFORMED_QUERY", f"{kind} is found by equality alone here, not by {where.how}")
    path, literal = where.parts
    kept = str(_field(record, ".".join(path), kind))
    return kept == str(literal.value) or (path == ("Id",) and kept[:15] == str(literal.value))
