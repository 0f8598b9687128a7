"""Where is the published NetSuite contract, and did a twin's SOAP traffic hold to it?"""

from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[2]
_PLACES = [ROOT / up / "shared" / "reference" / "netsuite-wsdl" for up in ("..", "../..")]
CONTRACT = next((place for place in _PLACES if place.exists()), None)
needs_contract = pytest.mark.skipif(CONTRACT is None, reason="the published NetSuite contract is not at hand")


def violations(url: str) -> list[dict[str, Any]]:
    """Give what a twin saw break the schemas since it was asked last; nothing where they are not at hand."""
    told: list[dict[str, Any]] = requests.get(f"{url}/_twin/violations", timeout=10).json()
    requests.delete(f"{url}/_twin/violations", timeout=10)
    return told


def hold_to_the_contract(url: str) -> None:
    """Have a twin check all its SOAP traffic by the published schemas, whatever it serves, where they are at hand."""
    if CONTRACT:
        requests.post(f"{url}/_twin/violations", json={"by": str(CONTRACT)}, timeout=30).raise_for_status()
