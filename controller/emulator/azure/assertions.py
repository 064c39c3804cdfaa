"""Client assertions that a certificate signs, as Entra checks them.

The form is documented: learn.microsoft.com/entra/identity-platform/certificate-credentials.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_THUMBPRINTS = {"x5t": hashes.SHA1, "x5t#S256": hashes.SHA256}
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
_PADDINGS: dict[str, padding.AsymmetricPadding] = {"RS256": padding.PKCS1v15(), "PS256": _PSS}


def names_certificate(assertion: str) -> bool:
    """Whether it says that a certificate signed it; else it is somebody else's token."""
    header = _part(assertion, 0)
    return any(name in header for name in _THUMBPRINTS)


def is_signed(assertion: str, certificates: Iterable[str], *, client_id: str, url: str) -> bool:
    """Whether one of the certificates (PEM) signed it, for this application and token endpoint."""
    header, claims = _part(assertion, 0), _part(assertion, 1)
    if claims.get("iss") != client_id or claims.get("sub") != client_id or claims.get("aud") != url:
        return False
    loaded = (x509.load_pem_x509_certificate(pem.encode()) for pem in certificates)
    return any(_is_named(found, header) and _verifies(found, assertion, header) for found in loaded)


def _is_named(certificate: x509.Certificate, header: dict[str, Any]) -> bool:
    return any(
        _decode(str(header.get(name, ""))) == certificate.fingerprint(algorithm())
        for name, algorithm in _THUMBPRINTS.items()
    )


def _verifies(certificate: x509.Certificate, assertion: str, header: dict[str, Any]) -> bool:
    key, how = certificate.public_key(), _PADDINGS.get(str(header.get("alg")))
    signed, _, signature = assertion.rpartition(".")
    if how is None or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(_decode(signature), signed.encode(), how, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _part(assertion: str, place: int) -> dict[str, Any]:
    try:
        part: Any = json.loads(_decode(assertion.split(".")[place]))
    except (ValueError, IndexError):
        return {}
    return part if isinstance(part, dict) else {}


def _decode(text: str) -> bytes:
    """With or without the padding: azure-identity sends it."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
