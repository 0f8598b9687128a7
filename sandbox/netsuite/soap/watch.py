"""Does the traffic hold to the contract? What was tolerated of clients, and which answers or requests broke the schemas.

Strict, a request that breaks the contract is refused. Otherwise it is carried out as well as it can be read, and each
deviation is noted for `/_twin/deviations`. With a folder of schemas every request and answer is checked, and what
breaks them stands at `/_twin/violations`.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from sandbox.netsuite.soap.contract.schemas import Schemas, contract_of, schemas_of
from sandbox.netsuite.soap.contract.source import Contract
from sandbox.netsuite.soap.faults import malformed
from sandbox.twin.usage import Usage

_KEPT = 1000


@dataclass
class Watch:
    """The strictness of one twin; `folder` holds a published contract, None takes the project's own."""

    usage: Usage
    strict: bool = False
    folder: Path | None = None
    checked_by: Path | None = None
    deviations: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    violations: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def __post_init__(self) -> None:
        """Check by the published contract that is served, until another is named."""
        self.checked_by = self.checked_by or self.folder

    def check_by(self, folder: Path) -> None:
        """Hold all traffic to the contract of a folder, whatever is served; raise `NoContract`."""
        contract_of(folder)
        self.checked_by = folder

    def contract(self) -> Contract:
        """Give the contract that is served."""
        return contract_of(self.folder)

    def _schemas(self) -> Schemas:
        return schemas_of(self.checked_by)

    def tolerated(self, client: str, operation: str, what: str) -> None:
        """Note a deviation of a client, by what it calls itself."""
        if len(self.deviations) < _KEPT or (client, operation, what) in self.deviations:
            self.deviations[client, operation, what] += 1

    def request(self, client: str, operation: str, envelope: etree._Element) -> None:
        """Check a request if anybody wants it checked; strict, refuse one that breaks the contract."""
        if not self.strict and self.checked_by is None:
            return
        broken = self._schemas().violations(envelope)
        if broken and self.strict:
            raise malformed(broken[0])
        for words in broken:
            self.tolerated(client, operation, words)
            self._violated("request", operation, words)

    def answer(self, operation: str, text: bytes) -> None:
        """Check an answer if there is a published contract to check it by."""
        if self.checked_by is not None:
            for words in self._schemas().violations(etree.fromstring(text)):
                self._violated("answer", operation, words)

    def _violated(self, side: str, operation: str, words: str) -> None:
        self.violations.append({"side": side, "operation": operation, "violation": words})
        self.usage.violations += 1

    def clear(self) -> None:
        """Forget both lists."""
        self.deviations.clear()
        self.violations.clear()

    def told(self) -> list[dict[str, Any]]:
        """Give the deviations with how often each was seen."""
        names = ("client", "operation", "deviation")
        return [dict(zip(names, key, strict=True)) | {"count": count} for key, count in self.deviations.most_common()]
