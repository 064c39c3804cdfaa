"""The operator's settings, read once from an environment argument. Every variable is named here."""

from collections.abc import Mapping
from dataclasses import dataclass

INSTALLATION = "CONTOSO_INSTALLATION"
NAMESPACE = "CONTOSO_NAMESPACE"
CLOUD = "CONTOSO_CLOUD"
CREDENTIAL = "CONTOSO_CREDENTIAL"
CONNECTIVITY_SECONDS = "CONTOSO_CONNECTIVITY_SECONDS"
WORKERS = "CONTOSO_WORKERS"
HEALTH_PORT = "CONTOSO_HEALTH_PORT"
LOG_FORMAT = "CONTOSO_LOG_FORMAT"

EVERY_NAMESPACE = "*"
INSTALLATION_LENGTH = 64
LOG_FORMATS = ("json", "plain")


class SettingsError(ValueError):
    """A setting that is missing or wrong: names the variable and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator decides. `installation` names this operator in Azure's tags."""

    installation: str
    namespace: str
    """the namespace served, or `*`"""
    credential: str
    """how to sign in to Entra: see `azure.credentials.Method`"""
    cloud: str = "public"
    """`public`, or the path of a JSON file that describes another cloud"""
    connectivity_seconds: int = 300
    workers: int = 8
    health_port: int = 0
    """0: no health endpoint"""
    log_format: str = "json"


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError for the first setting that cannot be used."""
    log_format = environ.get(LOG_FORMAT, "json")
    if log_format not in LOG_FORMATS:
        raise SettingsError(f"{LOG_FORMAT} is {log_format!r}: use one of {', '.join(LOG_FORMATS)}.")
    return Settings(
        installation=installation(_required(environ, INSTALLATION)),
        namespace=_required(environ, NAMESPACE),
        credential=_required(environ, CREDENTIAL),
        cloud=environ.get(CLOUD, "public"),
        connectivity_seconds=_number(environ, CONNECTIVITY_SECONDS, 300, least=1),
        workers=_number(environ, WORKERS, 8, least=1),
        health_port=_number(environ, HEALTH_PORT, 0, least=0),
        log_format=log_format,
    )


def installation(name: str) -> str:
    """A name that fits into the claim `<installation>/<namespace>/<name>` on a rule."""
    if "/" in name or len(name) > INSTALLATION_LENGTH:
        raise SettingsError(
            f"{INSTALLATION} is {name!r}: use at most {INSTALLATION_LENGTH} characters without '/'."
        )
    return name


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
