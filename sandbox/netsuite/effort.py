"""How much work was one call? The figures that the latency model and the usage counters read."""

from dataclasses import dataclass

from sandbox.netsuite.wish import Done


@dataclass(slots=True)
class Effort:
    """Records written by one call: orders with their lines, and others."""

    orders: int = 0
    lines: int = 0
    others: int = 0

    def count(self, done: Done, family: str) -> None:
        """Add one written record."""
        if family == "transaction":
            self.orders += 1
            self.lines += done.lines
        else:
            self.others += 1

    @property
    def written(self) -> int:
        """Give the number of records written."""
        return self.orders + self.others
