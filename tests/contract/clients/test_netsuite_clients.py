"""Do real NetSuite clients from PyPI and npm work against the twin, unmodified?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clients import environments
from tests.contract.clients.stage import ROOT, Stage

pytestmark = pytest.mark.timeout(900)  # the first run installs the clients
REAL_WSDL = ROOT.parent / "shared/reference/netsuite-wsdl/netsuite.wsdl"
HOST = "https://1234567-sb1.suitetalk.api.netsuite.com"


def real_wsdl() -> str:
    if not REAL_WSDL.exists():
        pytest.skip(f"the published WSDL is not at {REAL_WSDL}")
    return str(REAL_WSDL)


@pytest.mark.parametrize("wsdl", ["the twin's own", "the published one"])
def test_zeep(stage: Stage, wsdl: str) -> None:
    told = stage.play(environments.own(), "zeep_journey.py", *([real_wsdl()] if wsdl == "the published one" else []))
    expected = {
        "upsert list": [True, True, True, "INVALID_KEY_OR_REF"],
        "search": [3, ["Zeep 0 ä", "Zeep 1 ä", "Zeep 2 ä"]],
        "get list": [True, False], "get all": 5, "server time": True, "data centres": True, "delete": True,
    }  # fmt: skip
    assert {step: told[step] for step in expected} == expected
    assert told["order"][:4] == [True, True, 3, 60.6]
    assert told["initialize"][0] is True
    assert told["many"]["raised"] == "Fault"


def test_requests_oauthlib(stage: Stage) -> None:
    told = stage.play(environments.own(), "requests_oauthlib_journey.py", proxied=True)
    walked = [204, 1, 204, True, 204, 99.99, 1]
    expected: dict[str, Any] = dict.fromkeys(("loopback", "loopback, tls", "vendor's host"), walked)
    assert told == expected | {"unsigned": [401, "INVALID_LOGIN"], "used up": [200, 401]}


def test_netsuitesdk(stage: Stage) -> None:
    told = stage.play(environments.python("netsuite"), "netsuitesdk_journey.py", proxied=True)
    expected = {
        "again": True, "get": "SDK One", "get by external id": True, "second": True, "search": ["SDK One", "SDK Two"],
        "count": True, "pages": True, "currencies": ["USD", "GBP", "CAD", "EUR", "JPY"], "accounts": True, "terms": True,
        "items": 6, "departments": 3, "locations": 3, "classifications": 3, "endpoint 2019": 5,
        "invoice": {"lines": 2, "total": 50.0, "entity": True},
    }  # fmt: skip
    assert {step: told[step] for step in expected} == expected
    assert told["wrong secret"]["raised"] == "NetSuiteLoginError"


def test_netsuite_library(stage: Stage) -> None:
    told = stage.play(environments.python("netsuite"), "netsuite_journey.py", proxied=True)
    expected = {
        "rest write": ["ä & ü", 30.0, 6], "rest list": [1, HOST], "suiteql": ["Lib rest"], "schema": [True, "3."],
        "token info": "1234567_SB1",
    }  # fmt: skip
    assert {step: told[step] for step in expected} == expected
    assert told["rest delete"].startswith("HTTP404")
    assert told["misspelt"]["words"].startswith("HTTP400")
    for version in ("2021.1.0", "2023.2.0", "2025.2.0"):
        assert set(told[f"soap {version}"]) == {"made", "found", "several", "currencies", "searched"}, told
    assert len(stage.books("NS", "customer", "Lib")) >= 12


def test_node_suitetalk(stage: Stage) -> None:
    wsdl = f"{stage.known['NS_URL']}/wsdl/v2023_2_0/netsuite.wsdl"
    told = stage.play(environments.node(), "node_suitetalk.mjs", str(environments.packages()), wsdl)
    assert told == {"init": True, "upsert": "true", "get": "Suitetalk ä"}


def test_netsuite_rest_and_the_client_of_fye(stage: Stage) -> None:
    told = stage.play(environments.node(), "netsuite_rest.mjs", str(environments.packages()))
    assert (told.pop("gone")["status"], told.pop("429 and then 401")["status"]) == (404, 401)
    assert told == {
        "put": 204, "get": "Rest ä", "create": [204, True], "suiteql": [{"companyname": "Rest ä"}], "delete": 204,
        "fye suiteql": 5, "fye order": [204, 204, 18, "changed", 2], "refused": [401, "INVALID_LOGIN"],
    }  # fmt: skip


def test_airbyte_source_netsuite(stage: Stage) -> None:
    names = [f"Byte {number} ä" for number in range(3)]
    wishes = [{"companyName": name, "externalId": f"BYTE-{name}", "subsidiary": {"id": "1"}} for name in names]
    stage.load("NS", [("customer", wish) for wish in wishes])
    told = stage.play(environments.python("airbyte-netsuite"), "airbyte_netsuite.py", proxied=True)
    assert (told["check"], told["discover"]) == ("SUCCEEDED", ["customer", "salesorder"])
    assert told["read"]["customers"] == names
