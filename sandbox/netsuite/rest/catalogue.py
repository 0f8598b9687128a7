"""Which records does the service keep, and of which shape? The metadata catalogue (netsuite.md 3.1)."""

from starlette.responses import Response

from sandbox.netsuite.rest.ask import Ask
from sandbox.netsuite.rest.problems import nowhere


def every(ask: Ask) -> Response:
    """List the record types."""
    raise nowhere(ask.seen.path)


def one(ask: Ask) -> Response:
    """Describe one record type."""
    raise nowhere(ask.seen.path)
