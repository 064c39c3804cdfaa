"""The blocks of commands in the documents, typed as they stand there."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.harness import ROOT, Stage

FENCED = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def block(beginning: str, **names: str) -> str:
    """The only block of docs/lifecycle.md that begins so, with these values for its words."""
    (found,) = (text for text in _blocks("lifecycle.md") if text.startswith(beginning))
    return _filled(found, names)


def lines(page: str, **names: str) -> list[str]:
    """The commands of a page under docs, one a line."""
    joined = "".join(_blocks(page)).replace("\\\n", " ")
    return _filled(joined, names).splitlines()


def _blocks(page: str) -> list[str]:
    return FENCED.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))


def _filled(text: str, names: Mapping[str, str]) -> str:
    for word, value in names.items():
        text = re.sub(rf"\b{word}\b", value, text)
    return text


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
