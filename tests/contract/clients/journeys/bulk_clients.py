"""salesforce-bulk (Bulk API 1.0 in XML) and sfbulk2 (Bulk API 2.0 by the form with trailing slashes), on a loopback address."""

from __future__ import annotations

import csv
import io
import os
import time
from typing import Any

import requests
from diary import Diary
from salesforce_bulk import CsvDictsAdapter, SalesforceBulk
from sfbulk2 import SFBulk2

KNOWN = os.environ
URL = KNOWN["SF_URL"]
form = {
    "grant_type": "client_credentials",
    "client_id": KNOWN["SF_CLIENT_ID"],
    "client_secret": KNOWN["SF_CLIENT_SECRET"],
}
token = requests.post(f"{URL}/services/oauth2/token", data=form, timeout=20).json()["access_token"]
diary = Diary()


def one_dot_zero() -> dict[str, Any]:
    bulk = SalesforceBulk(sessionId=token, host=URL)
    job = bulk.create_insert_job("Contact", contentType="CSV", concurrency="Parallel")
    batch = bulk.post_batch(
        job, CsvDictsAdapter(iter([{"LastName": f"SB {n} ä"} for n in range(5)] + [{"LastName": ""}]))
    )
    bulk.wait_for_batch(job, batch, timeout=30, sleep_interval=0.2)
    results = bulk.get_batch_results(batch, job)
    bulk.close_job(job)
    asked = bulk.create_query_job("Contact", contentType="CSV")
    batch = bulk.query(asked, "SELECT Id, LastName FROM Contact WHERE LastName LIKE 'SB %'")
    bulk.wait_for_batch(asked, batch, timeout=30, sleep_interval=0.2)
    rows = [
        row
        for result in bulk.get_all_results_for_query_batch(batch, asked)
        for row in csv.DictReader(io.StringIO(result.read().decode()))
    ]
    bulk.close_job(asked)
    return {
        "made": [one.success for one in results].count("true"),
        "found": sorted(row["LastName"] for row in rows)[:1],
        "rows": len(rows),
    }


def two() -> dict[str, Any]:
    bulk = SFBulk2(access_token=token, instance_url=URL, api_version="v59.0")
    job = bulk.create_job("insert", "Contact")
    bulk.put_data(f"services/data/v59.0/jobs/ingest/{job}/batches", "LastName,Phone\nSFB ä,1\n" + "x" * 200 + ",2\n")
    bulk.patch_state(job, "UploadComplete")
    while (state := bulk.get_job_status(job, "ingest").json()["state"]) not in {"JobComplete", "Failed"}:
        time.sleep(0.1)
    failed = list(csv.DictReader(io.StringIO(bulk.get_failure_status(job).content.decode())))
    asked = bulk.create_query_job("SELECT Id, LastName FROM Contact WHERE LastName LIKE 'SFB%'")
    while bulk.get_job_status(asked, "query").json()["state"] != "JobComplete":
        time.sleep(0.1)
    rows = list(csv.DictReader(io.StringIO(bulk.get_query_results(asked).content.decode())))
    form = bulk.ingest_multipart("insert", "Contact", "LastName\nSFB form\n")
    return {
        "state": state,
        "failed": [row["sf__Error"].partition(":")[0] for row in failed],
        "rows": [row["LastName"] for row in rows],
        "form": form.status_code,
    }


diary("salesforce-bulk", one_dot_zero)
diary("sfbulk2", two)
diary.tell()
