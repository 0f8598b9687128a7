"""What can a record be made to do? Become another, or be tied to another (netsuite.md 3.1)."""

from starlette.responses import Response

from sandbox.netsuite.rest.ask import Ask
from sandbox.netsuite.rest.problems import Problem


def _refused(ask: Ask) -> Response:
    raise Problem(400, "INVALID_REQUEST", "This action is not available.", ask.seen.path, where="o:errorUrl")


def transform(ask: Ask) -> Response:
    """Make a record of another type out of this one."""
    return _refused(ask)


def attach(ask: Ask) -> Response:
    """Tie a record to this one."""
    return _refused(ask)


def detach(ask: Ask) -> Response:
    """Untie a record from this one."""
    return _refused(ask)
