"""Specs for tests: one that is legal, and how to bend it."""

from copy import deepcopy
from typing import Any

SUBSCRIPTION = "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"


def spec(**replaced: Any) -> dict[str, Any]:
    """A small legal spec, as JSON; a field given as None is left out."""
    legal: dict[str, Any] = {
        "workspace": {
            "subscriptionId": SUBSCRIPTION,
            "resourceGroup": "sentinel-rg",
            "name": "LogAnalytics1",
        },
        "tables": [
            {"name": "Logins_CL", "columns": [{"name": "User", "type": "string"}]},
            {"name": "Alerts_CL", "columns": [{"name": "Alert", "type": "dynamic"}]},
        ],
        "application": {
            "existing": {"appId": SUBSCRIPTION, "servicePrincipalId": SUBSCRIPTION},
        },
    }
    bent = {**legal, **replaced}
    return deepcopy({key: value for key, value in bent.items() if value is not None})


def column(name: str = "A", type_: str = "string") -> dict[str, Any]:
    """A column as JSON."""
    return {"name": name, "type": type_}


def table(name: str = "Logins_CL", *columns: dict[str, Any]) -> dict[str, Any]:
    """A table as JSON, with one column unless others are given."""
    return {"name": name, "columns": list(columns) or [column()]}


def stream(name: str) -> dict[str, Any]:
    """A stream as JSON."""
    return {"name": name, "columns": [column()]}


def flow(stream_name: str, output: str) -> dict[str, Any]:
    """A flow as JSON, to a table of ours or to an outputStream."""
    key = "outputStream" if "-" in output else "table"
    return {"stream": stream_name, key: output}
