"""simple-salesforce: Bulk API 1.0 and 2.0, and a session that ends on the way."""

from __future__ import annotations

import csv
import io
import os
from typing import Any

import requests
from diary import Diary
from simple_salesforce import Salesforce, SalesforceLogin

KNOWN = os.environ
FIELD = KNOWN["SF_EXT_FIELD"]
USER = {
    "username": KNOWN["SF_USERNAME"],
    "password": KNOWN["SF_PASSWORD"],
    "security_token": KNOWN["SF_SECURITY_TOKEN"],
}
session_id, _ = SalesforceLogin(**USER, scratch_url=KNOWN["SF_URL"])
sf = Salesforce(session_id=session_id, instance_url=KNOWN["SF_TLS_URL"])
diary = Diary()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def ingest() -> dict[str, Any]:
    records = [{"Name": f"Bulk2 {n}", "Phone": str(n), FIELD: f"B2-{n}"} for n in range(20)]
    (job,) = sf.bulk2.Account.insert(records=records, wait=0)
    good = rows(sf.bulk2.Account.get_successful_records(job["job_id"]))
    return {
        "total": job["numberRecordsTotal"], "processed": job["numberRecordsProcessed"], "failed": job["numberRecordsFailed"],
        "ids": len({row["sf__Id"] for row in good}), "created": {row["sf__Created"] for row in good} == {"true"},
    }  # fmt: skip


def upsert() -> dict[str, Any]:
    records = [
        {FIELD: "B2-1", "Name": "Bulk2 changed"},
        {FIELD: "B2-new", "Name": "Bulk2 new"},
        {FIELD: "B2-bad", "Name": "x" * 300},
    ]
    (job,) = sf.bulk2.Account.upsert(records=records, external_id_field=FIELD, wait=0)
    good = rows(sf.bulk2.Account.get_successful_records(job["job_id"]))
    (bad,) = rows(sf.bulk2.Account.get_failed_records(job["job_id"]))
    left = rows(sf.bulk2.Account.get_unprocessed_records(job["job_id"]))
    return {
        "created": sorted(row["sf__Created"] for row in good),
        "error": bad["sf__Error"].partition(":")[0],
        "bad": bad[FIELD],
        "left": left,
    }


def query() -> dict[str, Any]:
    found = sf.bulk2.Account.query("SELECT Id, Name FROM Account WHERE Name LIKE 'Bulk2 %'", max_records=10, wait=0)
    pages = [rows(page) for page in found]
    return {"pages": [len(page) for page in pages], "names": len({row["Name"] for page in pages for row in page})}


def one_dot_zero() -> dict[str, Any]:
    made = sf.bulk.Contact.insert([{"LastName": f"Bulk1 {n}"} for n in range(12)], batch_size=5)
    found = sf.bulk.Contact.query("SELECT Id, LastName, CreatedDate FROM Contact WHERE LastName LIKE 'Bulk1 %'")
    changed = sf.bulk.Contact.update([{"Id": row["Id"], "FirstName": "F"} for row in found], batch_size=10)
    wrong = sf.bulk.Contact.upsert([{FIELD: "B1-1", "LastName": "Bulk1 up"}, {FIELD: "B1-2"}], FIELD, batch_size=10)
    gone = sf.bulk.Contact.delete([{"Id": found[0]["Id"]}, {"Id": found[1]["Id"]}], batch_size=10)
    every = sf.bulk.Contact.query_all("SELECT Id FROM Contact WHERE LastName LIKE 'Bulk1 %'")
    return {
        "made": sum(row["success"] for row in made), "found": len(found), "milliseconds": isinstance(found[0]["CreatedDate"], int),
        "changed": sum(row["success"] for row in changed), "upserted": [row["success"] for row in wrong],
        "error": wrong[1]["errors"][0]["statusCode"], "gone": sum(row["success"] for row in gone), "every": len(every),
    }  # fmt: skip


def renewed() -> list[Any]:
    """Let the session end by a fault: the client signs in again and repeats, once, as it does with a password."""
    mine = Salesforce(**USER, version="59.0")
    before = mine.session_id
    fault = {"kind": "expire", "match": "GET .*/query", "times": 1}
    requests.post(KNOWN["SF_FAULT_URL"], json=fault, timeout=10).raise_for_status()
    return [mine.query("SELECT Id FROM User LIMIT 1")["totalSize"], mine.session_id != before]


diary("bulk2 ingest", ingest)
diary("bulk2 upsert", upsert)
diary("bulk2 query", query)
diary("bulk 1.0", one_dot_zero)
diary("expired on the way", renewed)
diary.tell()
