"""In which CSV do rows come and go? Delimiters, line endings, quoting and nulls of the Bulk APIs (salesforce.md 0.6, 2.2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.refusals import Refused

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
NULL = "#N/A"
UNPARSED = "InvalidBatch : Failed to parse CSV. "
UNESCAPED = "Found unescaped quote. A value with quote should be within a quote"


class Unreadable(Exception):
    """An upload cannot be read as a whole; the message is the job's or batch's error."""


@dataclass(frozen=True)
class Dialect:
    """The CSV of one job."""

    delimiter: str = "COMMA"
    line_ending: str = "LF"

    def rows(self, content: bytes, *, checked: bool) -> Iterator[list[str]]:
        """Yield the header and then each row; raise Unreadable, for a wrong line ending only where it is `checked`."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Unreadable(f"{UNPARSED}The file is not UTF-8") from error
        if checked and _ending(text) not in {"", LINE_ENDINGS[self.line_ending]}:
            words = f"LineEnding is invalid on user data. Current LineEnding setting is {self.line_ending}"
            raise Unreadable(f"ClientInputError : {words}")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[self.delimiter], strict=True)
        try:
            yield from (row for row in reader if row)
        except (
            csv.Error
        ) as error:  # a quote inside a cell, or a cell of more than 131,072 characters (salesforce.md 2.3)
            raise Unreadable(UNPARSED + (str(error) if "limit" in str(error) else UNESCAPED)) from error

    def write(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Return rows as CSV, every cell quoted."""
        sink = io.StringIO(newline="")
        writer = csv.writer(
            sink,
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerows(rows)
        return sink.getvalue().encode()


def dialect_of(wish: Mapping[str, Any]) -> Dialect:
    """Return the CSV that a job asks for; refuse what is none."""
    delimiter, ending = str(wish.get("columnDelimiter") or "COMMA"), str(wish.get("lineEnding") or "LF")
    for name, value, known in (("columnDelimiter", delimiter, DELIMITERS), ("lineEnding", ending, LINE_ENDINGS)):
        if value not in known:
            raise Refused("INVALIDJOB", f"InvalidJob : {value} is no {name}; there are: {', '.join(known)}")
    return Dialect(delimiter, ending)


def _ending(text: str) -> str:
    """Return how the header line ends: the first line feed outside quotes tells."""
    at = quotes = 0
    while (found := text.find("\n", at)) >= 0:
        quotes += text.count('"', at, found)
        if quotes % 2 == 0:
            return "\r\n" if text[found - 1 : found] == "\r" else "\n"
        at = found + 1
    return ""
