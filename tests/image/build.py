"""The first stage of the Dockerfile, carried out in a folder: its very steps, without an image."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

from tests.generated import ROOT

DIGEST = f"sha256:{'0' * 64}"
"""of no image: the form is what the build looks at"""
BASES = {"BUILDER": f"builder@{DIGEST}", "BASE": f"base@{DIGEST}"}


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its name, and all that follows in one line."""

    name: str
    value: str


def steps(stage: int) -> list[Step]:
    """The instructions of a stage, 0 for those before the first FROM."""
    parser = DockerfileParser(str(ROOT / "Dockerfile"), cache_content=True, env_replace=False)
    stages: list[list[Step]] = [[]]
    for found in parser.structure:
        if found["instruction"] == "FROM":
            stages.append([])
        if found["instruction"] != "COMMENT":
            stages[-1].append(Step(found["instruction"], found["value"]))
    return stages[stage]


def values(name: str, stage: int) -> dict[str, str]:
    """NAME=VALUE of every instruction of that name; what has no value is left out."""
    words = [word for step in steps(stage) if step.name == name for word in shlex.split(step.value)]
    return {key: value for key, mark, value in (word.partition("=") for word in words) if mark}


class Failed(Exception):
    """A step ended with an error; its output is the message."""


@dataclass
class Stage:
    """An empty machine with a Python, in `folder`. Absolute paths are ENV's and WORKDIR's alone."""

    folder: Path
    arguments: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        python = self.folder / "python"
        subprocess.run([sys.executable, "-m", "venv", python], check=True)  # noqa: S603
        self.environment = {
            **os.environ,
            "PATH": f"{python / 'bin'}:{os.defpath}",
            "PIP_NO_COMPILE": "1",  # the image has the bytecode; here it is half of the time
        }
        self.work = self.folder

    def carry_out(self, stage: int) -> None:
        for step in steps(stage):
            getattr(self, f"_{step.name.lower()}")(step.value)

    def run(self, *command: str | Path, check: bool = True) -> str:
        """What the command prints; in the folder and environment that the steps left."""
        done = subprocess.run(  # noqa: S603
            [str(word) for word in command],
            env=self.environment,
            cwd=self.work,
            text=True,
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            raise Failed(done.stdout + done.stderr)
        return done.stdout + done.stderr

    def _from(self, _: str) -> None:
        """The machine is there."""

    def _arg(self, value: str) -> None:
        name, _, default = value.partition("=")
        self.environment[name] = self.arguments.get(name, default)

    def _env(self, value: str) -> None:
        for word in shlex.split(value):
            name, _, text = word.partition("=")
            self.environment[name] = self._inside(text) if text.startswith("/") else text

    def _workdir(self, value: str) -> None:
        self.work = Path(self._inside(value))
        self.work.mkdir(exist_ok=True)

    def _copy(self, value: str) -> None:
        *sources, target = shlex.split(value)
        ignored = shutil.ignore_patterns("__pycache__")
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, self.work / target, ignore=ignored)
            else:
                shutil.copy(ROOT / source, self.work / target)

    def _run(self, value: str) -> None:
        self.run("/bin/sh", "-c", value)

    def _inside(self, path: str) -> str:
        return str(self.folder / path.lstrip("/"))
