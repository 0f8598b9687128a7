"""Are two names alike? Case, accents, punctuation, spaces and legal forms do not tell companies apart."""

from __future__ import annotations

import re
import unicodedata

# The forms that companies have in the countries that trade most (their own spelling, without points).
_FORMS = (
    "inc incorporated corp corporation co company llc llp lp ltd limited plc pty gmbh ag kg kgaa ohg ug se ev gbr mbh "
    "sa sas sarl sl slu srl spa snc sapa bv nv vof cv ab as asa aps oy oyj kft zrt doo dd sro spzoo oo ooo ao pte sdn bhd "
    "kk gk ltda eireli cia"
)
FORMS = frozenset(_FORMS.split())
BOUND = ("株式会社", "有限会社", "合同会社", "股份有限公司", "有限公司", "주식회사", "(株)", "㈱")
SMALL = frozenset({"the", "and", "und", "et", "y", "e", "of", "&"})
ACCENTED = frozenset("aeiouycn")  # letters that often come with an accent
KEPT, FEW = 6, 4  # so much of the first word is asked for


def likeness(name: str) -> str:
    """Return what of a company's name tells it from others.

    >>> likeness("ACME Söhne, G.m.b.H.") == likeness("Acme Sohne")
    True
    >>> likeness("Toyota") == likeness("株式会社Toyota")
    True
    """
    return "".join(_telling(name)) or "".join(_words(name))


def patterns(name: str) -> list[str]:
    """Return LIKE patterns of which any name in capitals that is alike to this one matches one.

    Letters that may bear an accent are left open; what is found is compared by `likeness` afterwards.

    >>> patterns("Müller & Co. KG")
    ['M_LL_R%', '% M_LL_R%']
    """
    words = _telling(name) or _words(name)
    if not words:
        return []
    first = words[0][:KEPT]
    if not first.isascii():
        return [f"%{first[:FEW].upper()}%"]
    open_letters = "".join("_" if letter in ACCENTED else letter.upper() for letter in first)
    return [f"{open_letters}%", f"% {open_letters}%"]


def _telling(name: str) -> list[str]:
    for form in BOUND:
        name = name.replace(form, " ")
    return [word for word in _words(name) if word not in FORMS and word not in SMALL]


def _words(name: str) -> list[str]:
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    plain = bare.casefold().replace(".", "").replace("'", "").replace("\u2019", "")
    return [word for word in re.split(r"[\W_]+", plain) if word]
