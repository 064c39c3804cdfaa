"""Entra: applications, client credentials and the tokens they get; and who a token speaks for.

Tokens are JWT-shaped, unsigned and carry their own truth, so that they outlive a restart. What a
principal may do is decided by the routes.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from controller.emulator.azure import assertions
from controller.emulator.azure.answers import Answer, Call, Json, Principal, Refused

LIFETIME_SECONDS = 3599
# of the public cloud, then of US Government and China: the emulator takes the place of any of them
ARM_AUDIENCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
)
INGESTION_AUDIENCES = (
    "https://monitor.azure.com",
    "https://monitor.azure.us",
    "https://monitor.azure.cn",
)
QUERY_AUDIENCES = (
    "https://api.loganalytics.io",
    "https://api.loganalytics.azure.com",
    "https://api.loganalytics.us",
    "https://api.loganalytics.azure.cn",
)
GRAPH_AUDIENCES = ("https://graph.microsoft.com",)
_RESOURCES = ARM_AUDIENCES + INGESTION_AUDIENCES + QUERY_AUDIENCES + GRAPH_AUDIENCES


@dataclass(frozen=True)
class Application:
    """An application and its service principal. `secret` "" means none. `subjects` are the
    federated subjects (workload identity) accepted as client assertions, `certificates` (PEM) may
    have signed one. `arm` says whether it has
    rights on ARM and on queries: the operator has, a push application has not."""

    tenant: str
    client_id: str
    service_principal_id: str
    display_name: str = ""
    secret: str = field(default="", repr=False)
    subjects: tuple[str, ...] = ()
    arm: bool = True
    certificates: tuple[str, ...] = ()


class Entra:
    """The directory of every tenant."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._read: dict[str, Json] = {}
        self.applications: dict[str, Application] = {}
        self.principals: set[str] = set()

    def add(self, application: Application) -> None:
        self.applications[application.client_id.lower()] = application
        self.principals.add(application.service_principal_id.lower())

    def ensure(self, application: Application) -> Application:
        """Add an application unless its client id is there; returns the one that is."""
        present = self.applications.get(application.client_id.lower())
        if present is not None:
            return present
        self.add(application)
        return application

    def knows(self, principal_id: str) -> bool:
        """Whether a directory object with this object id can get a role."""
        return principal_id.lower() in self.principals

    def application_of(self, principal: Principal) -> Application | None:
        return self.applications.get(principal.app_id.lower())

    def token(self, client_id: str, audience: str) -> str:
        """A token for an application, as the token endpoint would issue it (tests inject it)."""
        application = self.applications[client_id.lower()]
        now = int(self._clock().timestamp())
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{application.tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "appid": application.client_id,
            "oid": application.service_principal_id,
            "tid": application.tenant,
        }
        return ".".join([_encode({"typ": "JWT", "alg": "none"}), _encode(claims), "emulated"])

    def principal(self, authorization: str, audiences: tuple[str, ...]) -> Principal:
        """Who calls, or Refused 401 in ARM's words."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized(
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
            )
        claims = self._claims(token)
        if claims is None:
            raise _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        if claims["exp"] <= self._clock().timestamp():
            expiry = datetime.fromtimestamp(claims["exp"], UTC)
            raise _unauthorized(
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{expiry:%m/%d/%Y %I:%M:%S %p}' is earlier than "
                f"current UTC time '{self._clock():%m/%d/%Y %I:%M:%S %p}'.",
            )
        if str(claims["aud"]).rstrip("/") not in audiences:
            raise _unauthorized(
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource "
                f"'{claims['aud']}'. It should exactly match with one of the allowed audiences "
                + ",".join(f"'{audience}/'" for audience in audiences)
                + ".",
            )
        return Principal(str(claims["appid"]), str(claims["oid"]))

    def _claims(self, token: str) -> Json | None:
        if token not in self._read:
            if len(self._read) > 1000:
                self._read.clear()
            claims = _decode(token)
            if claims is None or str(claims["appid"]).lower() not in self.applications:
                return None
            self._read[token] = claims
        return self._read[token]


def configuration(call: Call, tenant: str) -> Answer:
    """`/{tenant}/v2.0/.well-known/openid-configuration`: azure-identity reads it before a token."""
    base = f"{call.base_url}/{tenant}"
    return Answer(
        200,
        {
            "issuer": f"{base}/v2.0",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "tenant_region_scope": "EU",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code", "token"],
        },
    )


def issue(entra: Entra, call: Call, tenant: str) -> Answer:
    """`/{tenant}/oauth2/v2.0/token`: client credentials by secret or federated assertion."""
    form = call.form
    application = entra.applications.get(form.get("client_id", "").lower())
    if form.get("grant_type") != "client_credentials":
        return _refusal(70003, "unsupported_grant_type", "The app requested an unsupported grant.")
    if application is None or application.tenant.lower() != tenant.lower():
        return _refusal(
            700016,
            "unauthorized_client",
            f"Application with identifier '{form.get('client_id', '')}' was not found in the "
            f"directory '{tenant}'.",
        )
    problem = _credential_problem(application, form, f"{call.base_url}{call.path}")
    if problem is not None:
        return problem
    resource = form.get("scope", "").split(" ")[0].removesuffix("/.default")
    if resource.rstrip("/") not in _RESOURCES:
        return _refusal(
            500011,
            "invalid_resource",
            f"The resource principal named {resource} was not found in the tenant named {tenant}.",
        )
    return Answer(
        200,
        {
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "ext_expires_in": LIFETIME_SECONDS,
            "access_token": entra.token(application.client_id, resource),
        },
    )


def _credential_problem(
    application: Application, form: Mapping[str, str], url: str
) -> Answer | None:
    assertion = form.get("client_assertion", "")
    if assertions.names_certificate(assertion):
        client_id, certificates = application.client_id, application.certificates
        if assertions.is_signed(assertion, certificates, client_id=client_id, url=url):
            return None
        return _refusal(
            700027,
            "invalid_client",
            "The certificate with identifier used to sign the client assertion is not registered "
            f"on application '{client_id}'.",
            status=401,
        )
    if assertion:
        claims = _payload(assertion) or {}
        if claims.get("sub") in application.subjects:
            return None
        return _refusal(
            700213,
            "invalid_client",
            "No matching federated identity record found for presented assertion subject "
            f"'{claims.get('sub', '')}'.",
        )
    if application.secret and form.get("client_secret") == application.secret:
        return None
    return _refusal(
        7000215,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client "
        "secret value, not the client secret ID, for a secret added to app "
        f"'{application.client_id}'.",
        status=401,
    )


def _refusal(number: int, code: str, sentence: str, *, status: int = 400) -> Answer:
    return Answer(
        status,
        {
            "error": code,
            "error_description": f"AADSTS{number}: {sentence}",
            "error_codes": [number],
        },
    )


def _unauthorized(code: str, message: str) -> Refused:
    return Refused(401, code, message, headers={"WWW-Authenticate": f'Bearer error="{code}"'})


def _encode(part: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _payload(token: str) -> Json | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


def _decode(token: str) -> Json | None:
    claims = _payload(token)
    if claims is None or not {"aud", "exp", "appid", "oid"} <= claims.keys():
        return None
    return claims
