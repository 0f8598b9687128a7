"""How is a knock turned away? With a status, a code, words and what to do; never with anything secret."""

from __future__ import annotations

from starlette.responses import JSONResponse

from flows.errors import IsthmusError

UNPROCESSABLE = 422


class Refusal(Exception):
    """A knock that is not accepted; the sender may mend it and knock again."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint

    def as_json(self) -> JSONResponse:
        """Return the refusal for programs."""
        headers = {"WWW-Authenticate": "Bearer"} if self.code == "WRONG_TOKEN" else None
        words = {"code": self.code, "message": self.message, "hint": self.hint}
        return JSONResponse(words, self.status, headers)


def refused(error: IsthmusError) -> Refusal:
    """Return the core's refusal of a name or an id, as an answer."""
    return Refusal(UNPROCESSABLE, error.code, error.message, error.hint)
