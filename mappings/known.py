"""What is known when a record is translated? All that `translate` may use besides the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from mappings.catalogue import Catalogue
from mappings.tables import Tables
from mappings.values import Bound, Reference


@dataclass(frozen=True)
class Known:
    """Bindings of the references, the item catalogue, the tables, this record's own binding, and the company's zone."""

    bindings: Mapping[Reference, Bound]
    catalogue: Catalogue
    tables: Tables
    own: Bound | None = None
    zone: tzinfo = UTC
