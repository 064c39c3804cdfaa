"""What create, update, apply and delete mean for one object: the API's rules over the store.

No HTTP here. Namespaces and definitions that are being deleted are finished in `cascade`.
"""

from __future__ import annotations

import datetime
import secrets
import uuid
from collections.abc import Callable

from controller.emulator.kubernetes import apply, cascade, errors
from controller.emulator.kubernetes.admission import Write, checked, decoded
from controller.emulator.kubernetes.apply import Manager, Owned
from controller.emulator.kubernetes.errors import Json, Problem
from controller.emulator.kubernetes.registry import Registry, Target
from controller.emulator.kubernetes.resources import Resource
from controller.emulator.kubernetes.schema import undeclared
from controller.emulator.kubernetes.store import Key, Store

FROM_SERVER = (
    *("uid", "creationTimestamp", "generation", "deletionTimestamp"),
    *("deletionGracePeriodSeconds", "resourceVersion", "selfLink"),
)


class Objects:
    """The writes of the API; every method returns the object as it is afterwards."""

    def __init__(
        self, store: Store, registry: Registry, *, clock: Callable[[], datetime.datetime]
    ) -> None:
        self.store = store
        self.registry = registry
        self._clock = clock

    def now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, target: Target) -> Json:
        found = self.store.get(target.key)
        if found is None:
            raise errors.not_found(target.resource.group, target.resource.plural, target.name)
        return found

    def create(self, target: Target, body: Json, write: Write) -> Json:
        body = _named(target, body)
        target = Target(target.resource, target.namespace, body["metadata"]["name"])
        config = decoded(target.resource, _without_server_fields(target.resource, body), write)
        owners = apply.updated(
            target.schema,
            {},
            apply.scoped(config, status=target.resource.status, subresource=""),
            owners={},
            manager=Manager(write.manager, "Update", target.resource.api_version),
        )
        return self._insert(target, config, owners, write)

    def replace(self, target: Target, body: Json, write: Write) -> Json:
        """PUT; custom kinds want to know which version of the object is replaced."""
        if target.resource.schema and not (body.get("metadata") or {}).get("resourceVersion"):
            message = "Invalid value: 0x0: must be specified for an update"
            problem = Problem("metadata.resourceVersion", message)
            raise errors.invalid(
                target.resource.group, target.resource.kind, target.name, [problem]
            )
        return self.update(target, write, lambda _: body)

    def update(self, target: Target, write: Write, change: Callable[[Json], Json]) -> Json:
        """Stores what `change` makes of the current object; a plain (not applied) write."""
        current = self.get(target)
        wanted = change(current)
        _same_identity(target, current, wanted)
        after = _settled(target, current, wanted)
        after = decoded(target.resource, after, write)
        status, sub = target.resource.status, target.subresource
        manager = Manager(write.manager, "Update", target.resource.api_version, sub)
        owners = apply.updated(
            target.schema,
            apply.scoped(current, status=status, subresource=sub),
            apply.scoped(after, status=status, subresource=sub),
            owners=apply.claimed(current, wanted),
            manager=manager,
        )
        return self._replace(target, current, apply.recorded(after, owners, self.now()), write)

    def apply(self, target: Target, config: Json, write: Write) -> Json:
        """Server-side apply; creates the object if it is not there."""
        config = _named(target, config)
        revision = config["metadata"].get("resourceVersion")
        current = self.store.get(target.key)
        kind = (target.resource.group, target.resource.plural, target.name)
        if revision and (current is None or current["metadata"]["resourceVersion"] != revision):
            raise errors.modified(*kind)
        for problem in undeclared(target.schema, config):
            message = (
                f"failed to create typed patch object ({target.namespace}/{target.name}; "
                f"{target.resource.api_version}, Kind={target.resource.kind}): {problem}"
            )
            raise errors.ApiError(500, "", message)
        status, sub = target.resource.status, target.subresource
        scoped = apply.scoped(config, status=status, subresource=sub)
        manager = Manager(write.manager, "Apply", target.resource.api_version, sub)
        if current is None:
            if sub:
                raise errors.not_found(*kind)
            paths = apply.applied(target.schema, {}, scoped, owners={}, manager=manager)
            config = _without_server_fields(target.resource, config)
            return self._insert(target, config, {manager: paths.paths}, write)
        owners = apply.owned(current)
        live = apply.scoped(current, status=status, subresource=sub)
        merge = apply.applied(target.schema, live, scoped, owners=owners, manager=manager)
        if merge.conflicts and not write.force:
            raise merge.refused()
        after = _settled(target, current, _unscoped(current, merge.body, live))
        after = decoded(target.resource, after, write)
        after = apply.recorded(after, merge.owners(owners, manager), self.now())
        return self._replace(target, current, after, write)

    def delete(self, target: Target, options: Json, *, dry_run: bool) -> Json:
        """Removes the object, or marks it as being deleted while a finalizer holds it."""
        current = self.get(target)
        resource = target.resource
        for field, held in (options.get("preconditions") or {}).items():
            if current["metadata"].get(field) != held:
                message = (
                    f"Precondition failed: {field} in precondition: {held}, "
                    f"in object meta: {current['metadata'].get(field)}"
                )
                raise errors.conflict(resource.group, resource.plural, target.name, message=message)
        if dry_run:
            return current
        if not (current["metadata"].get("finalizers") or cascade.holds(self, target.key)):
            return self._remove(target)
        if "deletionTimestamp" not in current["metadata"]:
            current = self.store.put(target.key, self._dying(current))
            cascade.empty(self, target.key)
        return self.store.get(target.key) or current

    def _dying(self, current: Json) -> Json:
        metadata = {
            **current["metadata"],
            "deletionTimestamp": self.now(),
            "deletionGracePeriodSeconds": 0,
        }
        if "generation" in metadata:
            metadata["generation"] += 1
        return {**current, "metadata": metadata}

    def _insert(self, target: Target, body: Json, owners: Owned, write: Write) -> Json:
        resource = target.resource
        self._admit(target)
        metadata = {
            **body["metadata"],
            "uid": str(uuid.uuid4()),
            "creationTimestamp": self.now(),
            **({"generation": 1} if resource.generation else {}),
        }
        body = decoded(resource, {**body, "metadata": metadata}, write)
        checked(resource, body, None)
        if self.store.get(target.key) is not None:
            raise errors.already_exists(resource.group, resource.plural, target.name)
        body = apply.recorded(body, owners, self.now())
        if write.dry_run:
            return body
        stored = self.store.put(target.key, body)
        cascade.created(self, target.key, stored)
        return self.store.get(target.key) or stored

    def _replace(self, target: Target, current: Json, after: Json, write: Write) -> Json:
        resource = target.resource
        checked(resource, after, current)
        if "deletionTimestamp" in current["metadata"]:
            _no_new_finalizers(target, current, after)
        if after == current:
            return current
        if resource.generation and not target.subresource and _content(after) != _content(current):
            generation = current["metadata"].get("generation", 0) + 1
            after = {**after, "metadata": {**after["metadata"], "generation": generation}}
        if write.dry_run:
            return after
        released = "deletionTimestamp" in current["metadata"] and not (
            after["metadata"].get("finalizers") or cascade.holds(self, target.key)
        )
        if released:
            self._remove(target)
            return after
        stored = self.store.put(target.key, after)
        cascade.created(self, target.key, stored)
        return stored

    def _remove(self, target: Target) -> Json:
        gone = self.store.remove(target.key)
        cascade.removed(self, target.key)
        return gone

    def _admit(self, target: Target) -> None:
        if not target.resource.namespaced:
            return
        namespace = self.store.get(Key("", "namespaces", "", target.namespace))
        if namespace is None:
            raise errors.not_found("", "namespaces", target.namespace)
        if "deletionTimestamp" in namespace["metadata"]:
            raise errors.terminating(target.resource.plural, target.name, target.namespace)


