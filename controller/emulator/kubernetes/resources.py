"""Which kinds the API serves: the built-in ones, and what a CustomResourceDefinition declares."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json, Problem
from controller.emulator.kubernetes.jsonpath import find

MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)")
META_SCHEMA: Json = {
    "type": "object",
    "x-kubernetes-preserve-unknown-fields": True,
    "properties": {
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "finalizers": {
            "type": "array",
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
        },
        "ownerReferences": {
            "type": "array",
            "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Column:
    """One printed column; `read` gives the values found, several where the path says so."""

    name: str
    read: Callable[[Json], list[Any]]
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Resource:
    """A served kind at one version. `schema` is None where only `check` knows the content."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    schema: Json | None = None
    status: bool = False
    generation: bool = False
    columns: tuple[Column, ...] = ()
    selectable: tuple[str, ...] = ()
    check: Callable[[Json], list[Problem]] | None = None
    defaults: Callable[[Json], Json] | None = None

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root_schema(self) -> Json:
        """The schema with what every object has; an undeclared kind is open."""
        declared = self.schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        text = {"type": "string"}
        properties = {**declared.get("properties", {}), "apiVersion": text, "kind": text}
        return {**declared, "properties": {**properties, "metadata": META_SCHEMA}}


def age() -> Column:
    return column("Age", ".metadata.creationTimestamp", type="date")


def column(name: str, path: str, **rest: Any) -> Column:
    return Column(name, lambda body: find(body, path), **rest)


def declared(crd: Json) -> Iterator[Resource]:
    """The served versions of a CustomResourceDefinition."""
    spec = crd["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        columns = tuple(
            column(
                each["name"],
                each["jsonPath"],
                type=each["type"],
                format=each.get("format", ""),
                description=each.get("description", ""),
                priority=each.get("priority", 0),
            )
            for each in version.get("additionalPrinterColumns", ())
        )
        yield Resource(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            singular=names.get("singular", names["kind"].lower()),
            namespaced=spec["scope"] == "Namespaced",
            short_names=tuple(names.get("shortNames", ())),
            categories=tuple(names.get("categories", ())),
            schema=version["schema"]["openAPIV3Schema"],
            status="status" in version.get("subresources", {}),
            generation=True,
            columns=columns or (age(),),
            selectable=tuple(
                f["jsonPath"].lstrip(".") for f in version.get("selectableFields", ())
            ),
        )


def _check_secret(body: Json) -> list[Problem]:
    problems = []
    for name, value in (body.get("data") or {}).items():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            problems.append(Problem(f"data[{name}]", "Invalid value: is not base64"))
    return problems


def _fill_secret(body: Json) -> Json:
    plain = body.get("stringData") or {}
    encoded = {name: base64.b64encode(str(v).encode()).decode() for name, v in plain.items()}
    rest = {name: value for name, value in body.items() if name != "stringData"}
    if encoded:
        rest["data"] = {**(body.get("data") or {}), **encoded}
    return {"type": "Opaque", **rest}


def _fill_lease(body: Json) -> Json:
    for field in ("acquireTime", "renewTime"):
        value = (body.get("spec") or {}).get(field)
        if value is not None and not MICRO_TIME.fullmatch(str(value)):
            raise errors.bad_request(
                f'Lease in version "v1" cannot be handled as a Lease: parsing time "{value}" of '
                f'spec.{field} as "2006-01-02T15:04:05.000000Z07:00": six decimals are needed'
            )
    return body


def _check_event(body: Json) -> list[Problem]:
    about = (body.get("involvedObject") or {}).get("namespace", "") or "default"
    if about == body["metadata"]["namespace"]:
        return []
    message = f'Invalid value: "{about}": does not match event.namespace'
    return [Problem("involvedObject.namespace", message)]


def _fill_namespace(body: Json) -> Json:
    name = body["metadata"]["name"]
    labels = {**body["metadata"].get("labels", {}), "kubernetes.io/metadata.name": name}
    return {
        **body,
        "metadata": {**body["metadata"], "labels": labels},
        "spec": {"finalizers": ["kubernetes"]},
        "status": body.get("status") or {"phase": "Active"},
    }


def _check_crd(body: Json) -> list[Problem]:
    spec = body.get("spec") or {}
    names = spec.get("names") or {}
    problems = [
        Problem(f"spec.{path}", "Required value", "FieldValueRequired")
        for path in ("group", "scope", "names.plural", "names.kind", "versions")
        if not find(body, f".spec.{path}")
    ]
    expected = f"{names.get('plural')}.{spec.get('group')}"
    if body["metadata"]["name"] != expected:
        message = f'Invalid value: "{body["metadata"]["name"]}": must be {expected}'
        problems.append(Problem("metadata.name", message))
    for index, version in enumerate(spec.get("versions") or ()):
        if not find(version, ".schema.openAPIV3Schema"):
            path = f"spec.versions[{index}].schema.openAPIV3Schema"
            problems.append(Problem(path, "Required value", "FieldValueRequired"))
    return problems


def _count(body: Json) -> list[Any]:
    return [len(body.get("data") or {}) + len(body.get("binaryData") or {})]


def _about(body: Json) -> list[Any]:
    about = body.get("involvedObject") or {}
    return [f"{about.get('kind', '').lower()}/{about.get('name', '')}"]


BUILT_IN = (
    Resource(
        *("", "v1", "Namespace", "namespaces", "namespace"),
        namespaced=False,
        short_names=("ns",),
        status=True,
        columns=(column("Status", ".status.phase"), age()),
        defaults=_fill_namespace,
    ),
    Resource(
        *("", "v1", "ConfigMap", "configmaps", "configmap"),
        short_names=("cm",),
        columns=(Column("Data", _count, type="integer"), age()),
    ),
    Resource(
        *("", "v1", "Secret", "secrets", "secret"),
        columns=(column("Type", ".type"), Column("Data", _count, type="integer"), age()),
        selectable=("type",),
        check=_check_secret,
        defaults=_fill_secret,
    ),
    Resource(
        *("", "v1", "Event", "events", "event"),
        short_names=("ev",),
        columns=(
            column("Last Seen", ".lastTimestamp", type="date"),
            column("Type", ".type"),
            column("Reason", ".reason"),
            Column("Object", _about),
            column("Message", ".message"),
        ),
        selectable=(
            *(f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid")),
            *("involvedObject.apiVersion", "involvedObject.fieldPath"),
            *("involvedObject.resourceVersion", "reason", "type", "reportingComponent", "source"),
        ),
        check=_check_event,
    ),
    Resource(
        *("coordination.k8s.io", "v1", "Lease", "leases", "lease"),
        columns=(column("Holder", ".spec.holderIdentity"), age()),
        defaults=_fill_lease,
    ),
    Resource(
        *("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
        *("customresourcedefinitions", "customresourcedefinition"),
        namespaced=False,
        short_names=("crd", "crds"),
        categories=("api-extensions",),
        status=True,
        generation=True,
        columns=(column("Created At", ".metadata.creationTimestamp"),),
        check=_check_crd,
    ),
)
