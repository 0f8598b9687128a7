"""simple-salesforce: every way to sign in, its hard-coded hosts reached through the proxy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from diary import Diary
from simple_salesforce import Salesforce, SalesforceLogin

KNOWN = os.environ
USER, WORD = KNOWN["SF_USERNAME"], KNOWN["SF_PASSWORD"]
KEY, SECRET, TOKEN = KNOWN["SF_CLIENT_ID"], KNOWN["SF_CLIENT_SECRET"], KNOWN["SF_SECURITY_TOKEN"]
PEM = KNOWN["SF_JWT_KEY_FILE"]
ORG = "00DWs0000000001MAA"


def signed_in(**how: Any) -> list[str]:
    """Sign in and use the session once."""
    session = Salesforce(**how)
    name = session.query("SELECT Name FROM User LIMIT 1")["records"][0]["Name"]
    return [session.sf_instance, name]


diary = Diary()
user = {"username": USER, "password": WORD}
diary("token", lambda: signed_in(**user, security_token=TOKEN))
diary("token, sandbox", lambda: signed_in(**user, security_token=TOKEN, domain="test"))
diary("token, my domain", lambda: signed_in(**user, security_token=TOKEN, domain="isthmus.my"))
diary("token, client id", lambda: signed_in(**user, security_token=TOKEN, client_id="journey", version="60.0"))
diary("organization", lambda: signed_in(**user, organizationId=ORG))
diary("organization, 15", lambda: signed_in(**user, organizationId=ORG[:15]))
diary("oauth password", lambda: signed_in(**user, consumer_key=KEY, consumer_secret=SECRET))
jwt = {"username": USER, "consumer_key": KEY}
diary("jwt", lambda: signed_in(**jwt, privatekey_file=PEM))
diary("jwt, my domain", lambda: signed_in(**jwt, privatekey_file=PEM, instance_url="isthmus.my"))
diary("jwt, text", lambda: signed_in(**jwt, privatekey=Path(PEM).read_text(), domain="test"))
diary("client credentials", lambda: signed_in(consumer_key=KEY, consumer_secret=SECRET, domain="isthmus.my"))

session_id, instance = SalesforceLogin(username=USER, password=WORD, security_token=TOKEN)
diary("session, instance", lambda: signed_in(session_id=session_id, instance=instance))
diary("session, instance url", lambda: signed_in(session_id=session_id, instance_url=f"https://{instance}"))
there = KNOWN["SF_TLS_URL"]
diary("session, loopback", lambda: signed_in(session_id=session_id, instance_url=there))
diary("scratch url", lambda: SalesforceLogin(**user, security_token=TOKEN, scratch_url=KNOWN["SF_URL"])[1])

diary("wrong password", lambda: signed_in(username=USER, password="x", security_token=TOKEN))
diary("no token", lambda: signed_in(**user))
diary("wrong secret", lambda: signed_in(**user, consumer_key=KEY, consumer_secret="x"))
diary("stranger", lambda: signed_in(username="nobody@x.example", consumer_key=KEY, privatekey_file=PEM))
diary("no soap login any more", lambda: signed_in(**user, security_token=TOKEN, version="65.0"))
diary("wrong session", lambda: signed_in(session_id="00D!x", instance=instance))
diary.tell()
