"""Which groups, versions and kinds there are, as kubectl and kopf ask for them."""

from __future__ import annotations

from collections.abc import Iterable

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.resources import Resource

VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
VERSION: Json = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.0+contoso-demo",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "python/embedded",
}


def answer(path: tuple[str, ...], resources: Iterable[Resource]) -> Json:
    """The document at a discovery path such as ("apis", "coordination.k8s.io")."""
    resources = tuple(resources)
    if path == ("api",):
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == ("apis",):
        names = dict.fromkeys(each.group for each in resources if each.group)
        groups = [_group(name, resources) for name in names]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if path[0] == "apis" and len(path) == 2:
        return {"apiVersion": "v1", "kind": "APIGroup", **_group(path[1], resources)}
    group, version = ("", path[1]) if path[0] == "api" else (path[1], path[2])
    listed = [each for each in resources if (each.group, each.version) == (group, version)]
    if not listed:
        raise errors.no_such_path()
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": listed[0].api_version,
        "resources": [entry for each in listed for entry in _entries(each)],
    }


def _group(name: str, resources: tuple[Resource, ...]) -> Json:
    versions = dict.fromkeys(each.version for each in resources if each.group == name)
    if not versions:
        raise errors.no_such_path()
    listed = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _entries(resource: Resource) -> list[Json]:
    entry: Json = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": VERBS,
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if not resource.status:
        return [entry]
    status = {
        "name": f"{resource.plural}/status",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": ["get", "patch", "update"],
    }
    return [entry, status]
