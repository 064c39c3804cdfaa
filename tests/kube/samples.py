"""ContosoConnectors as the API server would send them, for tests of the Kubernetes edge."""

from typing import Any

from controller.kube.objects import connector_of
from controller.model.connector import FINALIZER, GROUP, KIND, VERSION, Connector


def body(**metadata: Any) -> dict[str, Any]:
    """A whole object; keyword arguments replace or add metadata."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {
            "namespace": "soc",
            "name": "alerts",
            "uid": "u1",
            "generation": 1,
            "resourceVersion": "10",
            **metadata,
        },
        "spec": {"suspend": False},
    }


def connector(**metadata: Any) -> Connector:
    return connector_of(body(**metadata))


def held(**metadata: Any) -> Connector:
    """A connector that carries our finalizer."""
    return connector(finalizers=[FINALIZER], **metadata)
