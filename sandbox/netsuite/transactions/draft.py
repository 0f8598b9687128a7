"""What is in hand while one transaction is being made whole?"""

from dataclasses import dataclass, field

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.kinds import TransactionKind


@dataclass
class Draft:
    """One transaction on its way: `doc` becomes the record, `change` is what the caller sent, `old` what was kept.

    `replaced` names the lists that become exactly what was sent; `number` is its internal id once it has one.
    """

    store: Store
    record: RecordType
    kind: TransactionKind
    doc: Document
    change: Document
    old: Document
    replaced: set[str]
    today: str
    precision: int = 2
    number: int = 0
    party: Stored | None = None
    source: Stored | None = None
    items: dict[str, Stored] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Say whether the account has never seen it."""
        return not self.old
