"""What we do with ContosoConnectors at the API server beside watching: status, finalizer, LIST.

Every write says by resourceVersion which state of the object it means; a 409 reads it again.
Every function raises ApiError.
"""

from collections.abc import Mapping
from typing import Any

from controller.kube.api import Api, ApiError, Call
from controller.kube.objects import connector_of, without_nulls
from controller.model.connector import (
    FIELD_MANAGER,
    FINALIZER,
    GROUP,
    KIND,
    PLURAL,
    VERSION,
    Connector,
    Gone,
)

ATTEMPTS = 5
"""how often a write is tried against somebody who keeps changing the object"""
PAGE = 500
METADATA_ONLY = (
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json;q=0.5"
)


async def check(api: Api, namespace: str | None) -> None:
    """Returns if the API server serves our objects and lets us list them."""
    groups = (await api.send(Call("GET", "/apis"))).get("groups") or ()
    if not any(group.get("name") == GROUP for group in groups):
        raise ApiError(404, "NotFound", f"it does not know {PLURAL}.{GROUP}: apply the CRD")
    await api.send(Call("GET", _path(namespace), params={"limit": "1"}, accept=METADATA_ONLY))


async def read(api: Api, namespace: str, name: str) -> Connector | None:
    """The object as it is now, None when there is none of this name."""
    try:
        return connector_of(await api.send(Call("GET", _path(namespace, name))))
    except ApiError as error:
        if error.status == 404:
            return None
        raise


async def metadata(api: Api, namespace: str | None, *, page: int = PAGE) -> list[Connector]:
    """All objects of a namespace, None: of all; their spec and status read as empty."""
    return await _listed(api, namespace, page=page, accept=METADATA_ONLY)


async def whole(api: Api, namespace: str | None, *, page: int = PAGE) -> list[Connector]:
    """All objects of a namespace, None: of all, with everything in them."""
    return await _listed(api, namespace, page=page, accept="application/json")


async def _listed(api: Api, namespace: str | None, *, page: int, accept: str) -> list[Connector]:
    found: list[Connector] = []
    params = {"limit": str(page)}
    while True:
        call = Call("GET", _path(namespace), params=params, accept=accept)
        answer = await api.send(call)
        found.extend(connector_of(item) for item in answer.get("items") or ())
        token = answer.get("metadata", {}).get("continue")
        if not token:
            return found
        params = {**params, "continue": token}


async def apply_status(api: Api, connector: Connector, status: Mapping[str, Any]) -> Connector:
    """Server-side apply of our whole status: what we no longer declare goes, others' stays.

    Returns the object as it is then. Raises Gone when it is another one by now.
    """
    declared = without_nulls(status)
    for _ in range(ATTEMPTS):
        try:
            return connector_of(await api.send(_application(connector, declared)))
        except ApiError as error:
            connector = await _read_again(api, connector, error)
        if connector.status == declared:
            return connector
    raise _contended(connector)


async def add_finalizer(api: Api, connector: Connector) -> Connector:
    """Returns the object with our finalizer.

    Raises Gone when it is deleted or being deleted: Kubernetes takes no new finalizer then (422).
    """
    for _ in range(ATTEMPTS):
        if FINALIZER in connector.finalizers:
            return connector
        if connector.deleting:
            raise Gone
        try:
            return await _set_finalizers(api, connector, (*connector.finalizers, FINALIZER))
        except ApiError as error:
            if error.status == 422:
                raise Gone from error
            connector = await _read_again(api, connector, error)
    raise _contended(connector)


async def remove_finalizer(api: Api, connector: Connector) -> Connector | None:
    """Lets the object go; returns its state then, None when it is no more."""
    for _ in range(ATTEMPTS):
        kept = tuple(name for name in connector.finalizers if name != FINALIZER)
        if kept == connector.finalizers:
            return connector
        try:
            released = await _set_finalizers(api, connector, kept)
        except ApiError as error:
            try:
                connector = await _read_again(api, connector, error)
            except Gone:
                return None
        else:
            return released if kept or not released.deleting else None
    raise _contended(connector)


def _application(connector: Connector, status: Mapping[str, Any]) -> Call:
    return Call(
        "PATCH",
        f"{_path(connector.namespace, connector.name)}/status",
        params={"fieldManager": FIELD_MANAGER, "force": "true"},
        body={
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "metadata": {
                "namespace": connector.namespace,
                "name": connector.name,
                "resourceVersion": connector.resource_version,
            },
            "status": status,
        },
        form="application/apply-patch+yaml",
    )


async def _set_finalizers(api: Api, connector: Connector, names: tuple[str, ...]) -> Connector:
    call = Call(
        "PATCH",
        _path(connector.namespace, connector.name),
        params={"fieldManager": FIELD_MANAGER},
        body={
            "metadata": {
                "resourceVersion": connector.resource_version,
                "finalizers": list(names),
            }
        },
        form="application/merge-patch+json",
    )
    return connector_of(await api.send(call))


async def _read_again(api: Api, connector: Connector, error: ApiError) -> Connector:
    """The newest state after a conflict; a vanished object is Gone, any other error is raised."""
    if error.status not in (404, 409):
        raise error
    newest = await read(api, connector.namespace, connector.name)
    if newest is None or newest.uid != connector.uid:
        raise Gone from error
    return newest


def _contended(connector: Connector) -> ApiError:
    what = f"{connector.namespace}/{connector.name}"
    return ApiError(409, "Conflict", f"{what} changed at each of our {ATTEMPTS} attempts to write")


def _path(namespace: str | None, name: str | None = None) -> str:
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{GROUP}/{VERSION}{scope}/{PLURAL}" + (f"/{name}" if name else "")
