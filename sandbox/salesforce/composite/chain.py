"""In which order do dependent requests run, and what becomes of the others when one fails (salesforce.md 1.6)?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from sandbox.salesforce.composite.inner import Answered, Inner, Sub, refused_as
from sandbox.salesforce.composite.references import NULLS_FROM, References, check_name, names_in
from sandbox.salesforce.composite.undo import done_or_undone
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

FORBIDDEN = frozenset({"accept", "authorization", "content-type"})
HALTED = Refused(
    "PROCESSING_HALTED", "The transaction was rolled back since another operation in the same transaction failed."
)


@dataclass(frozen=True)
class Link:
    """One request of a chain, and the id by which later ones refer to its answer."""

    name: str
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Chain:
    """Runs dependent requests inside one request."""

    def __init__(self, inner: Inner, store: Store, outer: Request) -> None:
        self._inner = inner
        self._store = store
        self._outer = outer

    def run(self, links: list[Link], *, strict: bool) -> list[Answered]:
        """Answer each link, in order; a strict chain is undone as a whole when one fails."""
        answers: dict[str, Answered] = {}
        if done_or_undone(self._store, lambda: self._run(links, answers, strict=strict)):
            return [answers[link.name] for link in links]
        return [_undone(answers.get(link.name)) for link in links]

    def _run(self, links: list[Link], answers: dict[str, Answered], *, strict: bool) -> bool:
        references = References(float(self._outer.path_params["version"]))
        for link in links:
            found = answers[link.name] = self._one(link, references)
            if not found.failed:
                references.keep(link.name, found.body)
            elif strict:
                return False
        return True

    def _one(self, link: Link, references: References) -> Answered:
        try:
            headers = {name: str(references.fill(value)) for name, value in link.headers.items()}
            sub = Sub(link.method, references.fill_url(link.url), references.fill(link.body), headers)
        except Refused as refused:
            return refused_as(refused)
        return self._inner.answer(sub, self._outer)


def read_links(wishes: Any, version: float, most: int) -> list[Link]:
    """Return the links of a request; refuse the whole request where one of them makes no sense."""
    if not isinstance(wishes, list) or not wishes:
        raise Refused("JSON_PARSER_ERROR", "compositeRequest must be a list of at least one subrequest")
    if len(wishes) > most:
        raise Refused("LIMIT_EXCEEDED", f"The request has {len(wishes)} subrequests. At most {most} are allowed.")
    links = [_link(wish) for wish in wishes]
    if version >= NULLS_FROM:
        for link in links:
            check_name(link.name)
    if len({link.name for link in links}) < len(links):
        twice = next(link.name for at, link in enumerate(links) if link.name in {one.name for one in links[:at]})
        raise Refused("JSON_PARSER_ERROR", f"Duplicate referenceId: {twice}")
    return links


def in_order(links: Iterable[Link]) -> list[Link]:
    """Return links so that each comes after those that it refers to; a circle stays as it is, and fails."""
    waiting, ordered = list(links), list[Link]()
    while waiting:
        names = {link.name for link in waiting}
        ready = next(
            (link for link in waiting if not (names_in([link.url, link.body]) & names - {link.name})), waiting[0]
        )
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def as_result(link: Link, answer: Answered) -> dict[str, Any]:
    """Return a link's answer as the composite answer shows it."""
    headers = answer.headers if not answer.failed else {}
    return {
        "body": answer.body,
        "httpHeaders": headers,
        "httpStatusCode": answer.status,
        "referenceId": link.name,
    }


def _link(wish: Any) -> Link:
    if not isinstance(wish, dict):
        raise Refused("JSON_PARSER_ERROR", "a subrequest must be an object")
    name = wish.get("referenceId", wish.get("referenceID"))
    for field_name, value in (("referenceId", name), ("method", wish.get("method")), ("url", wish.get("url"))):
        if not isinstance(value, str) or not value:
            raise Refused("JSON_PARSER_ERROR", f"Missing required field '{field_name}' of a subrequest")
    headers = wish.get("httpHeaders") or {}
    forbidden = next((one for one in headers if one.lower() in FORBIDDEN), None)
    if forbidden:
        raise Refused("JSON_PARSER_ERROR", f"The header '{forbidden}' is not allowed in a subrequest")
    return Link(str(name), wish["method"], wish["url"], wish.get("body"), headers)


def _undone(answer: Answered | None) -> Answered:
    return answer if answer is not None and answer.failed else refused_as(HALTED)
