"""Which tokens are good? Access and refresh tokens of the org, kept in its state file (salesforce.md 1.1)."""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import dataclass

from sandbox.salesforce.ids import SHORT

ORGANIZATION = "00DWs0000000001MAA"
TABLES = (
    "CREATE TABLE IF NOT EXISTS access_token (token TEXT PRIMARY KEY, issued REAL NOT NULL, expires REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS refresh_token (token TEXT PRIMARY KEY, used INTEGER NOT NULL)",
)


@dataclass(frozen=True)
class Session:
    """One access token with the machine's times (Unix seconds) of its beginning and end."""

    token: str
    issued: float
    expires: float


class Sessions:
    """Opens, recognises and ends sessions; they outlive the process, and end by the machine's clock."""

    def __init__(self, connection: sqlite3.Connection, lifetime: float, first_refresh_token: str) -> None:
        """Take over the tokens of the state file; the first refresh token is good again at each start."""
        self._connection = connection
        self.lifetime = lifetime
        for table in TABLES:
            connection.execute(table)
        connection.execute("DELETE FROM access_token WHERE expires < ?", (time.time(),))
        connection.execute("INSERT OR REPLACE INTO refresh_token VALUES (?, 0)", (first_refresh_token,))
        rows = connection.execute("SELECT token, issued, expires FROM access_token")
        self._known = {row[0]: Session(*row) for row in rows}

    def recall(self) -> None:
        """Take over the tokens of a state that was restored; those that are good now stay good."""
        rows = self._connection.execute("SELECT token, issued, expires FROM access_token").fetchall()
        for one in self._known.values():
            self._connection.execute(
                "INSERT OR IGNORE INTO access_token VALUES (?, ?, ?)", (one.token, one.issued, one.expires)
            )
        self._known |= {row[0]: Session(*row) for row in rows}

    def open(self) -> Session:
        """Start a session."""
        now = time.time()
        made = Session(f"{ORGANIZATION[:SHORT]}!AQ{secrets.token_hex(48)}", now, now + self.lifetime)
        self._known[made.token] = made
        self._connection.execute("INSERT INTO access_token VALUES (?, ?, ?)", (made.token, made.issued, made.expires))
        return made

    def find(self, token: str) -> Session | None:
        """Return a living session by its token."""
        found = self._known.get(token)
        return found if found and found.expires >= time.time() else None

    def end(self, token: str) -> bool:
        """End a session; tell whether there was one."""
        self._connection.execute("DELETE FROM access_token WHERE token = ?", (token,))
        return self._known.pop(token, None) is not None

    def new_refresh_token(self) -> str:
        """Return a refresh token that is good for one use, or for many where tokens do not rotate."""
        made = f"5Aep861{secrets.token_urlsafe(60)}"
        self._connection.execute("INSERT INTO refresh_token VALUES (?, 0)", (made,))
        return made

    def is_refresh_token(self, token: str) -> bool:
        """Tell whether a refresh token is good."""
        return bool(
            self._connection.execute("SELECT 1 FROM refresh_token WHERE token = ? AND used = 0", (token,)).fetchone()
        )

    def use_up(self, token: str) -> bool:
        """Make a refresh token good for nothing; tell whether it was good."""
        sql = "UPDATE refresh_token SET used = 1 WHERE token = ? AND used = 0"
        return self._connection.execute(sql, (token,)).rowcount > 0
