"""The kubeconfig of a local API server: one cluster, one user, one context."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from controller.emulator.kubernetes.errors import Json

CONTEXT = "contoso-demo"


def kubeconfig(url: str, *, authority: bytes, token: str) -> Json:
    """`authority` is the PEM that signed the server's certificate."""
    certificate = base64.b64encode(authority).decode()
    cluster = {"server": url, "certificate-authority-data": certificate}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [
            {
                "name": CONTEXT,
                "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": "default"},
            }
        ],
        "current-context": CONTEXT,
    }


def write(config: Json, path: Path) -> None:
    """Writes it as JSON, which every YAML reader takes, readable for the owner only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(config, file, indent=1)
