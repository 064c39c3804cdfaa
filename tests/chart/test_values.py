"""Every value is known, explained, used, and refused when it is misspelt."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from controller.cli import manifests
from tests import generated
from tests.chart.helm import (
    CHART,
    CILIUM,
    CLIENT_SECRET,
    EVERYTHING,
    NAMED,
    Json,
    helm,
    text,
)

SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text())
(VALUES,) = manifests.load_all((CHART / "values.yaml").read_text())
README = "charts/contoso-connector-operator/README.md"

MANAGED = (*NAMED, "credential.method=managed-identity")
SECRET = (*NAMED, "credential.method=client-secret", "credential.secretName=azure")
ACCOUNT = (*EVERYTHING, "serviceAccount.name=theirs")
OTHER: Mapping[str, tuple[tuple[str, ...], str]] = {
    "installation": (EVERYTHING, "other"),
    "namespaces": (CLIENT_SECRET, "null"),
    "credential.method": (EVERYTHING, "managed-identity"),
    "credential.clientId": (EVERYTHING, "other"),
    "credential.tenantId": (EVERYTHING, "other"),
    "credential.secretName": (SECRET, "other"),
    "cloud": (EVERYTHING, "china"),
    "cloudConfigMap": (EVERYTHING, "other"),
    "crds.install": (EVERYTHING, "false"),
    "crds.keep": (EVERYTHING, "true"),
    "replicas": (EVERYTHING, "3"),
    "leaseSeconds": (EVERYTHING, "30"),
    "relistSeconds": (EVERYTHING, "30"),
    "workers": (EVERYTHING, "9"),
    "connectivitySeconds": (EVERYTHING, "9"),
    "metricsPort": (EVERYTHING, "9091"),
    "tracesEndpoint": (EVERYTHING, "http://other:4318"),
    "logFormat": (EVERYTHING, "plain"),
    "image.repository": (EVERYTHING, "other"),
    "image.tag": (EVERYTHING, "other"),
    "image.digest": (EVERYTHING, f"sha256:{'0' * 64}"),
    "image.pullPolicy": (EVERYTHING, "Never"),
    "image.pullSecrets": (EVERYTHING, "null"),
    "resources": (EVERYTHING, "null"),
    "serviceAccount.create": (ACCOUNT, "false"),
    "serviceAccount.name": (EVERYTHING, "other"),
    "serviceAccount.annotations": (EVERYTHING, "null"),
    "podLabels": (EVERYTHING, "null"),
    "podAnnotations": (EVERYTHING, "null"),
    "priorityClassName": (EVERYTHING, "other"),
    "nodeSelector": (EVERYTHING, "null"),
    "tolerations": (EVERYTHING, "null"),
    "affinity": (EVERYTHING, "null"),
    "topologySpreadConstraints": (EVERYTHING, "null"),
    "uninstallCheck": (EVERYTHING, "false"),
    "monitoring.serviceMonitor.enabled": (EVERYTHING, "false"),
    "monitoring.serviceMonitor.interval": (EVERYTHING, "1m"),
    "monitoring.serviceMonitor.labels": (EVERYTHING, "null"),
    "monitoring.podMonitor.enabled": (EVERYTHING, "false"),
    "monitoring.podMonitor.interval": (EVERYTHING, "1m"),
    "monitoring.podMonitor.labels": (EVERYTHING, "null"),
    "monitoring.prometheusRule.enabled": (EVERYTHING, "false"),
    "monitoring.prometheusRule.labels": (EVERYTHING, "null"),
    "monitoring.prometheusRule.runbookUrl": (EVERYTHING, ""),
    "monitoring.dashboards.enabled": (EVERYTHING, "false"),
    "monitoring.dashboards.labels": (EVERYTHING, "null"),
    "networkPolicy.enabled": (EVERYTHING, "false"),
    "networkPolicy.flavor": (EVERYTHING, "cilium"),
    "networkPolicy.apiServerPorts": (EVERYTHING, "{8443}"),
    "networkPolicy.hosts": (CILIUM, "{other.example.com}"),
}
"""for each value: among which others it counts, and another than these have"""


def walk(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every property below a schema with its path, also those of a list's items.

    A key that the user chooses is shown as `*`.
    """
    for name, below in schema.get("properties", {}).items():
        yield f"{path}{name}", below
        yield from walk(below, f"{path}{name}.")
    if isinstance(chosen := schema.get("additionalProperties"), dict) and "properties" in chosen:
        yield f"{path}*", chosen
        yield from walk(chosen, f"{path}*.")
    if "items" in schema:
        yield from walk(schema["items"], path)


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The values that a user sets: objects whose keys are the user's own count as one."""
    known = dict(walk(SCHEMA))
    for name, value in values.items():
        at = f"{path}{name}"
        if isinstance(value, Mapping) and at != "resources" and "properties" in known[at] and value:
            yield from leaves(value, f"{at}.")
        else:
            yield at, value


