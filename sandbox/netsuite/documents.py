"""How is a record kept as text? As JSON whose decimals stay exact, in both directions.

The standard encoder has no exact decimal, so decimals pass through it as marked strings and lose the mark afterwards.
"""

import json
import re
from decimal import Decimal
from typing import Any

_MARKED = re.compile(r'"\\u0001(-?\d+(?:\.\d+)?)"')

Document = dict[str, Any]


def _mark(value: object) -> str:
    if isinstance(value, Decimal):
        return f"\x01{value:f}"
    raise TypeError(f"{type(value).__name__} has no place in a document")


def dump(document: object) -> str:
    """Write JSON; a `Decimal` becomes the number it spells.

    >>> dump({"rate": Decimal("10.50")})
    '{"rate":10.50}'
    """
    text = json.dumps(document, default=_mark, separators=(",", ":"))
    return _MARKED.sub(r"\1", text) if "\\u0001" in text else text


def load(text: str | bytes) -> Any:
    """Read JSON; a number with a point or an exponent becomes a `Decimal`, one without an `int`."""
    return json.loads(text, parse_float=Decimal)
