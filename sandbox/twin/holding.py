"""Who writes into a state folder? One process a twin: a second one would give the same numbers to other records."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PATIENCE = 5.0  # seconds for a twin whose parent was killed to end by itself
_PAUSE = 0.1


class StateHeld(Exception):
    """Another process serves from the folder; the message is for the person at the keyboard."""


@contextmanager
def holding(folder: Path, name: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a twin's state until the block ends or the process does, however it ends; raises StateHeld."""
    with (folder / f"{name}.lock").open("a+") as file:
        _take(file, folder, name, patience)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(file: IO[str], folder: Path, name: str, patience: float) -> None:
    until, pause = time.monotonic() + patience, threading.Event()
    while not _is_taken(file):
        if time.monotonic() >= until:
            file.seek(0)
            raise StateHeld(
                f"process {file.read() or '?'} serves the {name} twin from {folder} already; end it, "
                "or give this one a folder of its own with --state"
            )
        pause.wait(_PAUSE)


def _is_taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
