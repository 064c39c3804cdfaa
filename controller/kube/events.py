"""Kubernetes events about a connector. Decides how they are named, not when they are sent."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from controller.kube.api import Api, ApiError, Call
from controller.model.connector import FIELD_MANAGER, GROUP, KIND, VERSION, Connector, Event


async def post(api: Api, connector: Connector, event: Event, *, at: datetime) -> None:
    """Tells of the event once; the same event again only counts up. Raises ApiError.

    Silent where no event may be made: a namespace that is being deleted answers 403.
    """
    body = _body(connector, event, at)
    path = f"/api/v1/namespaces/{connector.namespace}/events"
    try:
        await api.send(Call("POST", path, body=body))
    except ApiError as error:
        if error.status == 409:
            await _count(api, f"{path}/{body['metadata']['name']}", body["lastTimestamp"])
        elif error.status != 403:
            raise


async def _count(api: Api, path: str, at: str) -> None:
    count = (await api.send(Call("GET", path))).get("count") or 1
    body = {"count": count + 1, "lastTimestamp": at}
    await api.send(Call("PATCH", path, body=body, form="application/merge-patch+json"))


def _body(connector: Connector, event: Event, at: datetime) -> dict[str, Any]:
    when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    words = "\0".join((connector.uid, event.type, event.reason, event.message))
    digest = sha256(words.encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        # the name follows from the content: the same event again is a 409, not a second object
        "metadata": {"namespace": connector.namespace, "name": f"{connector.name[:230]}.{digest}"},
        "involvedObject": {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "namespace": connector.namespace,
            "name": connector.name,
            "uid": connector.uid,
            "resourceVersion": connector.resource_version,
        },
        "type": str(event.type),
        "reason": event.reason,
        "message": event.message[:1024],
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "firstTimestamp": when,
        "lastTimestamp": when,
        "count": 1,
    }
