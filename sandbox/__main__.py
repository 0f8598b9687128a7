"""What does `python -m sandbox` do? It runs and fills the twins."""

from __future__ import annotations

from sandbox.cli import app

app()