def _content(body: Json) -> Json:
    return {k: v for k, v in body.items() if k not in ("metadata", "status", "apiVersion")}


def _named(target: Target, body: Json) -> Json:
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


def _without_server_fields(resource: Resource, body: Json) -> Json:
    held = (*FROM_SERVER, "managedFields")
    metadata = {k: v for k, v in body["metadata"].items() if k not in held and v is not None}
    out = {**body, "metadata": metadata}
    if resource.status:
        out.pop("status", None)
    return out


def _same_identity(target: Target, current: Json, wanted: Json) -> None:
    resource, metadata = target.resource, wanted.get("metadata") or {}
    _named(target, wanted)
    revision = metadata.get("resourceVersion")
    if revision and revision != current["metadata"]["resourceVersion"]:
        raise errors.modified(resource.group, resource.plural, target.name)
    if metadata.get("uid") not in (None, current["metadata"]["uid"]):
        message = (
            f"Precondition failed: UID in precondition: {metadata['uid']}, "
            f"UID in object meta: {current['metadata']['uid']}"
        )
        raise errors.conflict(resource.group, resource.plural, target.name, message=message)


def _settled(target: Target, current: Json, wanted: Json) -> Json:
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


def _unscoped(current: Json, merged: Json, live: Json) -> Json:
    """The whole object again, from a merge of what was in scope."""
    rest = {k: v for k, v in current.items() if k not in live or k == "metadata"}
    metadata = {
        k: v for k, v in current["metadata"].items() if k not in (live.get("metadata") or {})
    }
    body = {k: v for k, v in merged.items() if k != "metadata"}
    return {**rest, **body, "metadata": {**metadata, **(merged.get("metadata") or {})}}


def _no_new_finalizers(target: Target, current: Json, after: Json) -> None:
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
