"""How is a twin's whole state set aside, and taken up again? As SQLite files beside it, one a name.

A snapshot is taken by a connection of its own in a thread, so calls go on meanwhile and the copy is of one moment. To
restore is to write the copy over the twin's state in one go; the calls that come in wait for it.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NoSnapshot(LookupError):
    """No snapshot has this name; the message lists those that are there."""


class SnapshotRefused(ValueError):
    """A snapshot cannot be called so; the message says why."""


@dataclass
class Snapshots:
    """The snapshots of one twin; `file` None is a twin in memory, whose snapshots go with the process."""

    connection: sqlite3.Connection
    file: Path | None = None
    restored: Callable[[], None] = lambda: None
    _aside: tempfile.TemporaryDirectory[str] | None = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        """Return where they lie: beside the twin's file, under its name; a temporary folder where there is no file."""
        if self.file:
            return self.file.with_name(f"{self.file.stem}-snapshots")
        if self._aside is None:
            self._aside = tempfile.TemporaryDirectory(prefix="isthmus-twin-")
        return Path(self._aside.name)

    async def take(self, name: str) -> dict[str, Any]:
        """Copy the state under a name, over a snapshot of that name; returns the snapshot."""
        if not NAME.fullmatch(name):
            raise SnapshotRefused(f"'{name}' is no name for a snapshot: letters, digits, '.', '_' and '-', at most 64")
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh, final = self.folder / f"{name}.new", self._path(name)
        fresh.unlink(missing_ok=True)
        if self.file is None:
            _copy(self.connection, fresh)
        else:
            await asyncio.to_thread(_copy_file, self.file, fresh)
        fresh.replace(final)
        return _told(final)

    def restore(self, name: str) -> dict[str, Any]:
        """Make the state what it was; raise NoSnapshot."""
        found = self._found(name)
        with closing(sqlite3.connect(found)) as kept:
            kept.backup(self.connection)
        self.restored()
        return _told(found)

    def delete(self, name: str) -> None:
        """Throw a snapshot away; raise NoSnapshot."""
        self._found(name).unlink()

    def listed(self) -> list[dict[str, Any]]:
        """Return all snapshots, by name."""
        if self.file is None and self._aside is None:
            return []
        return [_told(path) for path in sorted(self.folder.glob("*.sqlite"))]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"

    def _found(self, name: str) -> Path:
        if not NAME.fullmatch(name) or not self._path(name).is_file():
            names = ", ".join(one["name"] for one in self.listed()) or "none"
            raise NoSnapshot(f"no snapshot is called '{name}'; there are: {names}")
        return self._path(name)


def _copy_file(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as reading:
        _copy(reading, target)


def _copy(source: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target)) as written:
        source.backup(written)


def _told(path: Path) -> dict[str, Any]:
    kept = path.stat()
    taken = datetime.fromtimestamp(kept.st_mtime, UTC).isoformat(timespec="seconds")
    return {"name": path.stem, "bytes": kept.st_size, "taken": taken}
