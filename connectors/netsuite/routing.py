"""Who answers for an object? Most are records of one kind; a few are read or compared by a module of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.errors import IsthmusError
from flows.model import Found, Page, Placed, Priority
from flows.moments import Keyset
from flows.ports import Source, Target
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.values import Payload


@dataclass(frozen=True)
class SourceByObject:
    """The Source port: the object's own source where it has one, else `usual`."""

    usual: Source
    own: Mapping[str, Source]

    def changed(self, flow: Flow, since: datetime | None) -> Iterator[Page]:
        """Yield what changed."""
        return self._of(flow).changed(flow, since)

    def after(self, flow: Flow, place: Keyset, until: datetime | None, most: int) -> Page:
        """Return the next records behind a place."""
        return self._of(flow).after(flow, place, until, most)

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the named records."""
        return self._of(flow).named(flow, ids)

    def removed(self, flow: Flow, since: datetime) -> Iterator[Page]:
        """Yield what was deleted."""
        return self._of(flow).removed(flow, since)

    def heirs(self, flow: Flow, path: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return which record leads over a path to each id."""
        return self._of(flow).heirs(flow, path, ids)

    def total(self, flow: Flow) -> int:
        """Return how many there are."""
        return self._of(flow).total(flow)

    def _of(self, flow: Flow) -> Source:
        return self.own.get(flow.source.object, self.usual)


@dataclass(frozen=True)
class TargetByObject:
    """The Target port: the object's own target where it has one, else `usual`."""

    usual: Target
    own: Mapping[str, Target]

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> Sequence[Placed | IsthmusError]:
        """Write, or compare."""
        return self._of(flow).upsert(flow, payloads, priority)

    def find(self, flow: Flow, keys: Sequence[str]) -> Mapping[str, Found]:
        """Look up keys."""
        return self._of(flow).find(flow, keys)

    def page(self, flow: Flow) -> int:
        """Return how many payloads one call may carry."""
        return self._of(flow).page(flow)

    def read(self, flow: Flow, target_ids: Sequence[str]) -> Mapping[str, Present]:
        """Return how records stand."""
        return self._of(flow).read(flow, target_ids)

    def match(self, flow: Flow, payloads: Sequence[Payload]) -> Sequence[Sequence[Candidate]]:
        """Return which records may be the same."""
        return self._of(flow).match(flow, payloads)

    def _of(self, flow: Flow) -> Target:
        return self.own.get(flow.target.object, self.usual)