DEFAULTS = dict(leaves(VALUES.value))


@pytest.mark.parametrize("path", [path for path, _ in walk(SCHEMA)])
def test_every_value_says_why_it_is_there(path: str) -> None:
    assert dict(walk(SCHEMA))[path].get("description", "").endswith(".")


def test_every_value_of_the_schema_has_a_default_and_the_other_way_round() -> None:
    known = {path for path, schema in walk(SCHEMA) if path in DEFAULTS or path == "global"}
    named = {path.partition(".")[0] for path, _ in walk(SCHEMA)}
    assert known - {"global"} == set(DEFAULTS)
    assert named - {"global"} == set(VALUES.value)


def test_every_object_of_the_schema_says_which_keys_it_has() -> None:
    free = {"global", "resources.requests", "resources.limits", "resources.claims"}
    affinities = {f"affinity.{name}" for name in ("nodeAffinity", "podAffinity", "podAntiAffinity")}
    open_ = {
        path
        for path, schema in walk(SCHEMA)
        if schema.get("type") == "object" and "additionalProperties" not in schema
    }
    assert open_ <= free | affinities


def test_each_value_is_known_here() -> None:
    assert set(OTHER) == set(DEFAULTS)


@pytest.mark.parametrize("path", OTHER)
def test_another_value_makes_another_release(path: str) -> None:
    among, other = OTHER[path]
    assert text(among) != text((*among, f"{path}={other}"))


def levels() -> list[str]:
    """The paths of all objects that refuse unknown keys."""
    closed = [
        f"{path}."
        for path, schema in walk(SCHEMA)
        if schema.get("additionalProperties") is False and schema.get("type") == "object"
    ]
    return ["", *closed]


@pytest.mark.parametrize("level", levels())
def test_helm_refuses_an_unknown_key_by_name(level: str) -> None:
    done = helm("template", str(CHART), values=(*MANAGED, f"{level}mistyped=1"))
    assert done.returncode != 0
    assert "'mistyped' not allowed" in done.stderr
    assert f"/{level.removesuffix('.').replace('.', '/')}'" in done.stderr or not level


def test_the_page_of_the_values_is_made_from_them() -> None:
    known = dict(walk(SCHEMA))
    rows = [
        f"| `{path}` | `{json.dumps(value)}` | {_why(path, known)} |"
        for path, value in DEFAULTS.items()
    ]
    page = (generated.ROOT / README).read_text()
    before, begin, rest = page.partition("<!-- values: begin -->\n")
    _, end, after = rest.partition("<!-- values: end -->")
    table = "\n".join(["| value | default | why |", "|---|---|---|", *rows, ""])
    generated.assert_equal(README, f"{before}{begin}{table}{end}{after}")


def _why(path: str, known: Mapping[str, Json]) -> str:
    why: str = known[path]["description"]
    return why.replace("|", "\\|")
