"""Where are transformations kept, and what may they look at besides their value?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from mappings.tables import Tables


@dataclass(frozen=True, slots=True)
class Context:
    """What a transformation may look at besides its value: zone, tables, and the record's currency."""

    zone: tzinfo
    tables: Tables
    currency: str = ""


Transformation = Callable[[Any, Context], Any]
TRANSFORMATIONS: dict[str, Transformation] = {}


def transformation(function: Transformation) -> Transformation:
    """Register a function under its own name."""
    TRANSFORMATIONS[function.__name__] = function
    return function
