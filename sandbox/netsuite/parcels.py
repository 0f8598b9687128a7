"""Which parcels does a fulfilment have? Kept beside it by triggers, so that a tracking number is found along an index."""

import sqlite3

_NUMBER = " , ".join(f"json_extract(p.value, '$.packageTrackingNumber{one}')" for one in ("", "Ups", "Usps", "FedEx"))
_OF = f"""
SELECT r.id * 10000 + m.key * 1000 + p.key, r.id, coalesce({_NUMBER})
FROM ns_transaction r, json_each('["package","packageUps","packageUsps","packageFedEx"]') m, json_each(r.doc, '$.' || m.value) p
WHERE coalesce({_NUMBER}) IS NOT NULL AND r.type = 'itemFulfillment'
"""  # noqa: S608 — the expressions above
_TABLE = """
CREATE TABLE parcel (id INTEGER NOT NULL PRIMARY KEY, record INTEGER NOT NULL, number TEXT NOT NULL);
CREATE INDEX parcel_of ON parcel (record);
"""
_FORGET = "DELETE FROM parcel WHERE record = {0}.id;"
_NOTE = f"INSERT INTO parcel {_OF} AND r.id = NEW.id;"
_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS parcel_{0} AFTER {0} ON ns_transaction WHEN {1}.type = 'itemFulfillment' BEGIN {2} END;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the table and its triggers; a file that is older gets its parcels now."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'parcel'").fetchone()
    if known is None:
        connection.executescript(f"{_TABLE} INSERT INTO parcel {_OF};")
    old = _FORGET.format("OLD")
    parts = (("INSERT", "NEW", _NOTE), ("UPDATE", "NEW", old + _NOTE), ("DELETE", "OLD", old))
    connection.executescript("".join(_TRIGGER.format(*part) for part in parts))
