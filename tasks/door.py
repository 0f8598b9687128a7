"""How does a task reach the services of its process?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Task

from flows.ports import Services


class Door(Task[Any, Any]):
    """A Celery task that opens onto the core. The worker hangs the services in, once a process, before the first task."""

    abstract = True
    provider: Callable[[], Services]

    @property
    def services(self) -> Services:
        """Return this process's services."""
        return Door.provider()
