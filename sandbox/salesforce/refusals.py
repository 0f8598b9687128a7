"""In which words does Salesforce refuse? One exception, made where the rule stands (salesforce.md 1.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse


class Refused(Exception):
    """A refusal as REST shows it: a list with one error of code, message and, on writes, fields."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        fields: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        self.extra = extra or {}

    def as_list(self) -> list[dict[str, Any]]:
        """Return the body of a refused request."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code, **self.extra}
        return [error if self.fields is None else error | {"fields": list(self.fields)}]

    def as_result(self) -> dict[str, Any]:
        """Return the refusal of one record of a collection, where the key is `statusCode`."""
        error = {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ()), **self.extra}
        return {"success": False, "errors": [error]}

    def response(self) -> JSONResponse:
        """Return the answer to the whole request."""
        return JSONResponse(self.as_list(), self.status)


class SignInRefused(Exception):
    """A token request is refused: an OAuth error with its description, HTTP 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error

    def response(self) -> JSONResponse:
        """Return the answer to the token request."""
        return JSONResponse({"error": self.error, "error_description": str(self)}, 400)


class Ambiguous(Refused):
    """Several records have the external id that was to name one: HTTP 300 with their addresses."""

    def __init__(self, kind: str, ids: Sequence[str]) -> None:
        words = f"more than one record found for external id field: [{', '.join(ids)}]"
        super().__init__("DUPLICATE_EXTERNAL_ID", words, 300)
        self.kind = kind
        self.ids = ids

    def choices(self, version: str) -> JSONResponse:
        """Return the answer to a request for one record."""
        return JSONResponse([f"/services/data/v{version}/sobjects/{self.kind}/{one}" for one in self.ids], 300)


def no_such_key(name: str) -> Refused:
    """Refuse a field by which no record is named, or what is no id."""
    return Refused("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}", 404)


def no_such_type(name: str) -> Refused:
    """Refuse an unknown object in a query."""
    return Refused(
        "INVALID_TYPE",
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
    )


def no_such_column(name: str, entity: str) -> Refused:
    """Refuse an unknown field in a query."""
    return Refused(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append "
        "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    )


def not_found() -> Refused:
    """Refuse a resource that is not there."""
    return Refused("NOT_FOUND", "The requested resource does not exist", 404)
