"""Do two texts name the same business? Case, accents, punctuation and legal forms do not tell businesses apart."""

from __future__ import annotations

import re
import unicodedata

FORM = re.compile(
    r"inc|incorporated|corp|corporation|co|company|llc|llp|lp|ltd|limited|plc|gmbh|mbh|ag|kg|se|sa|sas|sarl|spa|srl|bv|nv"
    r"|ab|as|oy|pty|pte|kk"
)
SMALL = frozenset({"the", "and"})
WORD = re.compile(r"\w+")
ADDRESS = re.compile(r"^(https?://)?(www\.)?", re.IGNORECASE)


def normal(value: object) -> str:
    """Return the form in which texts compare; of a web address only the host counts.

    >>> normal("The Acme Société, Inc."), normal("https://www.Acme.com/en"), normal("Müller & Söhne GmbH & Co. KG")
    ('acme societe', 'acme.com', 'muller sohne')
    """
    found = str(value or "").strip()
    if ADDRESS.match(found).end():  # type: ignore[union-attr] # every part of the pattern may be empty
        return ADDRESS.sub("", found).split("/")[0].casefold()
    plain = _plain(found)
    words = [word for word in WORD.findall(plain.casefold().replace(".", "")) if word not in SMALL]
    return " ".join([word for word in words if not FORM.fullmatch(word)] or words)


def first_word(value: object) -> str:
    """Return the first word that tells something, as it is written: what a search can begin with.

    >>> first_word("The Acme Company")
    'Acme'
    """
    words = WORD.findall(str(value or ""))
    telling = (word for word in words if word.casefold() not in SMALL and not FORM.fullmatch(word.casefold()))
    return next(telling, words[0] if words else "")


def _plain(text: str) -> str:
    """Return the text without the accents that people leave out."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
