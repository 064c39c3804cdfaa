"""The operator's settings, read once from an environment argument. Every variable is named here."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

INSTALLATION = "CONTOSO_INSTALLATION"
NAMESPACE = "CONTOSO_NAMESPACE"
NAMESPACES = "CONTOSO_NAMESPACES"
CLOUD = "CONTOSO_CLOUD"
CREDENTIAL = "CONTOSO_CREDENTIAL"
CONNECTIVITY_SECONDS = "CONTOSO_CONNECTIVITY_SECONDS"
WORKERS = "CONTOSO_WORKERS"
HEALTH_PORT = "CONTOSO_HEALTH_PORT"
METRICS_PORT = "CONTOSO_METRICS_PORT"
TRACES_ENDPOINT = "CONTOSO_TRACES_ENDPOINT"
LOG_FORMAT = "CONTOSO_LOG_FORMAT"
LEASE_SECONDS = "CONTOSO_LEASE_SECONDS"
RELIST_SECONDS = "CONTOSO_RELIST_SECONDS"
POD = "CONTOSO_POD"

EVERY_NAMESPACE = "*"
EVERYWHERE = "/"
"""the scope above every subscription"""
INSTALLATION_LENGTH = 64
LOG_FORMATS = ("json", "plain")


class SettingsError(ValueError):
    """A setting that is missing or wrong: names the variable and what to do."""


class Who(StrEnum):
    """Whose rights in Azure the connectors of a namespace use."""

    OPERATOR = "Operator"
    """the operator's own identity, and no object may name a Secret"""
    SECRET = "Secret"  # noqa: S105 - a word of the setting
    """only that of a Secret, which every object has to name"""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the connectors of a namespace may touch in Azure, and as whom.

    `scopes` are ids of subscriptions and resource groups, or `/` for every one.
    """

    scopes: tuple[str, ...]
    identity: Who = Who.OPERATOR


OWN_NAMESPACE = Grant((EVERYWHERE,))
"""what the operator grants its own namespace when nothing is set"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator decides. `installation` names this operator in Azure's tags."""

    installation: str
    namespace: str
    """the operator's own"""
    credential: str
    """how to sign in to Entra: see `azure.credentials.Method`"""
    namespaces: Mapping[str, Grant]
    """what is served: namespaces by name, and `*` for those without an entry of their own"""
    cloud: str = "public"
    """the name of one of Microsoft's, or the path of a JSON file that describes another cloud"""
    connectivity_seconds: int = 300
    workers: int = 8
    health_port: int = 0
    """0: no health endpoint"""
    metrics_port: int = 0
    """0: neither metrics nor readiness"""
    traces_endpoint: str = ""
    """URL of an OpenTelemetry collector (OTLP over HTTP); "": no traces"""
    log_format: str = "json"
    lease_seconds: int = 0
    """after which another operator takes the place of a silent one; 0: this is the only one"""
    relist_seconds: int = 60
    """between two proofs that the watch misses nothing; after three in vain it counts as dead"""
    pod: str = ""
    """how this process is named in the Lease, to Azure and in audit lines; "": as its host"""

    @property
    def served(self) -> tuple[str, ...] | None:
        """The namespaces to watch, None: all."""
        return None if EVERY_NAMESPACE in self.namespaces else tuple(sorted(self.namespaces))

    def grant(self, namespace: str) -> Grant | None:
        """That of the namespace's own entry, else that of `*`; None: it is not served."""
        return self.namespaces.get(namespace) or self.namespaces.get(EVERY_NAMESPACE)


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError for the first setting that cannot be used."""
    log_format = environ.get(LOG_FORMAT, "json")
    if log_format not in LOG_FORMATS:
        raise SettingsError(f"{LOG_FORMAT} is {log_format!r}: use one of {', '.join(LOG_FORMATS)}.")
    namespace = _required(environ, NAMESPACE)
    return Settings(
        installation=installation(_required(environ, INSTALLATION)),
        namespace=namespace,
        namespaces=_grants(environ, namespace),
        credential=_required(environ, CREDENTIAL),
        cloud=environ.get(CLOUD, "public"),
        connectivity_seconds=_number(environ, CONNECTIVITY_SECONDS, 300, least=1),
        workers=_number(environ, WORKERS, 8, least=1),
        health_port=_number(environ, HEALTH_PORT, 0, least=0),
        metrics_port=_number(environ, METRICS_PORT, 0, least=0),
        traces_endpoint=_endpoint(environ),
        log_format=log_format,
        lease_seconds=_number(environ, LEASE_SECONDS, 0, least=0),
        relist_seconds=_number(environ, RELIST_SECONDS, 60, least=1),
        pod=environ.get(POD, "").strip(),
    )


def _endpoint(environ: Mapping[str, str]) -> str:
    endpoint = environ.get(TRACES_ENDPOINT, "").strip()
    if endpoint and not re.fullmatch(r"https?://[^/\s@]+(/\S*)?", endpoint):
        raise SettingsError(
            f"{TRACES_ENDPOINT} is {endpoint!r}: give the collector's URL for OTLP over HTTP, "
            "http://collector:4318 for instance."
        )
    return endpoint


def installation(name: str) -> str:
    """A name that fits into the claim `<installation>/<namespace>/<name>` on a rule."""
    if "/" in name or len(name) > INSTALLATION_LENGTH:
        raise SettingsError(
            f"{INSTALLATION} is {name!r}: use at most {INSTALLATION_LENGTH} characters without '/'."
        )
    return name


_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SCOPE = re.compile(
    r"/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"(/resourceGroups/[^/\\?#%&\s]*[^/\\?#%&\s.])?",
    re.IGNORECASE,
)


def _grants(environ: Mapping[str, str], own: str) -> Mapping[str, Grant]:
    text = environ.get(NAMESPACES, "").strip()
    if not text:
        return {own: OWN_NAMESPACE}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{NAMESPACES} is not JSON: {error}") from error
    if not isinstance(document, dict) or not document:
        raise SettingsError(
            f"{NAMESPACES} has to be an object of namespaces, such as"
            f' {{"soc": {{"scopes": ["/subscriptions/…"]}}}}; leave it out to serve {own} alone.'
        )
    for name in document:
        if name != EVERY_NAMESPACE and not _NAMESPACE.fullmatch(name):
            raise SettingsError(f"{NAMESPACES} has {name!r}: use the name of a namespace, or '*'.")
    return {name: _grant(f"{NAMESPACES}.{name}", entry) for name, entry in document.items()}


def _grant(where: str, entry: Any) -> Grant:
    if not isinstance(entry, dict) or not entry.keys() <= {"scopes", "identity"}:
        raise SettingsError(f"{where} has to be an object with scopes and, if need be, identity.")
    scopes = entry.get("scopes")
    if not isinstance(scopes, list) or not scopes:
        raise SettingsError(f"{where}.scopes has to be a list; ['/'] allows every subscription.")
    for scope in scopes:
        if not isinstance(scope, str) or not (scope == EVERYWHERE or _SCOPE.fullmatch(scope)):
            raise SettingsError(
                f"{where}.scopes has {scope!r}: use /subscriptions/GUID,"
                " /subscriptions/GUID/resourceGroups/NAME, or '/' for every subscription."
            )
    identity = entry.get("identity", Who.OPERATOR)
    if identity not in list(Who):
        raise SettingsError(f"{where}.identity is {identity!r}: use {' or '.join(Who)}.")
    return Grant(tuple(scopes), Who(identity))


def _required(environ: Mapping[str, str], variable: str) -> str:
    value = environ.get(variable, "").strip()
    if not value:
        raise SettingsError(f"{variable} is not set: give it (see the chart's values).")
    return value


def _number(environ: Mapping[str, str], variable: str, default: int, *, least: int) -> int:
    text = environ.get(variable, "").strip()
    if not text:
        return default
    if not text.isdigit() or int(text) < least:
        raise SettingsError(f"{variable} is {text!r}: use a whole number from {least} up.")
    return int(text)
