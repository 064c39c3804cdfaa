"""Ways in to Entra ID: what each needs, whose its errors are, when its tokens are renewed."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError, aio

from controller.azure.clouds import CLOUDS, PUBLIC, Cloud
from controller.azure.credentials import MARGIN, Tokens, always, entra
from controller.azure.identities import Identity, Method, identity
from controller.model.errors import Fault, Stalled, Throttled, Transient
from controller.model.reasons import Reason
from tests.azure.certificates import certificate

TENANT = "9a1c6a3e-0000-4000-8000-000000000001"
ENVIRON = {
    "AZURE_TENANT_ID": TENANT,
    "AZURE_CLIENT_ID": "client",
    "AZURE_CLIENT_SECRET": "hush",
    "AZURE_CLIENT_CERTIFICATE_PATH": "/var/run/certificate",
    "AZURE_FEDERATED_TOKEN_FILE": "/var/run/token",
}


@pytest.mark.parametrize("method", Method)
def test_each_way_in_is_made_from_the_environment(method: Method) -> None:
    assert identity(method, ENVIRON).method == method


@pytest.mark.parametrize("method", [Method.MANAGED_IDENTITY, Method.CLI])
def test_what_azure_hosts_or_the_cli_knows_needs_nothing(method: Method) -> None:
    assert identity(method, {}) == Identity(method)


@pytest.mark.parametrize(
    ("method", "environ", "said"),
    [
        ("client-secret", {}, "needs AZURE_TENANT_ID and AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"),
        ("client-secret", {**ENVIRON, "AZURE_CLIENT_SECRET": ""}, "needs AZURE_CLIENT_SECRET; set"),
        (
            "workload-identity",
            {**ENVIRON, "AZURE_FEDERATED_TOKEN_FILE": ""},
            "needs AZURE_FEDERATED_TOKEN_FILE; set",
        ),
        ("default", ENVIRON, "'default' is not known; choose one of workload-identity,"),
    ],
)
def test_what_is_missing_is_one_sentence(
    method: str, environ: Mapping[str, str], said: str
) -> None:
    with pytest.raises(Stalled) as caught:
        identity(method, environ)

    assert said in caught.value.message
    assert caught.value.reason == Reason.CREDENTIALS_INVALID


def test_a_secret_that_is_not_used_is_not_kept() -> None:
    assert identity("cli", ENVIRON).client_secret == ""


def test_an_identity_does_not_show_its_secret() -> None:
    assert "hush" not in repr(identity("client-secret", ENVIRON))


def _with_status(status: int, message: str = "AADSTS9: no.") -> ClientAuthenticationError:
    error = ClientAuthenticationError(message)
    error.response = type("Response", (), {"status_code": status})()
    return error


@pytest.mark.parametrize(
    ("error", "handled", "reason"),
    [
        (_with_status(401), Stalled, Reason.CREDENTIALS_INVALID),
        (_with_status(400), Stalled, Reason.CREDENTIALS_INVALID),
        (_with_status(429), Throttled, Reason.THROTTLED),
        (_with_status(503), Transient, Reason.AZURE_UNAVAILABLE),
        (CredentialUnavailableError("run az login"), Stalled, Reason.CREDENTIALS_INVALID),
        (ServiceRequestError("refused"), Transient, Reason.AZURE_UNAVAILABLE),
        (ServiceResponseError("cut"), Transient, Reason.AZURE_UNAVAILABLE),
        (HttpResponseError("no JSON"), Transient, Reason.AZURE_UNAVAILABLE),
        (TimeoutError(), Transient, Reason.AZURE_UNAVAILABLE),
        (ConnectionResetError(), Transient, Reason.AZURE_UNAVAILABLE),
        (FileNotFoundError(2, "No such file", "/t"), Stalled, Reason.CREDENTIALS_INVALID),
        (ValueError("Invalid tenant id"), Stalled, Reason.CREDENTIALS_INVALID),
    ],
    ids=lambda value: getattr(value, "__name__", None) or repr(value),
)
async def test_each_failure_of_a_credential_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *, handled: type[Fault], reason: Reason
) -> None:
    async def fails(*_: Any, **__: Any) -> AccessToken:
        raise error

    monkeypatch.setattr(aio.ClientSecretCredential, "get_token", fails)

    with pytest.raises(handled) as caught:
        await entra(identity("client-secret", ENVIRON), PUBLIC)("scope")

    assert caught.value.reason == reason
    assert ("tried again" in caught.value.message) is issubclass(handled, Transient)
    assert caught.value.__suppress_context__


async def test_a_tenant_id_that_is_none_is_the_administrators_to_correct() -> None:
    who = Identity(Method.CLIENT_SECRET, tenant_id="no tenant", client_id="c", client_secret="hush")

    with pytest.raises(Stalled, match="Invalid tenant ID") as caught:
        await entra(who, PUBLIC)("scope")

    assert caught.value.reason == Reason.CREDENTIALS_INVALID


async def test_entras_sentence_is_told_without_trace_ids_and_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fails(*_: Any, **__: Any) -> AccessToken:
        raise _with_status(401, "AADSTS7000215: Invalid hush provided.\r\nTrace ID: 1 Time: 2")

    monkeypatch.setattr(aio.ClientSecretCredential, "get_token", fails)

    with pytest.raises(Stalled) as caught:
        await entra(identity("client-secret", ENVIRON), PUBLIC)("scope")

    assert caught.value.message == (
        "Entra ID gave no token for client-secret: AADSTS7000215: Invalid *** provided."
    )


@pytest.mark.parametrize(
    ("method", "credential"),
    [
        (Method.WORKLOAD_IDENTITY, aio.WorkloadIdentityCredential),
        (Method.CLIENT_SECRET, aio.ClientSecretCredential),
        (Method.CLIENT_CERTIFICATE, aio.CertificateCredential),
        (Method.MANAGED_IDENTITY, aio.ManagedIdentityCredential),
        (Method.CLI, aio.AzureCliCredential),
    ],
)
async def test_the_way_that_was_chosen_is_the_only_one_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, method: Method, *, credential: type
) -> None:
    file = tmp_path / "certificate"
    file.write_bytes(certificate("operator").pem)
    environ = {**ENVIRON, "AZURE_CLIENT_CERTIFICATE_PATH": str(file)}

    async def gives(*_: Any, **__: Any) -> AccessToken:
        return AccessToken(credential.__name__, 1)

    monkeypatch.setattr(credential, "get_token", gives)

    token = await entra(identity(method, environ), PUBLIC)("scope")

    assert token.token == credential.__name__


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=list(CLOUDS))
async def test_a_secret_goes_to_the_authority_of_its_cloud(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud
) -> None:
    asked: list[str] = []

    async def send(_: object, request: Any, **__: object) -> None:
        asked.append(request.url)
        raise ServiceRequestError("no way out of a test")

    monkeypatch.setattr(AioHttpTransport, "send", send)

    with pytest.raises(Transient):
        await entra(identity("client-secret", ENVIRON), cloud)(cloud.arm_scope)

    assert asked
    assert [url for url in asked if not url.startswith(f"{cloud.authority}/")] == []


class Source:
    """Gives tokens that end at `until`, or fails with `error`; counts how often it was asked."""

    def __init__(self, until: int = 3600) -> None:
        self.until = until
        self.asked = 0
        self.error: Exception | None = None

    async def __call__(self, scope: str) -> AccessToken:
        self.asked += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return AccessToken(f"{scope}-{self.asked}", self.until)


async def test_first_calls_at_the_same_time_make_one_request_a_scope() -> None:
    source = Source()
    async with Tokens(always(source), clock=lambda: 0) as tokens:
        found = await asyncio.gather(*(tokens.token(scope) for scope in "aabba"))

    assert source.asked == 2
    assert len({token.token for token in found}) == 2


@pytest.mark.parametrize(("left", "asked"), [(MARGIN + 1, 1), (MARGIN, 2)])
async def test_a_token_is_renewed_before_it_ends(left: float, asked: int) -> None:
    source = Source(until=3600)
    async with Tokens(always(source), clock=lambda: 3600 - left) as tokens:
        await tokens.token("a")
        await tokens.token("a")

    assert source.asked == asked


async def test_a_failure_is_not_kept() -> None:
    source = Source()
    source.error = Transient(Reason.AZURE_UNAVAILABLE, "no")
    async with Tokens(always(source), clock=lambda: 0) as tokens:
        with pytest.raises(Transient):
            await tokens.token("a")
        source.error = None
        assert (await tokens.token("a")).token == "a-2"


async def test_only_the_token_that_was_refused_is_forgotten() -> None:
    async with Tokens(always(Source()), clock=lambda: 0) as tokens:
        first = await tokens.token("a")
        tokens.forget("a", first)
        second = await tokens.token("a")
        tokens.forget("a", first)

        assert await tokens.get_token("a") is second
        assert second is not first


async def test_tokens_do_not_show_themselves() -> None:
    async with Tokens(always(Source()), clock=lambda: 0) as tokens:
        token = await tokens.token("a")

        assert token.token not in repr(tokens)
