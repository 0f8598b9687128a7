"""What does a caller want written? One record's wish, the same whether it came by SOAP or by REST.

Values, by kind: text `str`, decimal `Decimal`, whole number `int`, boolean `bool`, date `YYYY-MM-DD`, moment ISO with
`Z`, reference `{"id": …}` or `{"externalId": …}`, country its ISO code, address a dict, list a list of dicts.
`None` clears a field. Field names are REST's.
"""

from dataclasses import dataclass, field

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType


@dataclass(slots=True)
class Wish:
    """One record to be written; `replaced` names the lists that are to become exactly what is sent."""

    type: RecordType
    fields: Document
    internal_id: str | None = None
    external_id: str | None = None
    replaced: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a wish: the record's id and whether it is new."""

    id: int
    external_id: str | None
    created: bool
    lines: int = 0
