"""At which hours does a flow run, as its file says it? An interval, a time of the day, a window."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

INTERVAL = re.compile(r"[1-9]\d*[smhd]")
CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
WINDOW = re.compile(rf"({CLOCK})-({CLOCK})")


class Window(BaseModel):
    """Hours of the day, in the company's zone; they may reach over midnight."""

    model_config = ConfigDict(frozen=True)

    opens: time
    closes: time

    def holds(self, local: time) -> bool:
        """Tell whether a time of the day lies in the window."""
        if self.opens <= self.closes:
            return self.opens <= local < self.closes
        return local >= self.opens or local < self.closes


def _an_interval(every: str) -> str:
    if not INTERVAL.fullmatch(every):
        raise ValueError(f"'{every}' is not an interval such as 30s, 5m, 1h or 1d")
    return every


def _a_time(at: Any) -> Any:
    if isinstance(at, time):
        return at
    if not (isinstance(at, str) and re.fullmatch(CLOCK, at)):
        raise ValueError(f"'{at}' is not a time of the day such as 22:00")
    return at


def _a_window(window: Any) -> Any:
    if isinstance(window, Window):
        return window
    matched = WINDOW.fullmatch(window) if isinstance(window, str) else None
    if matched is None:
        raise ValueError(f"'{window}' is not a window such as 22:00-05:00")
    return {"opens": matched[1], "closes": matched[2]}


Every = Annotated[str, AfterValidator(_an_interval)]
At = Annotated[time, BeforeValidator(_a_time)]
Hours = Annotated[Window, BeforeValidator(_a_window)]
