"""The blocks of commands in docs/lifecycle.md, typed as they stand there."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.e2e.harness import ROOT, Stage

FENCED = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def block(beginning: str, **names: str) -> str:
    """The only block of the page that begins so, with these values in place of its words."""
    page = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    (found,) = (text for text in FENCED.findall(page) if text.startswith(beginning))
    for word, value in names.items():
        found = re.sub(rf"\b{word}\b", value, found)
    return str(found)


async def run(stage: Stage, script: str) -> str:
    """What the commands print, typed in the stage's folder; fails the test with their words.

    A program in that folder comes before one of this machine.
    """
    path = (stage.folder, Path(sys.executable).parent, os.environ["PATH"])
    process = await asyncio.create_subprocess_exec(
        *("bash", "-e", "-o", "pipefail", "-c", script),
        cwd=stage.folder,
        env={
            **os.environ,
            **stage.variables,
            "KUBECONFIG": str(stage.cluster.kubeconfig),
            "PATH": ":".join(map(str, path)),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    return told.decode()
