"""What is done later? asyncUpsertList and its kin: taken in as jobs, asked after, their results fetched (netsuite.md 2.5).

A job's result can be fetched twenty times within thirty days. A result is kept as it would have been answered, and
given out in the namespaces of whoever fetches it.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from lxml import etree

from sandbox.netsuite.documents import Document
from sandbox.netsuite.jobs import FAILED, Job
from sandbox.netsuite.searches import Kept
from sandbox.netsuite.service import Service
from sandbox.netsuite.soap import faults
from sandbox.netsuite.soap.answers import core
from sandbox.netsuite.soap.call import Call, Preferences
from sandbox.netsuite.soap.operations.initializing import LIMIT as INITIALIZE_LIMIT
from sandbox.netsuite.soap.operations.initializing import made_list
from sandbox.netsuite.soap.operations.reads import LIMIT as READ_LIMIT
from sandbox.netsuite.soap.operations.reads import read_list
from sandbox.netsuite.soap.operations.writes import LIMITS, listed, response_list, results_of
from sandbox.netsuite.soap.reading import child, local
from sandbox.netsuite.soap.search.results import SIZES, begun, more_of
from sandbox.netsuite.soap.tongue import Tongue, wrapped

CHANNEL = "soap"
READS, DAYS = 20, 30
_MARK = "ASYNCWEBSERVICES_"
_STATUSES = {"pending": "pending", "processing": "processing", "succeeded": "finished", "failed": "finishedWithErrors"}
_REFUSED = '<platformCore:status isSuccess="false">'
_SEARCH_SIZES = range(SIZES[0], 2 * SIZES[-1] + 1)
_READINGS: dict[str, Callable[[Call], str]] = {
    "asyncGetList": lambda call: read_list(call, 2 * READ_LIMIT),
    "asyncInitializeList": lambda call: made_list(call, 2 * INITIALIZE_LIMIT),
    "asyncSearch": lambda call: begun(call, _SEARCH_SIZES),
}


def verb_of(operation: str) -> str:
    """Give the verb of an operation that writes later (`asyncUpsertList` is `upsert`); empty when it only reads."""
    verb = operation.removeprefix("async").removesuffix("List").lower()
    return verb if verb in LIMITS else ""


def taken_in(call: Call) -> str:
    """Take a list or a search in as a job, unless it is longer than may be."""
    operation = local(call.request)
    verb = verb_of(operation)
    if verb:
        listed(call, verb, 2 * LIMITS[verb])
    elif operation != "asyncSearch":
        name, limit = ("baseRef", 2 * READ_LIMIT) if "Get" in operation else ("initializeRecord", 2 * INITIALIZE_LIMIT)
        if len(call.children(name)) > limit:
            raise faults.too_many(limit)
    note = {"operation": operation, "version": call.tongue.version, "mark": secrets.token_hex(16)}
    request = {**note, "preferences": asdict(call.preferences), "trouble": call.trouble, "home": call.home}
    request["request"] = etree.tostring(call.request, encoding="unicode", with_tail=False)
    number = call.service.jobs.submit(CHANNEL, [request], note)
    return wrapped(call.tongue, operation, _status(_job_id(number, note), "pending", 0))


def _job_id(number: int, note: Document) -> str:
    return f"{_MARK}{number}_{note['mark']}"


def _status(job_id: str, state: str, share: int) -> str:
    told = {"jobId": job_id, "status": state, "percentCompleted": share, "estRemainingDuration": 0}
    inner = "".join(core(name, value) for name, value in told.items())
    return f"<platformCore:asyncStatusResult>{inner}</platformCore:asyncStatusResult>"


def _found(call: Call) -> Job:
    """Find the job asked for, or raise: there is none, or it is older than thirty days."""
    wanted = call.text("jobId")
    number = wanted.removeprefix(_MARK).partition("_")[0]
    job = call.service.jobs.find(CHANNEL, int(number)) if number.isdecimal() else None
    if job is None or _job_id(job.number, job.note) != wanted:
        raise faults.no_job()
    oldest = call.account.now() - timedelta(days=DAYS)
    if job.submitted < oldest.strftime("%Y-%m-%dT%H:%M:%SZ"):
        raise faults.no_job()
    return job


def _state(job: Job) -> str:
    if job.progress == FAILED and "xml" not in (job.tasks[0].result or {}):
        return "failed"
    return _STATUSES[job.progress]


def check_status(call: Call) -> str:
    """Tell how far a job is."""
    job = _found(call)
    share = 100 if job.completed else 0
    return wrapped(call.tongue, "checkAsyncStatus", _status(call.text("jobId"), _state(job), share))


def fetch(call: Call) -> str:
    """Give a job's result, or raise: it is not complete, or was fetched too often."""
    job = _found(call)
    if not job.completed:
        raise faults.not_complete()
    if call.service.jobs.count_read(job.number) > READS:
        raise faults.no_job()
    kept = job.tasks[0].result or {}
    if "xml" not in kept:
        raise faults.unexpected()
    operation = job.note["operation"]
    inner = str(kept["xml"]).replace(f"_{job.note['version']}.", f"_{call.tongue.version}.")
    if operation == "asyncSearch" and call.number("pageIndex") != 1:
        inner = _later_page(call, job)
    elif call.number("pageIndex") != 1:
        raise faults.bad_page()
    name = f"A{operation[1:]}Result"
    return wrapped(
        call.tongue,
        "getAsyncResult",
        f'<asyncResult xmlns:m="{call.tongue.messages}" xsi:type="m:{name}">{inner}</asyncResult>',
    )


def _later_page(call: Call, job: Job) -> str:
    """Run an asynchronous search again for another page."""
    request = job.tasks[0].request
    wanted = child(etree.fromstring(request["request"]), "searchRecord")
    if wanted is None:
        raise faults.bad_page()
    text = etree.tostring(wanted, encoding="unicode", with_tail=False)
    return more_of(call, Kept(call.text("jobId"), text, request["preferences"]), call.number("pageIndex"))


def worker(service: Service) -> Callable[[Document], tuple[bool, Document]]:
    """Make what carries out a job of this channel; it runs inside a transaction of its own."""

    def work(request: Document) -> tuple[bool, Document]:
        element = etree.fromstring(request["request"])
        call = Call(
            service,
            Tongue(request["version"]),
            element,
            request["home"],
            Preferences(**request["preferences"]),
            request["trouble"],
        )
        verb = verb_of(request["operation"])
        if verb:
            text = response_list(results_of(call, verb, listed(call, verb, 2 * LIMITS[verb])))
        else:
            text = _READINGS[request["operation"]](call)
        service.usage.wrote(call.effort.written)
        return _REFUSED not in text, {"xml": text}

    return work
