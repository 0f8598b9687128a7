"""Do the clients' lock files pin everything, and name no host?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.contract.clients.environments import LOCKS

PYTHON = sorted(LOCKS.glob("*.txt"))
NODE = sorted(LOCKS.glob("*/package-lock.json"))


def bare(wanted: str) -> str:
    """Leave out the extras: a lock names the package alone."""
    return re.sub(r"\[.*\]", "", wanted)


@pytest.mark.parametrize("lock", PYTHON, ids=lambda path: path.stem)
def test_python_locks_name_versions_and_hashes_and_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 10
    assert not [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    for wanted in lock.with_suffix(".in").read_text().split():
        if "==" in wanted:
            assert re.search(rf"^{re.escape(bare(wanted))}\b", text, re.MULTILINE), wanted


@pytest.mark.parametrize("lock", NODE, ids=lambda path: path.parent.name)
def test_node_locks_name_versions_and_hashes_and_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    own = packages.pop("")
    assert packages
    assert not [name for name, one in packages.items() if not one.get("integrity") or not one.get("version")]
    assert own["dependencies"] == json.loads(lock.with_name("package.json").read_text())["dependencies"]
