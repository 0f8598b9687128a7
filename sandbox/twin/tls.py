"""How do the twins prove who they are? An authority of their own, and one certificate for every host they stand for."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Hard-coded in clients (clients.md, Hosts). OpenSSL matches no wildcard with an underscore, so such names are spelt out.
HOSTS = (
    "localhost", "127.0.0.1", "::1",
    "login.salesforce.com", "test.salesforce.com", "api.pubsub.salesforce.com", "*.salesforce.com",
    "*.my.salesforce.com", "*.sandbox.my.salesforce.com", "*.develop.my.salesforce.com",
    "webservices.netsuite.com", "rest.netsuite.com", "system.netsuite.com",
    "*.suitetalk.api.netsuite.com", "*.restlets.api.netsuite.com", "*.app.netsuite.com",
    "1234567_sb1.suitetalk.api.netsuite.com", "1234567_sb1.restlets.api.netsuite.com", "1234567_sb1.app.netsuite.com",
)  # fmt: skip
AUTHORITY_LIFE, CERTIFICATE_LIFE = timedelta(days=3650), timedelta(days=397)
RENEWED_BEFORE_END, CLOCKS_MAY_DIFFER = timedelta(days=30), timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """Where the PEM files lie: the authority that clients trust, the servers' certificate and its key."""

    authority: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return what a listening end needs."""
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(self.certificate, self.key)
        made.set_alpn_protocols(["http/1.1"])
        return made


def authority_file(state: Path) -> Path:
    """Return where the certificate lies that clients shall trust."""
    return state / "tls" / "ca.pem"


def identity(state: Path, *more_hosts: str) -> Identity:
    """Return the identity kept in a state folder; it is made once, and renewed before it ends or when hosts are added."""
    folder = authority_file(state).parent
    folder.mkdir(parents=True, exist_ok=True)
    found = Identity(authority_file(state), folder / "server.pem", folder / "server-key.pem")
    authority_key = folder / "ca-key.pem"
    if not (found.authority.exists() and authority_key.exists()):
        _make_authority(found.authority, authority_key)
    wanted = tuple(dict.fromkeys((*HOSTS, *more_hosts)))
    if not _holds(found, wanted):
        _make_certificate(found, authority_key, wanted)
    return found


def _make_authority(certificate: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Isthmus twins' certificate authority")
    rights = _key_usage(signs_certificates=True)
    built = (
        _builder(name, name, key.public_key(), AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(rights, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _private(key), 0o600)
    _write(certificate, built.public_bytes(serialization.Encoding.PEM), 0o644)


def _make_certificate(found: Identity, authority_key: Path, hosts: tuple[str, ...]) -> None:
    issuer = x509.load_pem_x509_certificate(found.authority.read_bytes())
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 — we made it; this tells the type checker
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        _builder(_name("Isthmus twins"), issuer.subject, key.public_key(), CERTIFICATE_LIFE)
        .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(found.key, _private(key), 0o600)
    _write(found.certificate, built.public_bytes(serialization.Encoding.PEM), 0o644)


def _holds(found: Identity, hosts: tuple[str, ...]) -> bool:
    """Tell whether the certificate is of our authority, names every host, belongs to its key and has time left."""
    if not (found.certificate.exists() and found.key.exists()):
        return False
    try:
        kept = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        kept.verify_directly_issued_by(x509.load_pem_x509_certificate(found.authority.read_bytes()))
        key = serialization.load_pem_private_key(found.key.read_bytes(), password=None)
        named = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, InvalidSignature, x509.ExtensionNotFound):
        return False
    lasts = kept.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE_END
    return lasts and key.public_key() == kept.public_key() and set(named) >= {_alternative(host) for host in hosts}


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_MAY_DIFFER)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write at once or not at all, and for nobody else's eyes where the mode says so."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)
