"""How is a record kept as text? As JSON whose decimals stay exact, in both directions.

The standard encoder has no exact decimal, so decimals pass through it as marked strings and lose the mark afterwards.
The mark is drawn anew by every process: no text of a caller's can pass for a number.
"""

import json
import secrets
from decimal import Decimal
from typing import Any

_MARK = secrets.token_hex(6)
_BEGIN, _END = f'"\\u0001{_MARK}', f'{_MARK}\\u0002"'

Document = dict[str, Any]


def _mark(value: object) -> str:
    if isinstance(value, Decimal):
        return f"\x01{_MARK}{value:f}{_MARK}\x02"
    raise TypeError(f"{type(value).__name__} has no place in a document")


_encode = json.JSONEncoder(default=_mark, separators=(",", ":"), check_circular=False).encode


def dump(document: object) -> str:
    """Write JSON; a `Decimal` becomes the number it spells.

    >>> dump({"rate": Decimal("10.50")})
    '{"rate":10.50}'
    """
    text = _encode(document)
    return text.replace(_BEGIN, "").replace(_END, "") if _MARK in text else text


def load(text: str | bytes) -> Any:
    """Read JSON; a number with a point or an exponent becomes a `Decimal`, one without an `int`."""
    return json.loads(text, parse_float=Decimal)
