"""Commands of contosoctl, run in a thread beside the emulated Azure that they talk to."""

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controller.cli.main import module
from controller.emulator.azure.store import Azure

MANIFEST = """\
apiVersion: sentinel.contoso.com/v1alpha1
kind: ContosoConnector
metadata: {name: acme}
spec:
  workspace:
    subscriptionId: 74c5f87b-c853-4d0f-8ec5-c8cc00ca8761
    resourceGroup: sentinel-rg
    name: LogAnalytics1
  tables:
    - name: Logins_CL
      columns:
        - {name: User, type: string}
  application:
    existing:
      appId: fd63552b-4f92-42d8-8333-69006c44b4d9
      servicePrincipalId: c87ef7c8-81f7-49ac-a2c1-128e67e0122b
"""


@dataclass(frozen=True)
class Place:
    """Where a command runs: Azure, the environment that leads there, a folder."""

    azure: Azure
    environ: Mapping[str, str]
    folder: Path

    def manifest(self, text: str = MANIFEST) -> str:
        path = self.folder / "acme.yaml"
        path.write_text(text)
        return str(path)

    async def run(self, name: str, *words: str) -> int:
        """The exit code; what it printed is for capsys."""
        command = module(name)
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        arguments = parser.parse_args(words)
        code: int = await asyncio.to_thread(command.run, arguments, self.environ)
        return code

    def held(self) -> dict[str, object]:
        """A copy of everything in Azure, to see that nothing was written."""
        return {resource.key: str(resource.body) for resource in self.azure.all()}
