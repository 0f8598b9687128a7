"""Which namespaces has the contract, in which order, and under which addresses do their schemas lie? (netsuite.md 1.3).

The order matters: one client names types by the running number of their namespace (clients.md).
"""

import re

NAMESPACES = (
    "core platform", "types.core platform", "types.faults platform", "faults platform", "messages platform",
    "common platform", "types.common platform", "scheduling activities", "types.scheduling activities",
    "communication general", "types.communication general", "filecabinet documents", "types.filecabinet documents",
    "relationships lists", "types.relationships lists", "support lists", "types.support lists", "accounting lists",
    "types.accounting lists", "sales transactions", "types.sales transactions", "purchases transactions",
    "types.purchases transactions", "customers transactions", "types.customers transactions",
    "financial transactions", "types.financial transactions", "bank transactions", "types.bank transactions",
    "inventory transactions", "types.inventory transactions", "general transactions", "customization setup",
    "types.customization setup", "employees lists", "types.employees lists", "website lists", "types.website lists",
    "employees transactions", "types.employees transactions", "marketing lists", "types.marketing lists",
    "demandplanning transactions", "types.demandplanning transactions", "supplychain lists",
    "types.supplychain lists",
)  # fmt: skip
YEARS = range(2008, 2026)  # of endpoints: the newest is 2025_2 (netsuite.md 2.1)
VERSION = re.compile(r"(\d{4})_([12])")
_URN = re.compile(r"urn:([\w.]+?)_(\d{4}_\d)\.(\w+)\.webservices\.netsuite\.com")


def is_version(text: str) -> bool:
    """Say whether an endpoint of this version ever was (`2023_2`)."""
    found = VERSION.fullmatch(text)
    return found is not None and int(found.group(1)) in YEARS


def urn(place: str, version: str) -> str:
    """Give the namespace of a place (`sales transactions`) in a version."""
    name, _, group = place.partition(" ")
    return f"urn:{name}_{version}.{group}.webservices.netsuite.com"


def place_of(namespace: str) -> tuple[str, str] | None:
    """Give place and version of a namespace; None when it is not the contract's."""
    found = _URN.fullmatch(namespace)
    return (f"{found.group(1)} {found.group(3)}", found.group(2)) if found else None


def file_of(place: str) -> tuple[str, str]:
    """Give the group and the file of a place's schema.

    >>> file_of("types.sales transactions")
    ('transactions', 'salesTypes')
    """
    name, _, group = place.partition(" ")
    return group, f"{name.removeprefix('types.')}Types" if name.startswith("types.") else name
