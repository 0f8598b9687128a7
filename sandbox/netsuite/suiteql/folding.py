"""How is a long list of values spared the parser? Bound as one value: a thousand ids then cost no more than one.

`id IN (1, 2, …)` becomes `id IN (:list)`, which is parsed once for all such queries and read as the rows of a JSON list.
"""

import json
import re
import secrets

_LONG = 20  # values; shorter lists are not worth it
_MARK = f"qi{secrets.token_hex(8)}_"  # no query can know it
_TEXT = r"'(?:[^']|'')*'"
_VALUE = rf"(?:{_TEXT}|-?\d+)"
_LIST = rf"\bIN\s*\((?P<list>\s*{_VALUE}(?:\s*,\s*{_VALUE}){{{_LONG - 1},}}\s*)\)"
_PART = re.compile(rf"{_TEXT}|--[^\n]*|/\*.*?\*/|{_LIST}", re.IGNORECASE | re.DOTALL)
_EACH = re.compile(_VALUE)
_PLACE = re.compile(rf"\bIN \(:({_MARK}\d+)\)")


def folded(query: str) -> tuple[str, dict[str, str]]:
    """Give a query with a name in the place of each long list, and the lists as JSON by these names."""
    lists: dict[str, str] = {}

    def fold(part: re.Match[str]) -> str:
        if part["list"] is None:
            return part[0]
        name = f"{_MARK}{len(lists)}"
        lists[name] = json.dumps([_value(one) for one in _EACH.findall(part["list"])])
        return f"IN (:{name})"

    return _PART.sub(fold, query), lists


def _value(text: str) -> str | int:
    return text[1:-1].replace("''", "'") if text.startswith("'") else int(text)


def spread(sql: str) -> str:
    """Read each list's name as the rows of its JSON."""
    return _PLACE.sub(r"IN (SELECT value FROM json_each(:\1))", sql)


def is_whole(sql: str) -> bool:
    """Tell whether every list could be spread: one that is compared with dates is read value by value."""
    return sql.count(f":{_MARK}") == sql.count(f"json_each(:{_MARK}")
