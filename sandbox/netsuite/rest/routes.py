"""Which work does an address name? The table of everything under `/services/rest/` (netsuite.md 3.1)."""

from typing import Any
from urllib.parse import unquote

from sandbox.netsuite.rest import actions, batch, catalogue, later, listing, records, services, subresources
from sandbox.netsuite.rest.ask import RECORDS, Work
from sandbox.netsuite.rest.problems import not_allowed, nowhere

_COLLECTION: dict[str, Work] = {
    "GET": listing.listing,
    "POST": records.create,
    "PATCH": batch.change_all,
    "PUT": batch.upsert_all,
    "DELETE": batch.delete_all,
}
_RECORD: dict[str, Work] = {
    "GET": records.read,
    "PATCH": records.change,
    "PUT": records.upsert,
    "DELETE": records.delete,
}
_PART: dict[str, Work] = {
    "GET": subresources.read,
    "POST": subresources.add,
    "PATCH": subresources.change,
    "PUT": subresources.change,
    "DELETE": subresources.delete,
}
_ACTIONS: dict[str, tuple[int, Work]] = {
    "!transform": (1, actions.transform),
    "!attach": (2, actions.attach),
    "!detach": (2, actions.detach),
}
_FIXED: dict[str, dict[str, Work]] = {
    f"{RECORDS}/metadata-catalog": {"GET": catalogue.every},
    "/services/rest/query/v1/suiteql": {"POST": services.suiteql},
    "/services/rest/system/v1/governanceLimits": {"GET": services.governance_limits},
}
_JOB = "/services/rest/async/v1/job"


def _taken(works: dict[str, Work], method: str, path: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    work = works.get("GET" if method == "HEAD" else method)
    if work is None:
        raise not_allowed(sorted(works))
    return work, path


def _record(method: str, address: str, parts: list[str]) -> tuple[Work, dict[str, Any]]:
    kind, *rest = parts
    path: dict[str, Any] = {"type": kind}
    if kind == "metadata-catalog":
        return _taken({"GET": catalogue.one}, method, {"name": "/".join(rest)})
    if not rest:
        return _taken(_COLLECTION, method, path)
    path |= {"key": rest[0], "steps": rest[1:]}
    if len(rest) == 1:
        return _taken(_RECORD, method, path)
    if rest[1].startswith("!"):
        count, work = _ACTIONS.get(rest[1], (-1, records.read))
        if len(rest) - 2 != count:
            raise nowhere(address)
        return _taken({"POST": work}, method, path | {"steps": rest[2:]})
    return _taken(_PART, method, path)


def _job(method: str, address: str, parts: list[str]) -> tuple[Work, dict[str, Any]]:
    works: list[Work] = [later.job, later.tasks, later.task, later.result]
    shaped = parts[1:2] in ([], ["task"]) and parts[3:4] in ([], ["result"])
    if not 1 <= len(parts) <= len(works) or not shaped:
        raise nowhere(address)
    return _taken({"GET": works[len(parts) - 1]}, method, {"job": parts[0], "task": (parts[2:3] or [""])[0]})


def route(method: str, address: str) -> tuple[Work, dict[str, Any]]:
    """Find the work of an address and what the address names; raise the problem that answers for none."""
    plain = address.rstrip("/")
    if plain in _FIXED:
        return _taken(_FIXED[plain], method, {})
    for home, of in ((RECORDS, _record), (_JOB, _job)):
        if plain.startswith(f"{home}/"):
            return of(method, address, [unquote(part) for part in plain[len(home) + 1 :].split("/")])
    raise nowhere(address)
