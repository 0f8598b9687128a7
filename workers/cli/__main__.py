"""What does `python -m workers.cli` do? The same as `isthmus`."""

from __future__ import annotations

from workers.cli.main import main

main()
