"""The tokens that an identity gets of Entra ID: how they are fetched, how long they are kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from controller.azure.clouds import Cloud
from controller.azure.flights import Flights
from controller.azure.identities import Identity, Method, invalid
from controller.model.errors import Answer, Fault, Stalled, Throttled, Transient
from controller.model.facts import Tell, TokenGiven, nobody
from controller.model.reasons import Reason

Fetch = Callable[[str], Awaitable[AccessToken]]
"""scope -> a new token; raises a Fault"""
Now = Callable[[], Awaitable[Fetch]]
"""whose tokens are given at the moment; raises a Fault"""

TIMEOUT = 30.0
"""seconds for one token, whatever the credential does"""
MARGIN = 300.0
"""a token is renewed this many seconds before it ends, as azure-identity does"""


def always(fetch: Fetch) -> Now:
    """The same identity at any time."""

    async def now() -> Fetch:
        return fetch

    return now


class Tokens:
    """The tokens of one identity: kept while they are valid, one request a scope at a time.

    It is an azure-core credential too, so that azure-mgmt asks for no token of its own.
    """

    def __init__(
        self, now: Now, *, clock: Callable[[], float] = time.time, tell: Tell = nobody
    ) -> None:
        """`now` is asked before each use whose tokens they are: another's are not used any more."""
        self._now = now
        self._clock = clock
        self._tell = tell
        self._kept: dict[str, tuple[Fetch, AccessToken]] = {}
        self._flights: Flights[AccessToken] = Flights()

    async def token(self, scope: str) -> AccessToken:
        """A valid token; raises Stalled(CredentialsInvalid), Transient or Throttled."""
        fetch = await self._now()
        giver, kept = self._kept.get(scope, (None, None))
        if kept and giver is fetch and kept.expires_on - MARGIN > self._clock():
            return kept
        return await self._flights.share((scope, fetch), lambda: self._renew(scope, fetch))

    def forget(self, scope: str, token: AccessToken) -> None:
        """Azure refused this token: the next call asks for another one."""
        _, kept = self._kept.get(scope, (None, None))
        if kept is token:
            del self._kept[scope]

    async def close(self) -> None:
        await self._flights.close()

    async def _renew(self, scope: str, fetch: Fetch) -> AccessToken:
        token = await fetch(scope)
        self._kept[scope] = fetch, token
        self._tell(TokenGiven(scope, token.expires_on))
        return token

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """As azure-core asks for it: one scope, options of no use here."""
        return await self.token(scopes[0])

    async def __aenter__(self) -> "Tokens":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def entra(who: Identity, cloud: Cloud) -> Fetch:
    """Fetches tokens by azure-identity.

    Each fetch makes its own credential and closes it: nothing stale is kept below `Tokens`, a
    rotated secret file is read again, and no session outlives its use.
    """
    make = _maker(who, cloud)

    async def fetch(scope: str) -> AccessToken:
        try:
            async with asyncio.timeout(TIMEOUT), make() as credential:
                return await credential.get_token(scope)
        except ClientAuthenticationError as error:
            raise _refused(error, who) from None
        except (AzureError, TimeoutError, ConnectionError) as error:
            raise _unreachable(cloud, error) from None
        except (OSError, ValueError) as error:
            raise invalid(f"Credential {who}: {_plain(error, who)}") from None

    return fetch


def _maker(who: Identity, cloud: Cloud) -> Callable[[], AsyncTokenCredential]:
    # a quarter of a second to import: only where real tokens are asked for
    from azure.identity import aio

    from controller.azure import certificates

    options: dict[str, Any] = {
        "authority": cloud.authority,
        "disable_instance_discovery": cloud.custom,
        # our own loop decides when to try again
        "retry_total": 0,
        "connection_timeout": 10,
    }
    if cloud.ca_file:
        options["connection_verify"] = str(cloud.ca_file)
    makers: Mapping[Method, Callable[[], AsyncTokenCredential]] = {
        Method.WORKLOAD_IDENTITY: lambda: aio.WorkloadIdentityCredential(
            tenant_id=who.tenant_id,
            client_id=who.client_id,
            token_file_path=who.token_file,
            **options,
        ),
        Method.CLIENT_SECRET: lambda: aio.ClientSecretCredential(
            who.tenant_id, who.client_id, who.client_secret, **options
        ),
        Method.CLIENT_CERTIFICATE: lambda: certificates.credential(who, options),
        # its endpoint is on the machine, and known to need the library's own few retries
        Method.MANAGED_IDENTITY: lambda: aio.ManagedIdentityCredential(
            client_id=who.client_id or None
        ),
        Method.CLI: lambda: aio.AzureCliCredential(tenant_id=who.tenant_id),
    }
    return makers[who.method]


def _refused(error: ClientAuthenticationError, who: Identity) -> Fault:
    status = _status(error)
    sentence = f"Entra ID gave no token for {who}: {_plain(error, who)}"
    answer = Answer(status)
    later = f"{sentence} It is tried again."
    if status == 429:
        return Throttled(Reason.THROTTLED, later, answer=answer)
    if status >= 500:
        return Transient(Reason.AZURE_UNAVAILABLE, later, answer=answer)
    return Stalled(Reason.CREDENTIALS_INVALID, sentence, answer=answer)


def _unreachable(cloud: Cloud, error: Exception) -> Transient:
    what = "did not answer in time" if isinstance(error, TimeoutError) else "could not be reached"
    message = f"Entra ID at {cloud.authority} {what} ({type(error).__name__}); it is tried again."
    return Transient(Reason.AZURE_UNAVAILABLE, message)


def _status(error: HttpResponseError) -> int:
    # credentials that never asked Entra raise it without a response
    return getattr(error.response, "status_code", 0) or 0


def _plain(error: Exception, who: Identity) -> str:
    """Entra's sentence (AADSTS…) without its trace ids and raw form, and never a secret."""
    text = str(error).partition("Content: {")[0].partition("Trace ID:")[0]
    for secret in who.secrets:
        text = text.replace(secret, "***")
    return " ".join(text.split()) or type(error).__name__
