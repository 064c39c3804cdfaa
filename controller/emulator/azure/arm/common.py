"""What the resource types of ARM share: the form of a route, system data, lists, missing things.

Nothing here knows a single type.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from controller.emulator.azure.answers import Answer, Call, Json, Principal, Refused
from controller.emulator.azure.store import Azure, Resource
from controller.emulator.azure.targets import Target

Route = Callable[[Azure, Call, Target], Answer | Awaitable[Answer]]
Routes = Mapping[tuple[str, str], Mapping[str, Route]]
"""(lower-case type, "item" | "collection") → method → route."""


def system_data(azure: Azure, caller: Principal, old: Resource | None) -> Json:
    """Who made and last changed a resource: a new one, or the old one's creation kept."""
    now = azure.stamp()
    created: Json = {
        "createdBy": caller.app_id,
        "createdByType": "Application",
        "createdAt": now,
    }
    if old is not None and old.body.get("systemData"):
        created = {key: old.body["systemData"][key] for key in created}
    return created | {
        "lastModifiedBy": caller.app_id,
        "lastModifiedByType": "Application",
        "lastModifiedAt": now,
    }


def page(azure: Azure, call: Call, values: Iterable[Json]) -> Answer:
    """One page of a LIST; the next one is reached by nextLink, verbatim."""
    found = list(values)
    size = azure.options.page_size
    if not size:
        return Answer(200, {"value": found})
    start = int(call.query.get("$skipToken", "0"))
    body: Json = {"value": found[start : start + size]}
    if start + size < len(found):
        kept = "&".join(f"{k}={v}" for k, v in call.query.items() if k != "$skipToken")
        body["nextLink"] = f"{call.base_url}{call.path}?{kept}&$skipToken={start + size}"
    return Answer(200, body)


def existing(azure: Azure, target: Target) -> Resource:
    """The resource, or 404 ResourceNotFound in ARM's words."""
    resource = azure.get(target.path)
    if resource is None:
        raise not_found(target)
    return resource


def not_found(target: Target) -> Refused:
    return Refused(
        404,
        "ResourceNotFound",
        f"The Resource '{target.label}' under resource group '{target.group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def deleted(azure: Azure, target: Target) -> Answer:
    """200 with nothing when it was there, 204 when it was not."""
    return Answer(200 if azure.delete(target.path) else 204)


def location_of(body: Json, *, old: Resource | None, target: Target) -> str:
    """The location of a tracked resource: needed, and fixed once the resource exists."""
    location = body.get("location")
    if not isinstance(location, str) or not location:
        raise Refused(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        )
    normal = normal_location(location)
    if old is not None and normal_location(old.body["location"]) != normal:
        raise Refused(
            409,
            "InvalidResourceLocation",
            f"The resource '{target.name}' already exists in location '{old.body['location']}' in "
            f"resource group '{target.group}'. A resource with the same name cannot be created in "
            f"location '{location}'. Please select a new resource name.",
        )
    return normal


def normal_location(location: str) -> str:
    return location.replace(" ", "").lower()


def canonical_path(azure: Azure, target: Target, type_: str) -> str:
    """The id a new resource gets: its parents in their own case, the type in Azure's."""
    parent = azure.workspace(target.path) if target.workspace_path else None
    group = azure.get(f"/subscriptions/{target.subscription}/resourceGroups/{target.group}")
    owner = parent or group
    scope = owner.id if owner is not None else target.scope
    namespace, _, rest = type_.partition("/")
    if type_.startswith("Microsoft.OperationalInsights/workspaces/"):
        return f"{scope}/{rest.partition('/')[2]}/{target.name}"
    return f"{scope}/providers/{namespace}/{rest}/{target.name}"
