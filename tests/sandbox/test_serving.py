"""Are the twins reached as clients reach the originals: plain, over TLS, and through a proxy under the vendors' names?"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
import requests
from requests_oauthlib import OAuth1
from typer.testing import CliRunner

from sandbox.cli import app
from sandbox.twin import tls

ROOT = Path(__file__).resolve().parents[2]
SERVE = (sys.executable, "-m", "sandbox", "serve", "--salesforce-port", "0", "--netsuite-port", "0", "--latency", "off")
LOGIN, HOME = "https://login.salesforce.com", "https://isthmus.my.salesforce.com"
CALLED = (
    "localhost", "127.0.0.1", "::1", "login.salesforce.com", "test.salesforce.com", "api.pubsub.salesforce.com",
    "acme.my.salesforce.com", "acme--x.sandbox.my.salesforce.com", "na1.salesforce.com", "webservices.netsuite.com",
    "rest.netsuite.com", "system.netsuite.com", "1234567.suitetalk.api.netsuite.com", "1234567-sb1.restlets.api.netsuite.com",
    "1234567.app.netsuite.com", "1234567_SB1.suitetalk.api.netsuite.com", "1234567_SB1.restlets.api.netsuite.com",
    "1234567_sb1.app.netsuite.com",
)  # fmt: skip
ACCOUNT_HOST = "https://1234567-sb1.suitetalk.api.netsuite.com"


@dataclass(frozen=True)
class Served:
    """Running twins: what their env file says, and their process."""

    known: dict[str, str]
    process: subprocess.Popen[str]

    def get(self, url: str, **more: Any) -> requests.Response:
        return self.call("GET", url, **more)

    def call(self, method: str, url: str, **more: Any) -> requests.Response:
        """Send a request through the proxy, trusting the twins' authority alone."""
        ways = {"http": self.known["TWIN_PROXY"], "https": self.known["TWIN_PROXY"]}
        return requests.request(method, url, proxies=ways, verify=self.known["TWIN_CA_FILE"], timeout=10, **more)

    def token(self, url: str, **more: Any) -> dict[str, str]:
        form = {
            "grant_type": "password",
            "client_id": self.known["SF_CLIENT_ID"],
            "password": self.known["SF_PASSWORD"],
        }
        form |= {"client_secret": self.known["SF_CLIENT_SECRET"], "username": self.known["SF_USERNAME"]}
        found: dict[str, str] = self.call("POST", f"{url}/services/oauth2/token", data=form, **more).json()
        return found

    def oauth(self) -> OAuth1:
        names = ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET", "ACCOUNT")
        key, secret, token, token_secret, realm = (self.known[f"NS_{name}"] for name in names)
        return OAuth1(key, secret, token, token_secret, realm=realm, signature_method="HMAC-SHA256")


