"""The ContosoConnectors of a cluster, for a command that reads them once.

By our own session, or by kubectl where the kubeconfig's user logs in by a plugin.
"""

import asyncio
import json
import shutil
from collections.abc import Iterator

from controller.kube import connectors
from controller.kube.api import Api
from controller.kube.login import Access, NeedsPlugin, NoAccess
from controller.kube.objects import connector_of
from controller.model.connector import GROUP, PLURAL, Connector


async def read(access: Access, namespace: str | None) -> list[Connector]:
    """All objects of a namespace, None: of all. Raises NoAccess, ApiError."""
    try:
        session = Api(access)
    except NeedsPlugin as refusal:
        program = shutil.which("kubectl", path=access.environ.get("PATH"))
        if program is None:
            raise NoAccess(f"{refusal} Or put kubectl on the PATH, and it is asked.") from refusal
        return await _by_kubectl(program, access, namespace)
    async with session as api:
        await connectors.check(api, namespace)
        return await connectors.whole(api, namespace)


async def _by_kubectl(program: str, access: Access, namespace: str | None) -> list[Connector]:
    command = [program, "get", f"{PLURAL}.{GROUP}", "-o", "json", *_choice(access)]
    command += ["--namespace", namespace] if namespace else ["--all-namespaces"]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(access.environ),
    )
    out, said = await process.communicate()
    if process.returncode != 0:
        raise NoAccess(f"kubectl cannot list {PLURAL}: {said.decode(errors='replace').strip()}")
    return [connector_of(item) for item in json.loads(out)["items"]]


def _choice(access: Access) -> Iterator[str]:
    if access.kubeconfig is not None:
        yield f"--kubeconfig={access.kubeconfig}"
    if access.context is not None:
        yield f"--context={access.context}"
