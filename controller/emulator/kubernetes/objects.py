"""What create, update, apply and delete mean for one object: the API's rules over the store.

No HTTP here. Namespaces and definitions that are being deleted are finished in `cascade`.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable

from controller.emulator.kubernetes import apply, cascade, errors, identity
from controller.emulator.kubernetes.admission import Write, checked, decoded
from controller.emulator.kubernetes.apply import Manager, Owned
from controller.emulator.kubernetes.errors import Json, Problem
from controller.emulator.kubernetes.registry import Registry, Target
from controller.emulator.kubernetes.store import Key, Store


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
        body = identity.named(target, body)
        target = Target(target.resource, target.namespace, body["metadata"]["name"])
        config = decoded(
            target.resource, identity.without_server_fields(target.resource, body), write
        )
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
        identity.same_identity(target, current, wanted)
        after = identity.settled(target, current, wanted)
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
        config = identity.named(target, config)
        current = self.store.get(target.key)
        identity.applicable(target, current, config)
        status, sub = target.resource.status, target.subresource
        scoped = apply.scoped(config, status=status, subresource=sub)
        manager = Manager(write.manager, "Apply", target.resource.api_version, sub)
        if current is None:
            if sub:
                self.get(target)  # raises the 404: a status creates nothing
            paths = apply.applied(target.schema, {}, scoped, owners={}, manager=manager)
            config = identity.without_server_fields(target.resource, config)
            return self._insert(target, config, {manager: paths.paths}, write)
        owners = apply.owned(current)
        live = apply.scoped(current, status=status, subresource=sub)
        merge = apply.applied(target.schema, live, scoped, owners=owners, manager=manager)
        if merge.conflicts and not write.force:
            raise merge.refused()
        after = identity.settled(target, current, identity.unscoped(current, merge.body, live))
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
            identity.no_new_finalizers(target, current, after)
        if after == current:
            return current
        if (
            resource.generation
            and not target.subresource
            and identity.content(after) != identity.content(current)
        ):
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
