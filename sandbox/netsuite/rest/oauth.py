"""Does a REST caller's Authorization header hold? OAuth 1.0 over the address the caller saw, or a bearer token."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from sandbox.netsuite.rest.problems import out_of_scope, unwelcome
from sandbox.netsuite.signin import Claim, Denied, Door, encoded

_CHANNELS = {"rest_webservices": "REST", "restlets": "RESTlet"}
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the caller sees it; `query` is the raw query string."""

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""

    @property
    def home(self) -> str:
        """Give scheme and host."""
        return f"{self.scheme}://{self.host}"


def header_parts(header: str) -> dict[str, str]:
    """Read `OAuth realm="…", oauth_nonce="…"` into its decoded parts."""
    pairs = (part.strip().partition("=") for part in header.partition(" ")[2].split(","))
    return {name.strip(): unquote(value.strip().strip('"')) for name, _, value in pairs if name}


def base_string(seen: Seen, parts: dict[str, str]) -> str:
    """Build RFC 5849's signature base string; every oauth_ part but the signature counts, the realm does not."""
    sent = [(name, value) for name, value in parts.items() if name not in {"realm", "oauth_signature"}]
    sent += parse_qsl(seen.query, keep_blank_values=True)
    pairs = sorted((encoded(name), encoded(value)) for name, value in sent)
    address = f"{seen.scheme}://{seen.host.lower().removesuffix(_PORTS.get(seen.scheme, ''))}{seen.path}"
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(encoded(part) for part in (seen.method.upper(), address, joined))


def claim_of(seen: Seen, header: str) -> Claim | None:
    """Read the claim of an OAuth 1.0 header; None when a part is absent."""
    parts = header_parts(header)
    names = ("realm", "oauth_consumer_key", "oauth_token", "oauth_nonce", "oauth_timestamp")
    if not all(parts.get(name) for name in (*names, "oauth_signature", "oauth_signature_method")):
        return None
    account, consumer, token, nonce, stamp = (parts[name] for name in names)
    method, signed = parts["oauth_signature_method"], parts["oauth_signature"]
    return Claim(account, consumer, token, nonce, stamp, method, signed, base_string(seen, parts))


def sign_in(door: Door, seen: Seen, header: str, wanted: str) -> None:
    """Let the caller in to a service of the scope `wanted`, or raise the one problem that every failure gets."""
    scheme, _, rest = header.partition(" ")
    bearer, channel = scheme.lower() == "bearer", _CHANNELS[wanted]
    try:
        if bearer:
            if wanted not in door.bearer(channel, rest.strip()):
                raise out_of_scope(wanted, door.keys.account)
        elif claim := claim_of(seen, header):
            door.token_based(channel, claim)
        else:
            door.refuse(channel, "MissingOAuthParameters")
    except Denied as denied:
        raise unwelcome(bearer=bearer, realm=door.keys.account) from denied
