"""A certificate with its private key, of a file or a Secret: whether it can sign for somebody.

Every refusal is one sentence that names the variable or key, and shows nothing of what it holds.
"""

from pathlib import Path
from typing import Any

from azure.identity import aio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from controller.azure.identities import CERTIFICATE, Identity, invalid, variable
from controller.model.errors import Stalled

_FILE = variable("certificate_file")
_PASSWORD = variable("certificate_password")


def credential(who: Identity, options: dict[str, Any]) -> aio.CertificateCredential:
    """azure-identity's; a file is read now: whoever renews it does so in place.

    PEM and PKCS #12, as azure-identity reads them; `options` are those of its credentials. Raises
    Stalled(CredentialsInvalid).
    """
    where, data = f"Credential {who}: {CERTIFICATE}", who.certificate
    if not data:
        where = f"Credential {who}: {_FILE} {who.certificate_file}"
        data = _read(Path(who.certificate_file), where)
    password = _opens(data, who.certificate_password.encode(), where)
    return aio.CertificateCredential(
        who.tenant_id, who.client_id, certificate_data=data, password=password, **options
    )


def _read(file: Path, where: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _refusal(f"{where} cannot be read ({error.strerror}): put the file there") from None


def _opens(data: bytes, password: bytes, where: str) -> bytes | None:
    """The password, None where there is nothing to open: azure-identity refuses one then."""
    if b"-----BEGIN" not in data:
        return _opens_pkcs12(data, password or None, where)
    if b"PRIVATE KEY-----" not in data:
        raise _refusal(f"{where} has no private key: put it in, beside the certificate")
    # as PKCS #8 (its own label) and the older form (a header) say it
    encrypted = b"ENCRYPTED" in data
    if encrypted and not password:
        raise _refusal(f"{where} has an encrypted private key: set {_PASSWORD}")
    try:
        load_pem_private_key(data, password if encrypted else None)
    except (TypeError, ValueError):
        what = f"that {_PASSWORD} does not open" if encrypted else "that cannot be read"
        raise _refusal(f"{where} has a private key {what}: give the right one") from None
    try:
        x509.load_pem_x509_certificate(data)
    except ValueError:
        said = "has no certificate that can be read: put it in, beside the private key"
        raise _refusal(f"{where} {said}") from None
    return password if encrypted else None


def _opens_pkcs12(data: bytes, password: bytes | None, where: str) -> bytes | None:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(data, password)
    except ValueError:
        raise _refusal(f"{where} is neither PEM, nor PKCS #12 that {_PASSWORD} opens") from None
    if key is None or certificate is None:
        raise _refusal(f"{where} has to hold a private key and its certificate")
    return password


def _refusal(sentence: str) -> Stalled:
    return invalid(f"{sentence}.")
