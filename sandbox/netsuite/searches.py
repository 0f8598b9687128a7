"""Which searches can be asked for another page? Kept in the state file: a client may go on after a restart.

One dies when nobody has used it for fifteen minutes (netsuite.md 2.7).
"""

import secrets
from dataclasses import dataclass

from sandbox.netsuite.documents import Document, dump, load
from sandbox.netsuite.store import Store

LIFE = 15 * 60  # seconds that a search lives unused
_TABLE = """
CREATE TABLE IF NOT EXISTS soap_search (id TEXT PRIMARY KEY, request TEXT NOT NULL, preferences TEXT NOT NULL,
  used REAL NOT NULL)
"""


@dataclass(frozen=True)
class Kept:
    """A search as it is kept: what was asked as XML, and what was preferred."""

    id: str
    request: str
    preferences: Document


class Searches:
    """The searches of one account that have not died."""

    def __init__(self, store: Store) -> None:
        self._connection = store.connection
        self._connection.execute(_TABLE)
        store.also.add("soap_search")

    def keep(self, account: str, request: str, preferences: Document, now: float) -> Kept:
        """Keep a search that begins."""
        kept = Kept(f"WEBSERVICES_{account}_{secrets.token_hex(12)}_{secrets.token_hex(8)}", request, preferences)
        self._connection.execute("DELETE FROM soap_search WHERE used < ?", (now - LIFE,))
        row = (kept.id, request, dump(preferences), now)
        self._connection.execute("INSERT INTO soap_search VALUES (?, ?, ?, ?)", row)
        return kept

    def again(self, mark: str, now: float) -> Kept | None:
        """Find a search that lives, and count its life anew."""
        query = "UPDATE soap_search SET used = ? WHERE id = ? AND used >= ? RETURNING request, preferences"
        row = self._connection.execute(query, (now, mark, now - LIFE)).fetchone()
        return Kept(mark, row[0], load(row[1])) if row else None
