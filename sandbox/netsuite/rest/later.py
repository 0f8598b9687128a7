"""How is a REST call done later? Taken in as a job, carried out once, its answer kept for who asks (netsuite.md 3.4)."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.netsuite.account import Account
from sandbox.netsuite.documents import Document
from sandbox.netsuite.jobs import FAILED, PENDING, Job, Jobs, KeyTaken, Task
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest.ask import COLLECTION, Ask, as_json, refusal
from sandbox.netsuite.rest.oauth import Seen
from sandbox.netsuite.rest.problems import AfterSave, Problem, bad_header, from_refused, malformed, nowhere

CHANNEL = "rest"
_JOBS = "/services/rest/async/v1/job"
_KEPT = ("content-type", "x-netsuite-propertynamevalidation", "x-netsuite-propertyvaluevalidation", "accept")
_BATCH = 100

AtOnce = Callable[[Ask, Document], Response]


def is_wanted(ask: Ask) -> bool:
    """Tell whether the caller wants the answer later; SuiteQL has no such form."""
    prefers = ask.headers.get("prefer", "").lower()
    return "respond-async" in prefers and "/record/v1/" in ask.seen.path


def taken_in(ask: Ask) -> Response:
    """Take a call in as a job; a second one under the same key is refused with the first one's place."""
    key = ask.headers.get("x-netsuite-idempotency-key")
    try:
        number = ask.jobs.submit(CHANNEL, _requests(ask), {"home": ask.seen.home}, key)
    except KeyTaken as taken:
        words = (
            "A request with the same idempotency key is already submitted. "
            'See the "Location" header for a link to the previously submitted job'
        )
        place = {"Location": f"{_JOBS}/{taken.number}", "Preference-Applied": "respond-async"}
        raise Problem(400, "IDEMPOTENCY_ERROR", words, headers=place, title="Conflict") from taken
    headers = {"Location": f"{_JOBS}/{number}", "Preference-Applied": "respond-async"}
    return Response(None, 202, headers, "application/json")


def only_later() -> Problem:
    """Refuse a batch that is wanted at once: it is done as a job or not at all."""
    words = "Batch operations are executed asynchronously only. Provide the header 'Prefer: respond-async'."
    return bad_header("Prefer", words)


def is_collection(ask: Ask) -> bool:
    """Tell whether the body is a batch."""
    return "type=collection" in ask.headers.get("content-type", "").replace(" ", "").replace('"', "").lower()


def _requests(ask: Ask) -> list[Document]:
    """Give the calls of a job: one, or one for each record of a batch."""
    whole = {
        "method": ask.seen.method,
        "home": ask.seen.home.split("://"),
        "path": ask.seen.path,
        "query": ask.query,
        "headers": {name: ask.headers[name] for name in _KEPT if name in ask.headers},
        "body": ask.body.decode("utf-8", "replace"),
        "trouble": ask.trouble,
    }
    if is_collection(ask) and ask.seen.method in {"POST", "PATCH", "PUT"}:
        return _of_batch(whole, ask)
    if "ids" in ask.query and ask.seen.method == "DELETE":
        rest = {name: value for name, value in ask.query.items() if name != "ids"}
        return [{**whole, "path": f"{ask.seen.path}/{key}", "query": rest} for key in _few(ask.named("ids"))]
    return [whole]


def _few(records: list[Any]) -> list[Any]:
    if not 0 < len(records) <= _BATCH:
        raise malformed(f"A batch holds 1 to {_BATCH} records, not {len(records)}.")
    return records


def _of_batch(whole: Document, ask: Ask) -> list[Document]:
    body = ask.json()
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise malformed("Provide the records of a batch as 'items'.", "items")
    torn = len(items) // 2 if ask.trouble == "partial" else len(items) + 1
    plain = {**whole["headers"], "content-type": "application/json"}
    return [
        {**whole, "headers": plain, "batch": one, "body": "", "torn": (place > torn) - (place < torn)}
        for place, one in enumerate(_few(items))
    ]


