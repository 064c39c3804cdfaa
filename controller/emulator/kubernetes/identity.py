"""What a body says of its object, and what of it a write cannot change; stores nothing."""

from __future__ import annotations

import secrets

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json, Problem
from controller.emulator.kubernetes.registry import Target
from controller.emulator.kubernetes.resources import Resource
from controller.emulator.kubernetes.schema import undeclared

FROM_SERVER = (
    *("uid", "creationTimestamp", "generation", "deletionTimestamp"),
    *("deletionGracePeriodSeconds", "resourceVersion", "selfLink"),
)


def content(body: Json) -> Json:
    return {k: v for k, v in body.items() if k not in ("metadata", "status", "apiVersion")}


def named(target: Target, body: Json) -> Json:
    """The body with its kind checked and name and namespace filled in; raises a 400."""
    resource = target.resource
    given = (body.get("apiVersion"), body.get("kind"))
    if given != (resource.api_version, resource.kind):
        raise errors.bad_request(
            f"the object provided is {given[1]} of {given[0]}, the path takes "
            f"{resource.kind} of {resource.api_version}"
        )
    metadata = dict(body.get("metadata") or {})
    if metadata.get("generateName") and not metadata.get("name"):
        metadata["name"] = metadata["generateName"] + secrets.token_hex(3)[:5]
    name = metadata.setdefault("name", target.name)
    if target.name and name != target.name:
        raise errors.bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
    if resource.namespaced:
        namespace = metadata.setdefault("namespace", target.namespace)
        if namespace != target.namespace:
            raise errors.bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
    else:
        metadata.pop("namespace", None)
    return {**body, "metadata": metadata}


def without_server_fields(resource: Resource, body: Json) -> Json:
    held = (*FROM_SERVER, "managedFields")
    metadata = {k: v for k, v in body["metadata"].items() if k not in held and v is not None}
    out = {**body, "metadata": metadata}
    if resource.status:
        out.pop("status", None)
    return out


def same_identity(target: Target, current: Json, wanted: Json) -> None:
    resource, metadata = target.resource, wanted.get("metadata") or {}
    named(target, wanted)
    revision = metadata.get("resourceVersion")
    if revision and revision != current["metadata"]["resourceVersion"]:
        raise errors.modified(resource.group, resource.plural, target.name)
    if metadata.get("uid") not in (None, current["metadata"]["uid"]):
        message = (
            f"Precondition failed: UID in precondition: {metadata['uid']}, "
            f"UID in object meta: {current['metadata']['uid']}"
        )
        raise errors.conflict(resource.group, resource.plural, target.name, message=message)


def applicable(target: Target, current: Json | None, config: Json) -> None:
    """Raises the 409 of a stale resourceVersion, the 500 of what the schema does not declare."""
    revision = config["metadata"].get("resourceVersion")
    if revision and (current is None or current["metadata"]["resourceVersion"] != revision):
        raise errors.modified(target.resource.group, target.resource.plural, target.name)
    for problem in undeclared(target.schema, config):
        message = (
            f"failed to create typed patch object ({target.namespace}/{target.name}; "
            f"{target.resource.api_version}, Kind={target.resource.kind}): {problem}"
        )
        raise errors.ApiError(500, "", message)


def settled(target: Target, current: Json, wanted: Json) -> Json:
    """`wanted` with what this path cannot change taken from the current object."""
    if target.subresource:
        after = {k: v for k, v in current.items() if k != target.subresource}
        if target.subresource in wanted:
            after[target.subresource] = wanted[target.subresource]
        return after
    metadata = {
        k: v for k, v in (wanted.get("metadata") or {}).items() if k not in FROM_SERVER and v
    }
    metadata |= {k: current["metadata"][k] for k in FROM_SERVER if k in current["metadata"]}
    after = {**wanted, "metadata": metadata}
    if target.resource.status:
        after.pop("status", None)
        if "status" in current:
            after["status"] = current["status"]
    return after


def unscoped(current: Json, merged: Json, live: Json) -> Json:
    """The whole object again, from a merge of what was in scope."""
    rest = {k: v for k, v in current.items() if k not in live or k == "metadata"}
    metadata = {
        k: v for k, v in current["metadata"].items() if k not in (live.get("metadata") or {})
    }
    body = {k: v for k, v in merged.items() if k != "metadata"}
    return {**rest, **body, "metadata": {**metadata, **(merged.get("metadata") or {})}}


def no_new_finalizers(target: Target, current: Json, after: Json) -> None:
    held = current["metadata"].get("finalizers") or ()
    added = [name for name in after["metadata"].get("finalizers") or () if name not in held]
    if not added:
        return
    listed = ", ".join(f'"{name}"' for name in added)
    problem = Problem(
        "metadata.finalizers",
        "Forbidden: no new finalizers can be added if the object is being deleted, "
        f"found new finalizers []string{{{listed}}}",
        "FieldValueForbidden",
    )
    raise errors.invalid(target.resource.group, target.resource.kind, target.name, [problem])
