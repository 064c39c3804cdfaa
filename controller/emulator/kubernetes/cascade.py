"""What follows when a namespace or a definition comes or goes.

A cluster's controllers do this; owner references are not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.registry import Target
from controller.emulator.kubernetes.store import Key

if TYPE_CHECKING:
    from controller.emulator.kubernetes.objects import Objects

CRD_KIND = ("apiextensions.k8s.io", "customresourcedefinitions")


def holds(objects: Objects, key: Key) -> bool:
    """Whether something in this namespace, or of this definition, is still there."""
    return bool(_content(objects, key))


def empty(objects: Objects, key: Key) -> None:
    """Deletes what a dying namespace or definition holds."""
    if key[:2] == ("", "namespaces"):
        dying = objects.store.get(key)
        if dying:
            objects.store.put(key, {**dying, "status": {"phase": "Terminating"}})
    for held in _content(objects, key):
        _delete(objects, held)


def created(objects: Objects, key: Key, body: Json) -> None:
    """Serves the kinds of a definition that was stored."""
    if key[:2] != CRD_KIND:
        return
    objects.registry.declare(body)
    if "status" not in body:
        objects.store.put(key, {**body, "status": _established(body, objects.now())})


def removed(objects: Objects, key: Key) -> None:
    """Stops serving a removed definition, and finishes what waited for this object to go."""
    if key[:2] == CRD_KIND:
        objects.registry.withdraw(key.name)
    waiting = [Key(*CRD_KIND, "", f"{key.plural}.{key.group}")]
    if key.namespace:
        waiting.append(Key("", "namespaces", "", key.namespace))
    for owner in waiting:
        body = objects.store.get(owner)
        if body and "deletionTimestamp" in body["metadata"] and not holds(objects, owner):
            _delete(objects, owner)


def _content(objects: Objects, key: Key) -> list[Key]:
    if key[:2] == ("", "namespaces"):
        return objects.store.in_namespace(key.name)
    if key[:2] != CRD_KIND:
        return []
    plural, _, group = key.name.partition(".")
    return [
        Key(group, plural, body["metadata"].get("namespace", ""), body["metadata"]["name"])
        for body in objects.store.select(group, plural)
    ]


def _delete(objects: Objects, key: Key) -> None:
    resource = next(r for r in objects.registry if (r.group, r.plural) == key[:2])
    if objects.store.get(key):
        objects.delete(Target(resource, key.namespace, key.name), {}, dry_run=False)


def _established(body: Json, now: str) -> Json:
    conditions = [
        {
            "type": kind,
            "status": "True",
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }
        for kind, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    stored = [version["name"] for version in body["spec"]["versions"] if version.get("storage")]
    names = body["spec"]["names"]
    return {"conditions": conditions, "acceptedNames": names, "storedVersions": stored}
