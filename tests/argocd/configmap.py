"""argocd-cm.yaml as it follows from the Lua files: Argo CD takes customizations only inlined."""

from pathlib import Path
from textwrap import indent

from controller.model.connector import GROUP, KIND
from tests.argocd.customization import ACTIONS, ARGOCD, FOLDER

APPLICATION = ARGOCD / "resource_customizations" / "argoproj.io" / "Application"
HEAD = """\
# What Argo CD knows of connectors, as a patch of its own settings:
#
#   cd manifests/argocd
#   kubectl patch configmap argocd-cm --namespace argocd --patch-file argocd-cm.yaml
#
# Made from resource_customizations/ (REGENERATE=1 make test): change it there.
data:
"""
IGNORED = """\
# these move without any news for Argo CD: no reason to compare the whole application again
jsonPointers:
- /status/lastLogReceived
- /status/lastHandledReconcileAt
"""


def made() -> str:
    """The whole file."""
    entries = {
        f"health.{GROUP}_{KIND}": _text(FOLDER / "health.lua"),
        f"actions.{GROUP}_{KIND}": _actions(),
        f"ignoreResourceUpdates.{GROUP}_{KIND}": IGNORED,
        "health.argoproj.io_Application": _text(APPLICATION / "health.lua"),
    }
    return HEAD + "".join(
        f"  resource.customizations.{name}: |\n{indent(text, '    ')}"
        for name, text in entries.items()
    )


def _actions() -> str:
    """The scripts as `argocd-cm` nests them: YAML in YAML."""
    discovery = indent(_text(FOLDER / "actions" / "discovery.lua"), "  ")
    definitions = "".join(
        f"- name: {name}\n  action.lua: |\n"
        + indent(_text(FOLDER / "actions" / name / "action.lua"), "    ")
        for name in ACTIONS
    )
    return f"discovery.lua: |\n{discovery}definitions:\n{definitions}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
