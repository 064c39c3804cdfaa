"""The card as Microsoft documents it (connectorUiConfig): fields, types of steps, streams shown.

All of it warns: the portal shows what it knows and leaves out the rest.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from controller.model.card import FIELD
from controller.model.derived import Derived
from controller.model.placeholders import left_in_prose
from controller.reconcile.preflight.findings import Finding, warning

# OpenAPI 2025-09-01 of dataConnectorDefinitions, and the UI definitions reference
_KEYS = frozenset(
    {
        *("id", "title", "publisher", "descriptionMarkdown", "graphQueries", "dataTypes"),
        *("connectivityCriteria", "connectivityCriterias", "permissions", "instructionSteps"),
        *("sampleQueries", "graphQueriesTableName", "availability", "logo", "customImage"),
        *("isConnectivityCriteriasMatchSome", "metadata"),
    }
)
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "graphQueries": ("metricName", "legend", "baseQuery"),
    "sampleQueries": ("description", "query"),
    "dataTypes": ("name", "lastDataReceivedQuery"),
    "connectivityCriteria": ("type",),
    "connectivityCriterias": ("type",),
}
_REQUIRED_PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "resourceProvider": (
        *("provider", "permissionsDisplayText", "providerDisplayName", "scope"),
        "requiredPermissions",
    ),
    "customs": ("name", "description"),
}
_REQUIRED_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "ConnectionToggleButton": ("name",),
    "CopyableLabel": ("label",),
    "InstallAgent": ("linkType",),
    "InstructionStepsGroup": ("title",),
}
_HAS_DATA, _QUERY = "HasDataConnectors", "IsConnectedQuery"
_DEPLOY = ("DeployPushConnectorButton", "DeployPushConnectorButton_test")
_TYPES = frozenset(
    {
        *("OAuthForm", "Textbox", "ConnectionToggleButton", "CopyableLabel", "InfoMessage"),
        *("InstructionStepsGroup", "InstallAgent", "Markdown", *_DEPLOY),
        *("Dropdown", "ContextPane", "DataConnectorsGrid", "ServicePrincipalIDTextBox_test"),
    }
)
"""of the reference and the push guide, and four that shipped connectors use"""
_FILLED = frozenset(
    {
        *("workspaceid", "workspacename", "primarykey", "microsoftawsaccount", "subscriptionid"),
        *("tenantid", "applicationid", "applicationsecret", "datacollectionendpoint"),
        "datacollectionruleid",
    }
)
_STREAM = re.compile(r"\bCustom-[^\s/?&\"'<>,;)]+")


def card(derived: Derived) -> Iterator[Finding]:
    """What the portal would not understand, or show wrongly."""
    ui = (derived.spec.definition and derived.spec.definition.ui) or {}
    for key in ui:
        if key not in _KEYS:
            yield warning(f"{FIELD}.{key}", _unknown(key, _KEYS))
    for key, required in _REQUIRED.items():
        yield from _items(f"{FIELD}.{key}", ui.get(key, []), required)
    permissions = ui.get("permissions")
    for key, required in _REQUIRED_PERMISSIONS.items():
        value = permissions.get(key, []) if isinstance(permissions, Mapping) else []
        yield from _items(f"{FIELD}.permissions.{key}", value, required)
    yield from _criteria(derived, ui)
    yield from _steps(derived, f"{FIELD}.instructionSteps", ui.get("instructionSteps", []))
    for field, found in left_in_prose(ui, FIELD):
        yield warning(
            field,
            f"{found} looks like a value that another tool's template fills: it is shown as it "
            "stands, so write it out, or use a placeholder such as $(rule.immutableId)",
        )


def _unknown(name: str, known: frozenset[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    advice = f"is {near[0]} meant?" if near else "leave it out, or see that the portal knows it"
    return f"{name} is not in Microsoft's reference: {advice}"


def _items(field: str, value: Any, required: tuple[str, ...]) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield warning(field, "must be a list: put the value into one")
        return
    for place, item in enumerate(value):
        yield from _complete(f"{field}[{place}]", item, required)


def _complete(field: str, item: Any, required: tuple[str, ...]) -> Iterator[Finding]:
    if not isinstance(item, Mapping):
        yield warning(field, f"must be an object with {', '.join(required) or 'keys'}")
        return
    missing = [key for key in required if item.get(key) in (None, "")]
    if missing:
        yield warning(field, f"lacks {', '.join(missing)}, which Microsoft's reference requires")


def _criteria(derived: Derived, ui: Mapping[str, Any]) -> Iterator[Finding]:
    key = "connectivityCriterias" if "connectivityCriterias" in ui else "connectivityCriteria"
    given = ui.get(key)
    field = f"{FIELD}.{key}"
    types = []
    for place, item in enumerate(given if isinstance(given, list) else ()):
        type_ = str(item.get("type", "")) if isinstance(item, Mapping) else ""
        types.append(type_.casefold())
        yield from _criterion(f"{field}[{place}]", type_, item)
    own = {table.name for table in derived.tables}
    shared = own.isdisjoint(derived.fed_tables)
    if shared and all(type_ == _HAS_DATA.casefold() for type_ in types):
        yield warning(
            field,
            f"{_HAS_DATA} says connected without any event, and every flow ends in a table that "
            f"others fill too: give an {_QUERY} that picks this source's rows",
        )


def _criterion(field: str, type_: str, item: Any) -> Iterator[Finding]:
    folded = type_.casefold()
    if folded not in (_HAS_DATA.casefold(), _QUERY.casefold(), ""):
        yield warning(f"{field}.type", f"{type_} is unknown: use {_QUERY} or {_HAS_DATA}")
    if folded == _QUERY.casefold() and not item.get("value"):
        yield warning(f"{field}.value", "is empty: give a list with at least one query")


def _steps(derived: Derived, field: str, steps: Any) -> Iterator[Finding]:
    if not isinstance(steps, list):
        yield warning(field, "must be a list: put the value into one")
        return
    for place, step in enumerate(steps):
        at = f"{field}[{place}]"
        if not isinstance(step, Mapping):
            yield warning(at, "must be an object with title, description and instructions")
            continue
        yield from _instructions(derived, f"{at}.instructions", step.get("instructions") or [])
        yield from _steps(derived, f"{at}.innerSteps", step.get("innerSteps") or [])


def _instructions(derived: Derived, field: str, instructions: Any) -> Iterator[Finding]:
    if not isinstance(instructions, list):
        yield warning(field, "must be a list: put the value into one")
        return
    for place, item in enumerate(instructions):
        at = f"{field}[{place}]"
        missing = list(_complete(at, item, ("type", "parameters")))
        yield from missing
        if not missing:
            yield from _instruction(derived, at, str(item["type"]), item["parameters"])


def _instruction(derived: Derived, field: str, type_: str, parameters: Any) -> Iterator[Finding]:
    if type_ in _DEPLOY:
        yield warning(
            f"{field}.type",
            f"{type_} would make a second application, endpoint and rule beside those that the "
            "operator keeps: leave it out",
        )
    elif type_ not in _TYPES:
        yield warning(f"{field}.type", _unknown(type_, _TYPES))
    yield from _complete(f"{field}.parameters", parameters, _REQUIRED_PARAMETERS.get(type_, ()))
    if not isinstance(parameters, Mapping):
        return
    if type_ == "CopyableLabel":
        yield from _label(derived, f"{field}.parameters", parameters)
    nested = parameters.get("instructionSteps")
    if nested:
        yield from _steps(derived, f"{field}.parameters.instructionSteps", nested)


def _label(derived: Derived, field: str, parameters: Mapping[str, Any]) -> Iterator[Finding]:
    """A sender copies what is shown: a stream of another name loses every event."""
    accepted = {name for name, _ in derived.streams} | {flow.stream for flow in derived.flows}
    for shown in _STREAM.findall(str(parameters.get("value", ""))):
        if shown not in accepted:
            yield warning(
                f"{field}.value",
                f"shows the stream {shown}, which the rule lacks: senders need one of "
                f"{', '.join(sorted(accepted))}",
            )
    filled = parameters.get("fillWith")
    for word in filled if isinstance(filled, list) else ():
        if str(word).casefold() not in _FILLED:
            yield warning(f"{field}.fillWith", f"{word} is unknown to the portal: use value")
