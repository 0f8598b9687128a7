"""What can be wrong with a record, or with a mapping file?"""

from __future__ import annotations

from mappings.values import Reference


class IsthmusError(Exception):
    """Something that a person can be told: a stable `code`, a `message` in words, and a `hint` what to do."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.hint = hint


class Rejected(IsthmusError):
    """This record is wrong for the target: which field, which value, and the nearest good ones."""

    def __init__(
        self,
        code: str,
        *,
        field: str = "",
        value: object = None,
        candidates: tuple[str, ...] = (),
        message: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(code, message or code, hint=hint)
        self.field = field
        self.value = value
        self.candidates = candidates

    def at(self, field: str) -> Rejected:
        """Return the same rejection, placed at a field."""
        words = {"value": self.value, "candidates": self.candidates, "message": self.message, "hint": self.hint}
        return Rejected(self.code, field=field, **words)  # type: ignore[arg-type] # one value a name, as above


class NotReady(IsthmusError):
    """A record that this one needs is not bound yet; it may come."""

    def __init__(self, reference: Reference) -> None:
        super().__init__("NOT_READY", f"waits for {reference.flow} of {reference.source_id}")
        self.reference = reference


class MappingFault(IsthmusError):
    """A mapping file is wrong; the message holds the file, the place, what is wrong and what is known."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__("MAPPING_FAULT", f"{place}: {message}")
