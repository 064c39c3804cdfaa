"""Connectors for the preflight's tests: one flow from one stream to one table, bent at a time."""

import asyncio
from typing import Any

from controller.model.derived import Derived
from controller.model.kql import NO_CHECKER, Kql
from controller.reconcile.preflight.check import Schemas, preflight
from controller.reconcile.preflight.findings import Verdict
from tests.kusto import Here
from tests.reconcile.samples import derived

STREAM = {
    "ts": "string",
    "time": "datetime",
    "n": "long",
    "i": "int",
    "b": "boolean",
    "d": "dynamic",
    "Patch-Id": "string",
}
TABLE = {
    "TimeGenerated": "datetime",
    "Text": "string",
    "Count": "int",
    "Ratio": "real",
    "Uid": "guid",
}
FIELD = "spec.rule.flows[0].transformKql"


def columns(types: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": type_} for name, type_ in types.items()]


def flowing(transform: str | None, **replaced: Any) -> Derived:
    """One flow with this transform; `replaced` are top-level fields of the spec."""
    flow = {"stream": "Custom-Events", "table": "Events_CL"}
    if transform is not None:
        flow["transformKql"] = transform
    rule = {"streams": [{"name": "Custom-Events", "columns": columns(STREAM)}], "flows": [flow]}
    tables = [{"name": "Events_CL", "columns": columns(TABLE)}]
    return derived(**{"rule": rule, "tables": tables, **replaced})


def verdict(of: Derived, azure: Schemas | None = None, *, kql: Kql = NO_CHECKER) -> Verdict:
    return asyncio.run(preflight(of, azure or {}, kql))


def checked(of: Derived, azure: Schemas | None = None) -> Verdict:
    """With Kusto's language service."""
    return verdict(of, azure, kql=Here())


def said(found: Verdict) -> list[str]:
    return [f"{finding.severity} {finding}" for finding in found.findings]
