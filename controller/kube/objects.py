"""The API server's JSON as the core's words, and whether a status says something new. No I/O."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from controller.kube.sharing import shared
from controller.model.connector import ANNOTATIONS, Connector

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Work(NamedTuple):
    """What makes an object worth a reconcile: while this stays, nothing new was asked of us.

    Labels, others' annotations, finalizers and the status are not in it.
    """

    uid: str
    generation: int
    deleting: bool
    annotations: tuple[str | None, ...]


def connector_of(body: Mapping[str, Any]) -> Connector:
    """The object without what is large and not ours to read: managedFields, last-applied.

    Of the former only who wrote the spec is kept.

    Takes a PartialObjectMetadata too: its spec and status read as empty.
    """
    metadata = body["metadata"]
    annotations = metadata.get("annotations") or {}
    return Connector(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        generation=metadata.get("generation", 0),
        resource_version=metadata["resourceVersion"],
        spec=shared(body.get("spec") or {}),
        status=shared(body.get("status") or {}),
        annotations={name: text for name, text in annotations.items() if name != LAST_APPLIED},
        finalizers=tuple(metadata.get("finalizers") or ()),
        deleting="deletionTimestamp" in metadata,
        created=metadata.get("creationTimestamp") or "",
        manager=_manager(metadata.get("managedFields") or ()),
    )


def _manager(entries: Iterable[Mapping[str, Any]]) -> str:
    """Who of those that own fields of the spec wrote last; "" if nobody tells."""
    owners = [entry for entry in entries if "f:spec" in (entry.get("fieldsV1") or {})]
    last = max(owners, key=lambda entry: str(entry.get("time", "")), default={})
    return str(last.get("manager", ""))


def work_of(connector: Connector) -> Work:
    """The part of the object that decides whether there is work."""
    return Work(
        uid=connector.uid,
        generation=connector.generation,
        deleting=connector.deleting,
        annotations=tuple(connector.annotations.get(name) for name in ANNOTATIONS),
    )


def without_nulls(value: Any) -> Any:
    """The value with every null key left out: server-side apply answers 422 to a null."""
    match value:
        case Mapping():
            return {key: without_nulls(item) for key, item in value.items() if item is not None}
        case list() | tuple():
            return [without_nulls(item) for item in value]
        case _:
            return value


def covers(held: Any, declared: Any) -> bool:
    """Whether all that is declared is held; others may have added keys and elements."""
    match declared:
        case Mapping():
            return isinstance(held, Mapping) and all(
                key in held and covers(held[key], item) for key, item in declared.items()
            )
        case list() if all(isinstance(item, Mapping) for item in declared):
            return isinstance(held, list) and all(
                any(covers(candidate, item) for candidate in held) for item in declared
            )
        case _:
            return bool(held == declared)


def says_something_new(
    connector: Connector, status: Mapping[str, Any], applied: Mapping[str, Any] | None
) -> bool:
    """Whether writing the status would change the object.

    `applied` is what this process wrote last, None: nothing yet. With it we know that whatever
    else the object holds is others' own; without it anything more may be a leftover of ours.
    """
    declared = without_nulls(status)
    if connector.status == declared:
        return False
    return (
        applied is None
        or without_nulls(applied) != declared
        or not covers(connector.status, declared)
    )
