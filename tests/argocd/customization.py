"""The files that Argo CD reads, and what it makes of them."""

from collections.abc import Mapping
from typing import Any

import yaml

from controller.model.connector import GROUP, KIND
from tests.argocd import lua
from tests.generated import ROOT
from tests.reconcile.fakes import NOW

ARGOCD = ROOT / "manifests" / "argocd"
FOLDER = ARGOCD / "resource_customizations" / GROUP / KIND
ACTIONS = ("reconcile", "suspend", "resume")

Json = dict[str, Any]


class Loader(yaml.SafeLoader):
    """Times stay text, as in Argo CD's own reader."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: str) -> list[Json]:
    return list(yaml.load_all(text, Loader))


def read(name: str) -> Json:
    """One document of a file below the customization's folder."""
    (document,) = documents((FOLDER / name).read_text(encoding="utf-8"))
    return document


def script(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def health(obj: Mapping[str, Any]) -> Json:
    """status and message."""
    found: Json = lua.run(script("health.lua"), obj, NOW)
    return found


def discovered(obj: Mapping[str, Any]) -> list[Json]:
    """The actions that Argo CD offers, by name."""
    found: Json = lua.run(script("actions/discovery.lua"), obj, NOW)
    return sorted(({"name": name, **more} for name, more in found.items()), key=_name)


def acted(action: str, obj: Mapping[str, Any]) -> Json:
    """The object as the action leaves it."""
    found: Json = lua.run(script(f"actions/{action}/action.lua"), obj, NOW)
    return found


def _name(action: Mapping[str, Any]) -> str:
    return str(action["name"])
