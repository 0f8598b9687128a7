"""What do tests of the whole house need? Real services, where they run."""

from __future__ import annotations

import os
import socket

import pytest

PLACES = {
    "redis": (6379, "redis://127.0.0.1:6379/9"),
    "amqp": (5672, "amqp://guest:guest@127.0.0.1:5672//"),
    "postgresql": (5432, "postgresql://postgres@127.0.0.1:5432/test"),
}


@pytest.fixture(scope="session")
def services() -> dict[str, str]:
    """Return the addresses of Redis, RabbitMQ and PostgreSQL; skip aloud where one is missing, fail in CI."""
    missing = [name for name, (port, _) in PLACES.items() if not answers(port)]
    if missing and os.environ.get("CI"):  # noqa: TID251 — CI says so itself
        pytest.fail(f"no {', '.join(missing)} on its standard port")
    if missing:
        pytest.skip(f"no {', '.join(missing)} on its standard port")
    return {name: url for name, (_, url) in PLACES.items()}


def answers(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
