"""How does a person steer a twin from its page? By forms, each of which pulls one lever and comes back to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.twin.clock import ClockRefused
from sandbox.twin.faults import FaultRefused
from sandbox.twin.snapshots import NoSnapshot, SnapshotRefused

if TYPE_CHECKING:
    from sandbox.twin.control import Control

_WHOLE, _REAL = {"status", "times", "nth", "retry_after"}, {"rate", "seconds", "advance", "request", "order", "line"}


class Levers:
    """The forms of one twin's page."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def pull(self, request: Request) -> Response:
        """Carry out one form and show the page again, with what was done or what was wrong."""
        levers = {
            "arm": self._arm, "disarm": self._disarm, "latency": self._latency, "clock": self._clock,
            "snapshot": self._snapshot, "restore": self._restore,
        }  # fmt: skip
        lever = levers.get(request.path_params["lever"])
        try:
            form = _read((await request.body()).decode())
            told = {"told": await lever(form)} if lever else {"wrong": "there is no such lever"}
        except (FaultRefused, ClockRefused, SnapshotRefused, NoSnapshot, ValueError) as refused:
            told = {"wrong": str(refused.args[0] if refused.args else refused)}
        return RedirectResponse(f"/_twin/?{urlencode(told)}", 303)

    async def _arm(self, form: dict[str, Any]) -> str:
        if form.pop("forever", None):
            form["times"] = None
        fault = self._control.faults.arm(form)
        return f"Armed: {fault.kind} on {fault.match}"

    async def _disarm(self, form: dict[str, Any]) -> str:
        number = form.get("id")
        self._control.faults.disarm(int(number) if number else None)
        return f"Fault {number} is cleared" if number else "All faults are cleared"

    async def _latency(self, form: dict[str, Any]) -> str:
        own = form.get("profile") == "own"
        wish = (
            {name: value for name, value in form.items() if name != "profile"} if own else {"profile": form["profile"]}
        )
        self._control.latency.change(wish)
        return f"Latency: {self._control.latency.profile}"

    async def _clock(self, form: dict[str, Any]) -> str:
        self._control.clock.move({name: value for name, value in form.items() if name in {"advance", "now"}})
        return f"The twin's time is {self._control.clock.now():%Y-%m-%d %H:%M} UTC"

    async def _snapshot(self, form: dict[str, Any]) -> str:
        taken = await self._control.snapshots.take(str(form.get("name", "")))
        return f"Snapshot {taken['name']} is taken"

    async def _restore(self, form: dict[str, Any]) -> str:
        self._control.snapshots.restore(str(form.get("name", "")))
        return f"Everything is again as it was in {form.get('name')}"


def _read(body: str) -> dict[str, Any]:
    """Return a form's fields that are filled in, numbers as numbers."""
    form: dict[str, Any] = {}
    for name, value in parse_qsl(body):
        number = int if name in _WHOLE else float if name in _REAL else str
        try:
            form[name] = number(value.strip())
        except ValueError as error:
            raise ValueError(f"{name} is a number, not {value!r}") from error
    return form
