"""How do the contract's tables become schema texts? Entries of `types.yaml` to complex types, words to enumerations.

The notation is told at the head of each table.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any
from xml.sax.saxutils import quoteattr

import yaml

_CARDINALITIES = {
    "": "", "?": ' minOccurs="0"', "*": ' minOccurs="0" maxOccurs="unbounded"', "+": ' maxOccurs="unbounded"',
}  # fmt: skip
_XSD = "http://www.w3.org/2001/XMLSchema"


@cache
def table(name: str) -> Any:
    """Read one of the contract's tables; every leaf is text."""
    text = resources.files(__package__).joinpath(f"{name}.yaml").read_text("utf-8")
    return yaml.load(text, yaml.CBaseLoader)  # noqa: S506 — this loader makes nothing but text


@dataclass
class Book:
    """The types of a contract being made: where each lies, and the texts by place."""

    home: dict[str, str] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)

    def declare(self, name: str, place: str) -> bool:
        """Say where a type lies; False when it lies somewhere already."""
        if name in self.home:
            return False
        self.home[name] = place
        return True

    def add(self, place: str, text: str) -> None:
        """Add one declaration to a place."""
        self.texts.setdefault(place, []).append(text)

    def named(self, name: str, place: str) -> str:
        """Give a type's qualified name as written in a place; small words are XML Schema's own."""
        if name[:1].islower() and name not in self.home:
            return f"xsd:{name}"
        there = self.home[name]
        self.uses.setdefault(place, set()).add(there)
        return f"{prefix(there)}:{name}"


def prefix(place: str) -> str:
    """Give a place's prefix, which only has to be its own."""
    return place.replace(" ", "-").replace("types.", "types-")


def element(book: Book, place: str, name: str, kind: str, cardinality: str = "?") -> str:
    """Declare an element inside a type."""
    return f'<xsd:element name={quoteattr(name)} type="{book.named(kind, place)}"{_CARDINALITIES[cardinality]}/>'


def complex_type(name: str, inner: str, *, base: str = "", attributes: str = "", abstract: bool = False) -> str:
    """Declare a type of a sequence of elements, an extension when it has a base."""
    content = f"<xsd:sequence>{inner}</xsd:sequence>{attributes}" if inner else attributes
    if base:
        shape = "simpleContent" if base.startswith("xsd:") else "complexContent"
        content = f'<xsd:{shape}><xsd:extension base="{base}">{content}</xsd:extension></xsd:{shape}>'
    mark = ' abstract="true"' if abstract else ""
    return f'<xsd:complexType name="{name}"{mark}>{content}</xsd:complexType>'


def enumeration(name: str, words: list[str]) -> str:
    """Declare an enumeration."""
    values = "".join(f"<xsd:enumeration value={quoteattr(one)}/>" for one in words)
    return (
        f'<xsd:simpleType name="{name}"><xsd:restriction base="xsd:string">{values}</xsd:restriction></xsd:simpleType>'
    )


def _attribute(book: Book, place: str, name: str, kind: str) -> str:
    kind, _, default = kind.partition("=")
    use = f' default="{default}"' if default else "" if name.endswith("?") else ' use="required"'
    return f'<xsd:attribute name="{name.rstrip("?")}" type="{book.named(kind, place)}"{use}/>'


def entry(book: Book, place: str, name: str, listed: str) -> str:
    """Declare one type of `types.yaml`."""
    inner, attributes, base, abstract = "", "", "", False
    for part in (one.strip() for one in listed.split(",") if one.strip()):
        word, _, kind = part.partition(" ")
        mark = word[-1] if word[-1] in "?*+" else ""
        if word == "abstract":
            abstract = True
        elif word[0] == "<":
            base = book.named(word[1:], place)
        elif word[0] == "@":
            attributes += _attribute(book, place, word[1:], kind)
        elif word[0] == "=":
            inner += f'<xsd:element ref="{book.named(word.strip("=?*+"), place)}"{_CARDINALITIES[mark]}/>'
        else:
            inner += element(book, place, word.rstrip("?*+"), kind, mark)
    return complex_type(name, inner, base=base, attributes=attributes, abstract=abstract)


def schema(book: Book, place: str, urn_of: dict[str, str], locations: dict[str, str]) -> str:
    """Give the whole schema of a place; it imports what it uses, in the contract's order."""
    used = [one for one in urn_of if one in book.uses.get(place, set()) and one != place]
    spaces = "".join(f' xmlns:{prefix(one)}="{urn_of[one]}"' for one in [place, *used])
    imports = "".join(f'<xsd:import namespace="{urn_of[one]}" schemaLocation="{locations[one]}"/>' for one in used)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><xsd:schema xmlns:xsd="{_XSD}"{spaces} '
        f'targetNamespace="{urn_of[place]}" elementFormDefault="qualified">{imports}'
        f"{''.join(book.texts.get(place, []))}</xsd:schema>"
    )
