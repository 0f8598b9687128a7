"""How is work undone as a whole that has failed in part? As one transaction, rolled back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sandbox.salesforce.store import Store


class _Undo(Exception):
    """The transaction is to be undone."""


def done_or_undone(store: Store, work: Callable[[], bool]) -> bool:
    """Do the work in one transaction, and undo it where it tells that it is not to stay; returns what it told."""
    with suppress(_Undo), store.writing():
        if work():
            return True
        raise _Undo
    return False
