"""Where does a contract come from, and how is it made to speak another version and another host's addresses?

A contract is kept with marks in place of its version and its host; giving it out is one replacement each, so any
version of the endpoint can be served from the files of one (netsuite.md 1.2, 6.1).
"""

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.netsuite.soap.contract.names import file_of, place_of

HOME, VERSION = "@home@", "@version@"
_IMPORT = re.compile(r"<(?:\w+:)?import\b[^>]*>")
_NAMESPACE = re.compile(r'\bnamespace="([^"]*)"')
_LOCATION = re.compile(r'\b(schemaLocation|location)="[^"]*"')
_ADDRESS = re.compile(r'(<(?:\w+:)?address\b[^>]*\blocation=")[^"]*')
_TARGET = re.compile(r'\btargetNamespace="([^"]*)"')
_SERVICE = re.compile(r"urn:platform_(\d{4}_\d)\.webservices")

Place = tuple[str, str]  # a group and a file: (platform, core)


class NoContract(ValueError):
    """A folder holds no contract that can be read; the message says what is missing."""


@dataclass(frozen=True)
class Contract:
    """One contract: the WSDL and its schemas, marked."""

    wsdl: str
    schemas: dict[Place, str]

    def given(self, text: str, version: str, home: str) -> str:
        """Give a marked text out in a version, under scheme and host (`https://host`)."""
        return text.replace(VERSION, version).replace(HOME, home)


def address_of(place: Place) -> str:
    """Give the marked address of a schema."""
    return f"{HOME}/xsd/{place[0]}/v{VERSION}_0/{place[1]}.xsd"


def from_folder(folder: Path) -> Contract:
    """Read a published contract: the first WSDL below the folder, and every schema."""
    wsdl = next(iter(sorted(folder.rglob("*.wsdl"))), None)
    if wsdl is None:
        raise NoContract(f"{folder}: no .wsdl file in it")
    text = wsdl.read_text("utf-8")
    version = _SERVICE.search(text)
    if version is None:
        raise NoContract(f"{wsdl}: its namespace is not NetSuite's")
    schemas, names = _schemas(folder)
    marked = {place: _marked(one, names, version.group(1)) for place, one in schemas.items()}
    return Contract(_marked(text, names, version.group(1)), marked)


def _schemas(folder: Path) -> tuple[dict[Place, str], dict[str, Place]]:
    """Read every schema; gives them by place, and the places by namespace."""
    schemas: dict[Place, str] = {}
    names: dict[str, Place] = {}
    for file in sorted(folder.rglob("*.xsd")):
        text = file.read_text("utf-8")
        target = _TARGET.search(text)
        known = place_of(target.group(1)) if target else None
        if target and known:
            group = file_of(known[0])[0]
            place = group, file.stem.removeprefix(f"{group}.")
            schemas[place], names[target.group(1)] = text, place
    return schemas, names


def _marked(text: str, names: dict[str, Place], version: str) -> str:
    def located(found: re.Match[str]) -> str:
        namespace = _NAMESPACE.search(found.group())
        place = names.get(namespace.group(1)) if namespace else None
        return _LOCATION.sub(rf'\1="{address_of(place)}"', found.group()) if place else found.group()

    moved = _ADDRESS.sub(rf"\g<1>{HOME}/services/NetSuitePort_{version}", _IMPORT.sub(located, text))
    return moved.replace(version, VERSION)
