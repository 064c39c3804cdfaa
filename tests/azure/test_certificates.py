"""A certificate that cannot be used is told in one sentence, and nothing of it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.identity import aio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from controller.azure.clouds import PUBLIC
from controller.azure.credentials import entra
from controller.azure.identities import Identity, Method
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from tests.azure.certificates import Made, certificate

PASSWORD = "open sesame"
BEGIN = b"-----BEGIN CERTIFICATE-----"


@pytest.fixture(scope="module")
def plain() -> Made:
    return certificate("plain")


@pytest.fixture(scope="module")
def locked() -> Made:
    return certificate("locked", PASSWORD)


def signer(file: Path, password: str = "") -> Identity:
    return Identity(
        Method.CLIENT_CERTIFICATE,
        tenant_id="tenant",
        client_id="client",
        certificate_file=str(file),
        certificate_password=password,
    )


async def said_of(file: Path, password: str = "") -> str:
    with pytest.raises(Stalled) as caught:
        await entra(signer(file, password), PUBLIC)("scope")
    assert caught.value.reason == Reason.CREDENTIALS_INVALID
    return caught.value.message


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    file = tmp_path / "absent"
    assert await said_of(file) == (
        f"Credential client-certificate: AZURE_CLIENT_CERTIFICATE_PATH {file} cannot be read"
        " (No such file or directory): put the file there."
    )


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        (lambda pem: pem[pem.index(BEGIN) :], "has no private key: put it in, beside the cert"),
        (lambda pem: pem[: pem.index(BEGIN)], "has no certificate that can be read: put it in"),
        (lambda pem: pem[: len(pem) // 4], "has a private key that cannot be read: give the"),
        (lambda _: b"", "is neither PEM, nor PKCS #12 that AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    ],
    ids=["no key", "no certificate", "cut off", "empty"],
)
async def test_what_a_file_lacks_is_named(
    tmp_path: Path, plain: Made, *, spoiled: Callable[[bytes], bytes], said: str
) -> None:
    file = tmp_path / "certificate"
    file.write_bytes(spoiled(plain.pem))

    told = await said_of(file)

    assert f"AZURE_CLIENT_CERTIFICATE_PATH {file} {said}" in told
    assert "BEGIN" not in told


@pytest.mark.parametrize(
    ("form", "given", "said"),
    [
        ("pem", "", "has an encrypted private key: set AZURE_CLIENT_CERTIFICATE_PASSWORD."),
        ("pem", "wrong", "a private key that AZURE_CLIENT_CERTIFICATE_PASSWORD does not open"),
        ("pkcs12", "", "nor PKCS #12 that AZURE_CLIENT_CERTIFICATE_PASSWORD opens."),
        ("pkcs12", "wrong", "nor PKCS #12 that AZURE_CLIENT_CERTIFICATE_PASSWORD opens."),
    ],
)
async def test_a_password_that_does_not_open_the_key_is_told_and_not_shown(
    tmp_path: Path, locked: Made, form: str, *, given: str, said: str
) -> None:
    file = tmp_path / "certificate"
    file.write_bytes(getattr(locked, form))

    told = await said_of(file, given)

    assert said in told
    assert "wrong" not in told


async def test_a_key_that_cannot_sign_as_entra_wants_it_is_told(
    tmp_path: Path, plain: Made
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "certificate"
    file.write_bytes(pem + plain.public.encode())

    assert "must have an RSA private key" in await said_of(file)


async def test_a_password_that_nothing_needs_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plain: Made
) -> None:
    async def gives(*_: object, **__: object) -> AccessToken:
        return AccessToken("given", 1)

    monkeypatch.setattr(aio.CertificateCredential, "get_token", gives)
    file = tmp_path / "certificate"
    file.write_bytes(plain.pem)

    assert (await entra(signer(file, PASSWORD), PUBLIC)("scope")).token == "given"
