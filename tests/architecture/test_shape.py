"""Is it still the house that the page describes? Budgets, words, rooms, and doors that hold."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("workers", "tasks", "console", "flows", "mappings", "connectors", "ledger", "sandbox")
FILES = sorted([*(path for room in ROOMS for path in (ROOT / room).rglob("*.py")), ROOT / "beat_schedule.py"])
BANNED = re.compile(r"(Manager|Helper|Util|Handler|Processor|Base|Data|Info|Common|Misc)(?![a-z])")
LONGEST_FUNCTION, LONGEST_FILE, USUAL_FUNCTION = 30, 250, 15
TABLES = {"assignments", "_field"}  # one entry a line; shorter would be riddles
RULE_KEYS = 16


def functions() -> list[tuple[int, str]]:
    return sorted(
        ((node.end_lineno or 0) - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.name}")
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_functions_take_one_step() -> None:
    long = [where for size, where in functions() if size > LONGEST_FUNCTION and where.split(":")[1] not in TABLES]
    assert not long
    sizes = [size for size, _ in functions()]
    assert sizes[int(len(sizes) * 0.95)] <= USUAL_FUNCTION + 1


def test_files_answer_one_question() -> None:
    assert not [str(path) for path in FILES if len(path.read_text().splitlines()) > LONGEST_FILE]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_opens_with_a_sentence(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said
    assert said.splitlines()[0].rstrip().endswith((".", "?", ":"))


def test_no_name_says_nothing() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and BANNED.search(node.name)
    ]
    assert not named


def test_the_glossary_names_every_state_and_every_verb() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    from flows.model import State  # noqa: PLC0415 — the subject of this test alone

    assert not [state for state in State if state not in glossary]
    for verb in ("capture", "relay", "deliver", "replay", "sweep"):
        assert verb in glossary
        assert (ROOT / f"flows/{verb}.py").exists()


def test_words_that_we_never_say_are_no_class_of_the_core() -> None:
    never = {"Job", "Pipeline", "Integration", "Batch", "Requeue", "Watermark", "Xref"}
    core = [path for path in FILES if path.parts[-2] in {"flows", "mappings", "ledger", "tasks"}]
    names = {
        node.name for path in core for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)
    }
    assert not names & never


def test_the_language_keeps_to_its_number_of_keys() -> None:
    from mappings.rules import Rule  # noqa: PLC0415 — the subject of this test alone

    assert len(Rule.model_fields) <= RULE_KEYS


def test_the_timetable_knows_flows_and_nothing_heavier() -> None:
    tree = ast.parse((ROOT / "beat_schedule.py").read_text())
    imported = {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imported <= {"__future__", "collections", "typing", "flows", "mappings"}
    assert len((ROOT / "beat_schedule.py").read_text().splitlines()) < 60


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("flows/relay.py", "import requests", "The core does no I/O"),
        ("tasks/relay.py", "import ledger.ledger", "Tasks are doors"),
        ("connectors/netsuite/rest.py", "import connectors.salesforce.auth", "The two systems have never met"),
        ("console/app.py", "import ledger.ledger", "The front door knows flows"),
        ("connectors/http.py", "import celery", "Celery stays at the door"),
        ("sandbox/twin/usage.py", "import mappings.values", "Twins share nothing with the house"),
    ],
)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, room: str, line: str, contract: str) -> None:
    for name in ROOMS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / room).open("a") as file:
        file.write(f"\n{line}\n")
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(linter), "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert re.search(rf"{re.escape(contract)}.* BROKEN", done.stdout)
