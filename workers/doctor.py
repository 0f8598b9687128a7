"""Is everything well? One finding a part, each with what to do when it is ill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import redis
import requests
from kombu.exceptions import OperationalError
from sqlalchemy.exc import SQLAlchemyError

from flows.elsewhere import words
from flows.errors import IsthmusError
from workers.settings import SettingsFault

if TYPE_CHECKING:
    from workers.cli.desk import Desk

SKEW = timedelta(seconds=60)  # NetSuite refuses signatures that are five minutes off (netsuite.md 2.3)


@dataclass(frozen=True)
class Finding:
    """How one part is, in words for people."""

    part: str
    well: bool
    words: str


def examine(desk: Desk) -> list[Finding]:
    """Look at every part; a part that is ill hides no other."""
    try:
        settings = desk.settings
    except SettingsFault as fault:
        return [Finding("settings", well=False, words=str(fault))]
    parts: dict[str, Callable[[], str]] = {
        "broker": lambda: _broker(desk),
        "budget": lambda: _budget(settings.budget),
        "ledger": lambda: _ledger(desk),
        "salesforce": lambda: _system(desk, "salesforce"),
        "netsuite": lambda: _system(desk, "netsuite"),
        "world": lambda: words(desk.services.world()),
        "listener": lambda: _listener(desk),
        "clocks": lambda: _clocks({"Salesforce": settings.salesforce.url, "NetSuite": settings.netsuite.url}),
    }
    return [Finding("settings", well=True, words="complete"), *_look(parts)]


def _look(parts: dict[str, Callable[[], str]]) -> Iterator[Finding]:
    for name, look in parts.items():
        try:
            yield Finding(name, well=True, words=look())
        except IsthmusError as error:
            yield Finding(name, well=False, words=f"{error.code}: {error.message} {error.hint}".strip())
        except (OperationalError, redis.RedisError, SQLAlchemyError, requests.RequestException, OSError) as error:
            yield Finding(name, well=False, words=f"{type(error).__name__}: {str(error).splitlines()[0]}")
        except (ClockSkew, NobodyListens) as error:
            yield Finding(name, well=False, words=str(error))


class ClockSkew(Exception):
    """A clock is off so far that signatures and tokens will be refused, or cannot be compared."""


class NobodyListens(Exception):
    """Somebody has listened to changes and nobody does now, so that they are late."""


def _broker(desk: Desk) -> str:
    with desk.app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
    workers = desk.app.control.inspect(timeout=1.0).ping() or {}
    listening = ", ".join(sorted(workers)) or "no worker listens"
    return f"answers; {listening}"


def _budget(url: str) -> str:
    redis.Redis.from_url(url, socket_timeout=5).ping()
    return "answers"


def _ledger(desk: Desk) -> str:
    flows = desk.ledger.reports.counts()
    deliveries = sum(sum(states.values()) for states in flows.values())
    return f"answers; {deliveries:,} deliveries"


def _listener(desk: Desk) -> str:
    """Tell who listens; that nobody ever did is no fault, for the flows have their timetables."""
    watches = desk.ledger.queue.watches()
    for watch in watches:
        if not (watch.holder and watch.until and watch.until > desk.now):
            raise NobodyListens(f"nobody listens to {watch.name}; start it with: isthmus listen")
    heard = [f"{watch.name} heard {(desk.now - watch.noted_at).total_seconds():.0f} s ago" for watch in watches]
    return ", ".join(heard) or "nobody has listened yet; the flows go by their timetables"


def _system(desk: Desk, system: str) -> str:
    services = desk.services
    flow = next(flow for flow in services.flows.values() if flow.source.system == system)
    total = services.sources[system].total(flow)
    return f"signed in; {total:,} {flow.source.object} records"


def _clocks(urls: dict[str, str]) -> str:
    words = []
    for name, url in urls.items():
        try:
            stamp = requests.get(url, timeout=10).headers.get("Date")
        except requests.RequestException as error:
            raise ClockSkew(f"{name} does not answer at {url}") from error
        if stamp is None:
            words.append(f"{name} tells no time")
            continue
        off = datetime.now(UTC) - parsedate_to_datetime(stamp)
        if abs(off) > SKEW:
            raise ClockSkew(
                f"this machine and {name} differ by {off.total_seconds():.0f} s; set this machine's clock by NTP"
            )
        words.append(f"{name} within {abs(off.total_seconds()):.0f} s")
    return ", ".join(words)
