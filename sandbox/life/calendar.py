"""When do things happen? A year of so many deals, a stretch of its days, and what falls into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

DEALS_UNTIL = 0.92  # of the year: the last deals still have time to be won, billed and paid


@dataclass(frozen=True)
class Span:
    """A stretch of a year: `days` days from `first` on, in a year of `year_days` days from `begin` on."""

    begin: date
    year_days: int
    first: date
    days: int
    opportunities: int

    @property
    def last(self) -> date:
        """Return the stretch's last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def each_day(self) -> list[date]:
        """Return the days of the stretch."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def of_day(self, day: date, whole: int) -> range:
        """Return which numbers, of 1 to `whole` spread over the year, fall on a day."""
        return range(
            self._until((day - self.begin).days, whole) + 1, self._until((day - self.begin).days + 1, whole) + 1
        )

    def of_stretch(self, whole: int) -> range:
        """Return which numbers, of 1 to `whole` spread over the year, fall into the stretch."""
        return range(self.of_day(self.first, whole).start, self.of_day(self.last, whole).stop)

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in the stretch."""
        return self.first <= day <= self.last

    def _until(self, days: int, whole: int) -> int:
        return min(int(whole * days / (self.year_days * DEALS_UNTIL)), whole)


def day_of(stamp: str) -> date:
    """Return the day of a time as an API tells it."""
    return datetime.fromisoformat(stamp.replace("+0000", "+00:00")).date()
