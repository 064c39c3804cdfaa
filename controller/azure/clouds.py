"""Where Azure is: the hosts and token scopes of one cloud. Knows no credential."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class CloudError(ValueError):
    """A field of a cloud's file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """URLs are bases without a slash at the end; scopes are what tokens are asked for.

    `ca_file` is the only authority that is trusted when given (PEM).
    """

    name: str
    authority: str
    arm: str
    arm_scope: str
    logs: str
    logs_scope: str
    ingest_scope: str
    ca_file: Path | None = None

    @property
    def custom(self) -> bool:
        """Entra's instance discovery, which asks login.microsoftonline.com, is not for it."""
        return self.authority != PUBLIC.authority


PUBLIC = Cloud(
    name="public",
    authority="https://login.microsoftonline.com",
    arm="https://management.azure.com",
    arm_scope="https://management.azure.com/.default",
    logs="https://api.loganalytics.azure.com",
    logs_scope="https://api.loganalytics.io/.default",
    ingest_scope="https://monitor.azure.com/.default",
)

# authority and ARM: azure-identity (AzureAuthorityHosts) and azure-mgmt-core (get_arm_endpoints),
# held equal by a test. logs: azure-sdk-for-go, azlogs/cloud_config.go; azure-sdk-for-net,
# LogsQueryAudience. ingest: azure-monitor-docs, logs-ingestion-api-overview.md.
US_GOVERNMENT = Cloud(
    name="usgovernment",
    authority="https://login.microsoftonline.us",
    arm="https://management.usgovcloudapi.net",
    arm_scope="https://management.core.usgovcloudapi.net/.default",
    logs="https://api.loganalytics.us",
    logs_scope="https://api.loganalytics.us/.default",
    ingest_scope="https://monitor.azure.us/.default",
)
CHINA = Cloud(
    name="china",
    authority="https://login.chinacloudapi.cn",
    arm="https://management.chinacloudapi.cn",
    arm_scope="https://management.chinacloudapi.cn/.default",
    logs="https://api.loganalytics.azure.cn",
    logs_scope="https://api.loganalytics.azure.cn/.default",
    ingest_scope="https://monitor.azure.cn/.default",
)
CLOUDS: Mapping[str, Cloud] = {cloud.name: cloud for cloud in (PUBLIC, US_GOVERNMENT, CHINA)}
"""those that a setting names; any other is described by a file"""

_URLS = frozenset({"authority", "arm", "logs"})


def parse(document: object) -> Cloud:
    """A cloud from a JSON object with the keys of `Cloud`; `caFile` is optional.

    Keys are camelCase (`armScope`). Raises CloudError that names the field.
    """
    if not isinstance(document, Mapping):
        raise CloudError(f"a cloud is a JSON object, not {type(document).__name__}")
    known = {_camel(field.name): field.name for field in fields(Cloud)}
    unknown = sorted(str(key) for key in set(document) - set(known))
    if unknown:
        raise CloudError(f"{unknown[0]}: unknown field; known are {', '.join(known)}")
    values = {attribute: _text(document, key) for key, attribute in known.items()}
    ca_file = values.pop("ca_file")
    return Cloud(
        **{key: _url(key, text) if key in _URLS else text for key, text in values.items()},
        ca_file=Path(ca_file) if ca_file else None,
    )


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if value is None and key == "caFile":
        return ""
    if value is None:
        raise CloudError(f"{key}: missing; give it as text")
    if not isinstance(value, str) or not value.strip():
        raise CloudError(f"{key}: {value!r} is not text; give a non-empty string")
    return value.strip()


def _url(key: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CloudError(f"{key}: {text!r} is not a URL; begin it with https://")
    if parts.query or parts.fragment or parts.username:
        raise CloudError(f"{key}: a base URL has no user, query or fragment")
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise CloudError(f"{key}: {text!r} would send tokens in the clear; use https://")
    return text.rstrip("/")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
