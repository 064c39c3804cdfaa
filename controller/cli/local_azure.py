"""How a process finds an emulated Azure: a cloud's file and an environment, in a folder."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from controller import config
from controller.emulator.azure import AzureEmulator, WalkThrough


def environment(
    emulator: AzureEmulator, seed: WalkThrough, folder: Path, *, installation: str = "demo"
) -> Mapping[str, str]:
    """Writes `cloud.json` into the folder; the variables that make it the operator's Azure."""
    document = {
        "name": "emulator",
        "authority": emulator.https_url,
        "arm": emulator.https_url,
        "armScope": "https://management.azure.com/.default",
        "logs": emulator.https_url,
        "logsScope": "https://api.loganalytics.io/.default",
        "ingestScope": "https://monitor.azure.com/.default",
        "caFile": str(emulator.ca_file),
    }
    path = folder / "cloud.json"
    path.write_text(json.dumps(document, indent=2))
    return {
        config.CLOUD: str(path),
        config.CREDENTIAL: "client-secret",
        config.INSTALLATION: installation,
        config.NAMESPACE: "default",
        "AZURE_TENANT_ID": seed.tenant,
        "AZURE_CLIENT_ID": seed.operator.client_id,
        "AZURE_CLIENT_SECRET": seed.operator.secret,
    }


def write_exports(variables: Mapping[str, str], path: Path) -> None:
    """A file to `source`; readable by its owner only, since it holds a (made-up) secret."""
    path.touch(mode=0o600)
    lines = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    path.write_text("\n".join(lines) + "\n")
