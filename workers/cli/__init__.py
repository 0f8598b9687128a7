"""The command line: what an operator can ask and do, one file a subject."""

from workers.cli.main import main

__all__ = ["main"]