def worker(
    account: Account, jobs: Jobs, at_once: AtOnce, wrote: Callable[[int], None]
) -> Callable[[Document], tuple[bool, Document]]:
    """Make the work of this channel: a kept call in, whether it succeeded and its whole answer out."""

    def work(request: Document) -> tuple[bool, Document]:
        ask = _revived(request, account, jobs)
        answer = _answered(ask, request, at_once)
        if ask.effort.written:
            wrote(ask.effort.written)
        headers = {name.title(): value for name, value in answer.headers.items() if name != "content-length"}
        body = bytes(answer.body).decode()
        return answer.status_code < 400, {"status": answer.status_code, "headers": headers, "body": body}  # noqa: PLR2004 — from 400 on it is an error

    return work


def _revived(request: Document, account: Account, jobs: Jobs) -> Ask:
    scheme, host = request["home"]
    seen = Seen(request["method"], scheme, host, request["path"])
    query, headers = request["query"], request["headers"]
    return Ask(account, jobs, seen, query, headers, request["body"].encode(), 0, request["trouble"])


def _answered(ask: Ask, request: Document, at_once: AtOnce) -> Response:
    """Do a kept call now; what is refused is its answer, and its writes are undone, but for those of a script's failure."""
    try:
        with ask.account.store.call():
            try:
                return at_once(ask, request)
            except AfterSave as saved:
                return refusal(saved)
    except Refused as refused:
        return refusal(from_refused(refused))
    except Problem as problem:
        return refusal(problem)


def _found(ask: Ask) -> Job:
    number = ask.path["job"]
    job = ask.jobs.find(CHANNEL, int(number)) if number.isdecimal() else None
    if job is None:
        raise nowhere(ask.seen.path, "The job does not exist. Provide a valid job ID.", "NONEXISTENT_ID")
    return job


def _one(ask: Ask) -> Task:
    job, number = _found(ask), ask.path["task"]
    task = next((one for one in job.tasks if str(one.number) == number), None)
    if task is None:
        raise nowhere(ask.seen.path, "The task does not exist. Provide a valid task ID.", "NONEXISTENT_ID")
    return task


def _links(ask: Ask, *path: object, rel: str = "self") -> list[dict[str, str]]:
    return [{"rel": rel, "href": "/".join([f"{ask.seen.home}{_JOBS}", *(str(part) for part in path)])}]


def job(ask: Ask) -> Response:
    """Tell where a job stands."""
    found = _found(ask)
    return as_json(
        {
            "links": _links(ask, found.number),
            "completed": found.completed,
            "id": str(found.number),
            "progress": found.progress,
            "task": {"links": _links(ask, found.number, "task")},
        }
    )


def tasks(ask: Ask) -> Response:
    """List a job's tasks, in the order of its records."""
    found = _found(ask)
    items = [{"links": _links(ask, found.number, "task", one.number), "id": str(one.number)} for one in found.tasks]
    figures = {"count": len(items), "hasMore": False, "items": items, "offset": 0, "totalResults": len(items)}
    return as_json({"links": _links(ask, found.number, "task"), **figures}, media=COLLECTION)


def task(ask: Ask) -> Response:
    """Tell where one task stands; its result is linked once there is one."""
    one, place = _one(ask), (ask.path["job"], "task", ask.path["task"])
    done = one.state != PENDING
    links = _links(ask, *place) + (_links(ask, *place, "result", rel="related") if done else [])
    times = {"startTime": one.started, "endTime": one.ended} if done else {}
    return as_json({"links": links, "completed": done, "id": str(one.number), "progress": one.state, **times})


def result(ask: Ask) -> Response:
    """Give the answer that the call would have had at once."""
    one = _one(ask)
    if one.result is None:
        words = "The result is not available: the task is not completed."
        raise Problem(404, "JOB_NOT_COMPLETE", words, ask.seen.path, where="o:errorUrl")
    kept = one.result
    if "status" not in kept:
        return refusal(Problem(500, "UNEXPECTED_ERROR", f"An unexpected error occurred. {kept.get('error', FAILED)}"))
    headers = dict(kept["headers"])
    media = headers.pop("Content-Type", None)
    return Response(kept["body"].encode(), kept["status"], headers, media)
