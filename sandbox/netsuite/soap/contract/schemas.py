"""Does a message hold to the contract? Header blocks and the body's child are each checked by compiled schemas.

The envelope itself is not: no schema for it is in the contract (netsuite.md 1.1). A message of another version is
checked under that of the schemas, for only its namespaces differ.
"""

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from sandbox.netsuite.soap.contract.names import VERSION, YEARS, urn
from sandbox.netsuite.soap.contract.slim import slim
from sandbox.netsuite.soap.contract.source import Contract, address_of, from_folder

_AS = f"{YEARS[-1]}_2"
_URN = re.compile(rb"(urn:[\w.]+_)\d{4}_\d(\.\w+\.webservices\.netsuite\.com)")
_MOST = 3  # violations told of one part: the first is the cause, the others follow from it
_LONGEST = 300


@cache
def contract_of(folder: Path | None) -> Contract:
    """Give the contract of a folder, or the project's own; read once a process."""
    return from_folder(folder) if folder else slim()


@cache
def schemas_of(folder: Path | None) -> "Schemas":
    """Give the compiled schemas of a folder, or the project's own; compiled once a process (a second)."""
    return Schemas(contract_of(folder))


class Schemas:
    """One contract's schemas, compiled."""

    def __init__(self, contract: Contract) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self._schema = etree.XMLSchema(etree.parse(_written(contract, Path(folder))))

    def violations(self, envelope: etree._Element) -> list[str]:
        """Say where an envelope's blocks break the contract; an element that is not the contract's is passed over."""
        told: list[str] = []
        for block in _blocks(envelope):
            text = _URN.sub(rb"\g<1>" + _AS.encode() + rb"\g<2>", etree.tostring(block, with_tail=False))
            if not self._schema.validate(etree.fromstring(text)):
                log: Any = self._schema.error_log  # the stubs do not say that it is a list
                told += [f"{one.line}: {_short(one.message)}" for one in log][:_MOST]
        return told


def _written(contract: Contract, folder: Path) -> str:
    """Write the schemas to a folder under names of their own, with one beside them that imports all; gives its path."""
    names = {place: folder / f"{place[0]}.{place[1]}.xsd" for place in contract.schemas}
    imports = []
    for place, text in contract.schemas.items():
        for other, file in names.items():
            text = text.replace(address_of(other), file.name)  # noqa: PLW2901 — one text, many addresses in it
        whole = text.replace("@version@", _AS)
        names[place].write_text(whole, "utf-8")
        target = re.search(r'targetNamespace="([^"]*)"', whole)
        imports.append(
            f'<import namespace="{target.group(1) if target else ""}" schemaLocation="{names[place].name}"/>'
        )
    every = folder / "every.xsd"
    every.write_text(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{"".join(imports)}</schema>', "utf-8")
    return str(every)


def _blocks(envelope: etree._Element) -> list[etree._Element]:
    """Give what the contract speaks of: header blocks, the body's child, and of a fault what its detail holds."""
    found: list[etree._Element] = []
    for part in envelope:
        for block in part:
            faulty = etree.QName(block).localname == "Fault"
            found += [inner for detail in block.findall("detail") for inner in detail] if faulty else [block]
    return [one for one in found if isinstance(one.tag, str) and "http://xml.apache.org/" not in one.tag]


def _short(message: str) -> str:
    """Say a violation without the length of its namespaces."""
    return re.sub(r"\{urn:([\w.]+?)_\d{4}_\d[^}]*\}", r"\1:", message)[:_LONGEST]


__all__ = ["VERSION", "Schemas", "contract_of", "schemas_of", "urn"]
