"""Certificates made for a test, as an application registers them and as its owner keeps them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Made:
    """`public` is the certificate alone, `pem` and `pkcs12` are it and its key."""

    public: str
    pem: bytes
    pkcs12: bytes
    key: rsa.RSAPrivateKey

    def signed(self, claims: Mapping[str, str], *, thumbprint_of: Made) -> str:
        """A client assertion by this key that names the certificate of another."""
        named = x509.load_pem_x509_certificate(thumbprint_of.public.encode())
        header = {"alg": "RS256", "x5t": _encode(named.fingerprint(hashes.SHA1()))}  # noqa: S303
        text = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encode(signature)}"


def certificate(name: str, password: str = "") -> Made:
    """A new one that signs itself; `password` encrypts the key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    found = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    public = found.public_bytes(serialization.Encoding.PEM)
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password.encode())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    both = pkcs12.serialize_key_and_certificates(name.encode(), key, found, None, lock)
    return Made(public.decode(), private + public, both, key)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
