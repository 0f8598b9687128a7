"""Do clients that nobody planned for work against the twins, unmodified?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients import environments
from tests.contract.clients.stage import Stage

pytestmark = pytest.mark.timeout(900)  # the first run installs the clients
CURRENCIES = ["USD", "GBP", "CAD", "EUR", "JPY"]


def test_aiosalesforce_and_small_clients_of_netsuite(stage: Stage) -> None:
    told = stage.play(environments.python("others"), "small_clients.py", proxied=True)
    walked: list[Any] = ["Aio ä", True, 1, 1, "001", "003", [2, 1]]
    assert [told.pop(way) for way in ("client credentials", "jwt", "soap")] == [walked] * 3
    assert told == {"restsuite": CURRENCIES, "netsuite-client": CURRENCIES, "netsuite-oauth": "USD"}
