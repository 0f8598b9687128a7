"""What does a journey tell? Each step under its name: what came of it, or how it failed; the rest goes on."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any


class Diary:
    """Steps and their outcomes, told as one line of JSON."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        """Do a step and write down what came of it; a failure is written down, not raised."""
        try:
            self.told[name] = work()
        except Exception as error:  # noqa: BLE001 — a client may raise anything
            traceback.print_exc()
            self.told[name] = {"raised": type(error).__name__, "words": str(error)[:500]}
        return self.told[name]

    def tell(self) -> None:
        """Print everything."""
        print(json.dumps(self.told, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return str(value)
