"""Do the papers say what is true? README, docs, compose file, lock files and the environment's example."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mappings.loading import load_flows
from workers.queues import queues
from workers.roles import ROLES, queues_of
from workers.settings import known_names

ROOT = Path(__file__).resolve().parent.parent.parent
PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
COMMANDS = {name: service["command"] for name, service in COMPOSE["services"].items() if "command" in service}
OURS = {name: words for name, words in COMMANDS.items() if words.startswith(("celery", "isthmus"))}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", paper.read_text())
    assert not [link for link in links if not (paper.parent / link).exists()]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_command_of_ours_exists(paper: Path) -> None:
    found = set(re.findall(r"isthmus ((?:dead-letters |tables |sandbox )?[a-z]+)", "\n".join(code_of(paper))))
    for words in sorted(found):
        done = subprocess.run(
            [sys.executable, "-m", "workers.cli", *words.split(), "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{paper.name}: isthmus {words}: {done.stderr}"


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for paper in PAPERS for code in code_of(paper) for name in re.findall(r"\bmake ([a-z]+)", code)}
    assert named
    assert named <= targets


def code_of(paper: Path) -> list[str]:
    text = paper.read_text()
    return re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)


def test_the_workers_of_the_compose_file_serve_each_queue_once() -> None:
    flows = load_flows(ROOT / "mappings").values()
    roles = [words.split()[2] for words in OURS.values() if words.startswith("isthmus work ")]
    served = [name for role in roles for name in queues_of(ROLES[role], flows)]
    known = {queue.name for queue in queues(flows, "redis://x")}
    assert sorted(served) == sorted(set(served))
    assert set(served) == known - {"dead_letter"}  # that one is for whoever listens


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_commands_of_the_compose_file_are_real(name: str) -> None:
    words = shlex.split(OURS[name])
    program = [sys.executable, "-m", "celery" if words[0] == "celery" else "workers.cli"]
    verb = words[3:4] if words[0] == "celery" else [word for word in words[1:3] if not word.startswith("-")]
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    if verb == ["flower"]:
        options = []  # Flower takes its options from its own parser, which prints no --help of them here
    done = subprocess.run([*program, *verb, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not [option for option in options if option not in done.stdout]


def test_the_environment_of_the_compose_file_is_ours() -> None:
    given = {
        name
        for service in COMPOSE["services"].values()
        for name in service.get("environment", {})
        if name.startswith("ISTHMUS_")
    }
    assert given
    assert given <= set(known_names())


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_name_versions_and_hashes_and_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pinned = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,-]+\])?==", text, re.MULTILINE)
    assert len(pinned) > 50
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_what_the_project_needs_is_locked() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    wanted = re.findall(r'^  "([a-z][\w-]*)', pyproject.split("dependencies = [")[1].split("]")[0], re.MULTILINE)
    locked = set(
        re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    )
    assert set(wanted) <= locked


def test_the_packages_that_were_asked_for_have_work() -> None:
    rooms = ("workers", "tasks", "connectors", "ledger", "flows", "tests")
    source = "\n".join(path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py"))
    for package in (
        "celery",
        "redis",
        "kombu",
        "simple_salesforce",
        "zeep",
        "requests",
        "tenacity",
        "pytest",
        "fakeredis",
    ):
        assert re.search(rf"^\s*(import|from) {package}\b", source, re.MULTILINE), package
    assert '"flower"' in source
