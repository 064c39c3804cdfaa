"""The Activity Log of a subscription: every write that ARM took, and who asked for it.

Shows them after `Options.activity_delay`, as Azure does, and for as long as the process lives.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from controller.emulator.azure.answers import Answer, Call, Json, Refused
from controller.emulator.azure.arm.common import Routes, page
from controller.emulator.azure.store import Azure
from controller.emulator.azure.targets import Target

TYPE = "microsoft.insights/eventtypes/values"
MOST = 10_000
"""entries that are kept"""
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_TERM = re.compile(r"\s*(eventTimestamp|resourceUri)\s+(ge|le|eq)\s+'((?:[^']|'')*)'\s*", re.I)


def record(azure: Azure, call: Call, where: Target, action: str) -> None:
    """Log a write that was accepted. A user is named by the mail address that is its display
    name, an application by its object id."""
    application = azure.entra.application_of(call.caller)
    name = application.display_name if application else ""
    azure.activity.append(
        {
            "caller": name if "@" in name else call.caller.object_id,
            "claims": {"appid": call.caller.app_id, _OBJECT_ID: call.caller.object_id},
            "correlationId": call.correlation,
            "eventTimestamp": azure.stamp(),
            "category": {"value": "Administrative", "localizedValue": "Administrative"},
            "level": "Informational",
            "operationName": {"value": action, "localizedValue": action},
            "status": {"value": "Succeeded", "localizedValue": "Succeeded"},
            "resourceId": where.path,
            "subscriptionId": where.subscription,
        }
    )
    del azure.activity[:-MOST]


def _list(azure: Azure, call: Call, target: Target) -> Answer:
    """Newest first."""
    terms = _terms(call.query.get("$filter", ""))
    if "eventtimestamp ge" not in terms:
        raise Refused(400, "BadRequest", "The $filter must give a start: eventTimestamp ge '…'.")
    found = [entry for entry in _visible(azure, target) if _matches(entry, terms)]
    return page(azure, call, reversed(found))


def _terms(text: str) -> dict[str, str]:
    """`eventtimestamp ge` → value; Refused for any other shape than terms joined by `and`."""
    terms: dict[str, str] = {}
    for part in re.split(r"(?<=')\s+and\s+", text):
        term = _TERM.fullmatch(part)
        if term is None:
            raise Refused(400, "BadRequest", f"The $filter '{text}' is not supported.")
        terms[f"{term[1]} {term[2]}".lower()] = term[3].replace("''", "'")
    return terms


def _visible(azure: Azure, target: Target) -> Iterator[Json]:
    latest = azure.clock() - timedelta(seconds=azure.options.activity_delay)
    for entry in azure.activity:
        if entry["subscriptionId"].lower() == target.subscription.lower() and (
            datetime.fromisoformat(entry["eventTimestamp"]) <= latest
        ):
            yield entry


def _matches(entry: Json, terms: dict[str, str]) -> bool:
    time, resource = datetime.fromisoformat(entry["eventTimestamp"]), str(entry["resourceId"])
    return (
        datetime.fromisoformat(terms["eventtimestamp ge"]) <= time
        and time <= datetime.fromisoformat(terms.get("eventtimestamp le", "9999-12-31T00:00:00Z"))
        and terms.get("resourceuri eq", resource).lower() == resource.lower()
    )


ROUTES: Routes = {(TYPE, "collection"): {"GET": _list}}
