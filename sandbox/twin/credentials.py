"""Who may sign in to the twins? Names and secrets derived from a seed, and key pairs made once into the state folder."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ACCOUNT = "1234567_SB1"


@dataclass(frozen=True)
class SalesforceCredentials:
    """What a Salesforce client signs in with; `public_key` is the PEM that JWT assertions are checked against."""

    username: str
    password: str
    security_token: str
    client_id: str
    client_secret: str
    refresh_token: str
    public_key: bytes


@dataclass(frozen=True)
class NetSuiteCredentials:
    """What a NetSuite client signs in with; `public_key` is the PEM of the uploaded certificate's key."""

    account: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str
    client_id: str
    certificate_id: str
    public_key: bytes


def salesforce(seed: str, folder: Path) -> SalesforceCredentials:
    """Return the Salesforce credentials of a seed; the RSA key is made once into the folder."""
    return SalesforceCredentials(
        username="integration@isthmus.example",
        password=_derived(seed, "password")[:16],
        security_token=_derived(seed, "security token")[:24],
        client_id="3MVG9" + _derived(seed, "client id")[:40],
        client_secret=_derived(seed, "client secret"),
        refresh_token="5Aep" + _derived(seed, "refresh token"),
        public_key=_public_half(salesforce_key_file(folder), rsa_size=2048),
    )


def netsuite(seed: str, folder: Path) -> NetSuiteCredentials:
    """Return the NetSuite credentials of a seed; the EC key is made once into the folder."""
    return NetSuiteCredentials(
        account=ACCOUNT,
        consumer_key=_derived(seed, "consumer key"),
        consumer_secret=_derived(seed, "consumer secret"),
        token_id=_derived(seed, "token"),
        token_secret=_derived(seed, "token secret"),
        client_id=_derived(seed, "oauth client"),
        certificate_id=_derived(seed, "certificate")[:32],
        public_key=_public_half(netsuite_key_file(folder), rsa_size=None),
    )


def salesforce_key_file(folder: Path) -> Path:
    """Return where the private key for Salesforce's JWT bearer flow lies."""
    return folder / "salesforce-key.pem"


def netsuite_key_file(folder: Path) -> Path:
    """Return where the private key of NetSuite's certificate lies."""
    return folder / "netsuite-key.pem"


def _derived(seed: str, what: str) -> str:
    return sha256(f"{seed}/{what}".encode()).hexdigest()


def _public_half(path: Path, rsa_size: int | None) -> bytes:
    """Return the public PEM of the key at `path`, making an RSA (or P-256) key there first when there is none."""
    if not path.exists():
        _make_key(path, rsa_size)
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _make_key(path: Path, rsa_size: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(65537, rsa_size) if rsa_size else ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(pem)