def start(folder: Path, *words: str, stderr: IO[str] | None = None) -> subprocess.Popen[str]:
    options = ("--state", str(folder / "state"), "--env-file", str(folder / "env"))
    return subprocess.Popen([*SERVE, *options, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)


def known(folder: Path, process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the env file as a shell would, once the twins have said that they are ready."""
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready salesforce http://")
    pairs = (line.partition("=") for line in (folder / "env").read_text().splitlines())
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with start(folder, "--tls") as process:
        yield Served(known(folder, process), process)
        process.terminate()
    assert process.returncode == 0


def test_a_login_host_sends_the_client_on_to_the_org_s_own(served: Served) -> None:
    assert served.token(LOGIN)["instance_url"] == HOME
    assert served.token(HOME)["instance_url"] == HOME
    assert served.token(served.known["SF_URL"])["instance_url"] == served.known["SF_URL"]
    assert served.token(served.known["SF_TLS_URL"])["instance_url"] == served.known["SF_TLS_URL"]


def test_a_tls_end_in_front_is_believed(served: Served) -> None:
    seen = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "acme.my.salesforce.com"}
    assert served.token(served.known["SF_URL"], headers=seen)["instance_url"] == "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    "host", [ACCOUNT_HOST, "https://1234567_SB1.suitetalk.api.netsuite.com", "NS_TLS_URL", "NS_URL"]
)
def test_a_signature_holds_over_the_address_that_the_client_used(served: Served, host: str) -> None:
    home = served.known.get(host, host)
    path = "/services/rest/record/v1/currency"
    answer = served.get(home + path, params={"limit": "1"}, auth=served.oauth())
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"][0]["links"][0]["href"].lower().startswith((home + path).lower())


def test_plain_requests_pass_the_proxy_too(served: Served) -> None:
    answer = served.get("http://test.salesforce.com/services/data?x=1")
    assert answer.json()[-1]["url"].startswith("/services/data/v")
    assert served.call("POST", "http://login.salesforce.com/services/oauth2/token", data={}).status_code == 400


def test_the_proxy_leads_nowhere_else(served: Served) -> None:
    assert served.get("http://example.com/").status_code == 403
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        served.get("https://salesforce.com.example.com/")
    assert requests.get(served.known["TWIN_PROXY"], timeout=5).status_code == 400


def test_a_post_through_the_proxy_waits_for_no_acknowledgement(served: Served) -> None:
    with requests.Session() as session:
        session.proxies, session.verify = {"https": served.known["TWIN_PROXY"]}, served.known["TWIN_CA_FILE"]
        session.trust_env = False  # a CA bundle named there would win
        times = []
        for _ in range(12):
            began = time.perf_counter()
            session.post(f"{LOGIN}/services/oauth2/token", data={"grant_type": "x" * 5000}, timeout=5)
            times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 0.035, times


def test_every_host_of_both_vendors_is_in_the_certificate(served: Served) -> None:
    context = ssl.create_default_context(cafile=served.known["TWIN_CA_FILE"])
    host, _, port = served.known["NS_TLS_URL"].removeprefix("https://").rpartition(":")
    for called in CALLED:
        with (
            socket.create_connection((host, int(port))) as bare,
            context.wrap_socket(bare, server_hostname=called) as one,
        ):
            assert one.version() in {"TLSv1.2", "TLSv1.3"}


def test_keys_and_the_env_file_are_for_their_owner_alone(served: Served) -> None:
    folder = Path(served.known["TWIN_CA_FILE"]).parent
    files = [folder / "ca-key.pem", folder / "server-key.pem", Path(served.known["SF_JWT_KEY_FILE"])]
    files += [Path(served.known["NS_KEY_FILE"]), folder.parent.parent / "env"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_authority_stays_and_hosts_are_added(tmp_path: Path) -> None:
    first = tls.identity(tmp_path)
    kept = first.authority.read_bytes(), first.certificate.read_bytes()
    assert tls.identity(tmp_path).certificate.read_bytes() == kept[1]
    again = tls.identity(tmp_path, "twins.example")
    assert (again.authority.read_bytes(), again.certificate.read_bytes()) != kept
    assert again.authority.read_bytes() == kept[0]


def test_a_large_body_and_a_client_that_waits_to_be_told_to_go_on(served: Served) -> None:
    host, _, port = served.known["SF_URL"].removeprefix("http://").rpartition(":")
    body = b"x" * 3_000_000
    with socket.create_connection((host, int(port)), timeout=10) as one:
        for _ in range(2):  # the connection is kept
            head = f"POST /services/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            one.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
            assert one.recv(100).startswith(b"HTTP/1.1 100 ")
            one.sendall(body)
            answer = one.recv(10_000)
            while b"}" not in answer:
                answer += one.recv(10_000)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"unsupported_grant_type" in answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_both_without_a_word_and_leaves_no_process(tmp_path: Path, number: int) -> None:
    said = (tmp_path / "said").open("w+")
    with start(tmp_path, *(["--tls"] if number == signal.SIGTERM else []), stderr=said) as process:
        found = known(tmp_path, process)
        held = [tunnel(found["TWIN_PROXY"]) for _ in range(2)] if "TWIN_PROXY" in found else []
        assert len(held) == (2 if number == signal.SIGTERM else 0)
        process.send_signal(number)
        assert process.wait(10) == 0
    assert_gone(found)
    assert not (tmp_path / "said").read_text()


def test_a_tunnel_whose_client_has_said_all_is_still_answered(served: Served) -> None:
    context = ssl.create_default_context(cafile=served.known["TWIN_CA_FILE"])
    with context.wrap_socket(tunnel(served.known["TWIN_PROXY"]), server_hostname="login.salesforce.com") as one:
        one.sendall(b"GET /services/data HTTP/1.1\r\nHost: login.salesforce.com\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := one.recv(65_536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200 ")


def tunnel(proxy: str) -> socket.socket:
    """Open a tunnel to the org's login host."""
    host, _, port = proxy.removeprefix("http://").rpartition(":")
    made = socket.create_connection((host, int(port)), timeout=10)
    made.sendall(b"CONNECT login.salesforce.com:443 HTTP/1.1\r\n\r\n")
    assert made.recv(100).startswith(b"HTTP/1.1 200 ")
    return made


def test_both_end_when_one_is_killed_or_their_parent_is(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        found = known(tmp_path, process)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        assert process.wait(10) == 1
    assert_gone(found)
    with start(tmp_path) as process:
        found = known(tmp_path, process)
        process.kill()
    assert_gone(found)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def assert_gone(found: dict[str, str]) -> None:
    for name in ("SF_URL", "NS_URL"):
        host, _, port = found[name].removeprefix("http://").rpartition(":")
        end = time.monotonic() + 5
        while (gone := _refuses(host, int(port))) is False and time.monotonic() < end:
            time.sleep(0.05)  # noqa: TID251 — a test may wait
        assert gone, name


def _refuses(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) != 0


def test_one_state_folder_is_served_once_at_a_time(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        found = known(tmp_path, process)
        state = Path(found["SF_JWT_KEY_FILE"]).parent
        for only in ((), ("--only", "netsuite")):
            again = subprocess.run([*SERVE, "--state", state, *only], capture_output=True, text=True, check=False)
            words = " ".join(again.stderr.split())
            assert (again.returncode, "already" in words, "--state" in words) == (1, True, True), words
        assert requests.get(f"{found['NS_URL']}/_twin/health", timeout=5).ok
        process.kill()  # its twins end behind it; the next run waits for them
    with start(tmp_path) as process:
        assert known(tmp_path, process)["SF_URL"]
        process.terminate()


def test_what_cannot_be_served_is_said_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    taken = socket.create_server(("127.0.0.1", 0))
    wishes = {
        ("--state", str(tmp_path / "file")): "cannot write to",
        ("--wsdl", str(tmp_path)): "no .wsdl file in it",
        ("--env-file", "/proc/nowhere/env"): "cannot write to /proc/nowhere",
        ("--slots", "0"): "from 1",
        ("--latency", "slow"): "off, demo, real",
        ("--only", "salesforce", "--salesforce-port", str(taken.getsockname()[1])): "in use",
        ("--netsuite-port", "99999"): "65535",
    }
    for wish, words in wishes.items():
        done = CliRunner().invoke(app, [*SERVE[3:], "--state", str(tmp_path / "state"), *wish])
        assert done.exit_code in {1, 2}, wish
        assert words in " ".join(done.output.split()), (wish, done.output)
    taken.close()


def test_what_the_env_file_names_can_be_sold_at_once(served: Served) -> None:
    known, items = served.known, served.known["NS_ITEM_IDS"].split(",")
    session = requests.Session()
    session.auth = served.oauth()
    record = f"{known['NS_URL']}/services/rest/record/v1"
    customer = {"companyName": "Seeds", "externalId": "SEED-1", "subsidiary": {"id": known["NS_SUBSIDIARY"]}}
    made = session.post(f"{record}/customer", json=customer, timeout=10)
    assert made.status_code == 204, made.text
    lines = [{"item": {"id": item}, "quantity": 1, "price": {"id": "-1"}, "rate": 7} for item in items]
    order = {"entity": {"id": made.headers["Location"].rpartition("/")[2]}, "item": {"items": lines}}
    made = session.post(f"{record}/salesOrder", json=order, timeout=10)
    assert made.status_code == 204, made.text
    assert session.get(made.headers["Location"], timeout=10).json()["total"] == 7 * len(items) == 42


def test_a_deal_with_lines_can_be_made_at_once(served: Served) -> None:
    base = f"{served.known['SF_URL']}/services/data/v{served.known['SF_API_VERSION']}"
    login = {"Authorization": f"Bearer {served.token(served.known['SF_URL'])['access_token']}"}
    found = "SELECT Id, Product2.ProductCode FROM PricebookEntry WHERE Pricebook2.IsStandard = TRUE AND IsActive = TRUE"
    asked = {"q": f"{found} AND CurrencyIsoCode = 'USD' ORDER BY Product2.ProductCode"}
    entries = requests.get(f"{base}/query", params=asked, headers=login, timeout=10).json()["records"]
    assert len(entries) >= 5
    deal = {"Name": "Seeds", "StageName": "Prospecting", "CloseDate": "2026-12-01", served.known["SF_EXT_FIELD"]: "9"}
    made = requests.post(f"{base}/sobjects/Opportunity", json=deal, headers=login, timeout=10).json()
    line = {"OpportunityId": made["id"], "PricebookEntryId": entries[0]["Id"], "Quantity": 2, "UnitPrice": 3.5}
    assert (
        requests.post(f"{base}/sobjects/OpportunityLineItem", json=line, headers=login, timeout=10).status_code == 201
    )
    read = requests.get(f"{base}/sobjects/Opportunity/{made['id']}", headers=login, timeout=10).json()
    assert (read["Amount"], read["HasOpportunityLineItem"]) == (7.0, True)
