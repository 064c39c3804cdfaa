"""`contosoctl plan -f`: what Azure lacks of manifests. Decides what a manifest's connector is."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from controller.cli import walks
from controller.cli.manifests import Document, Unreadable, connectors
from controller.cli.plans.result import Subject
from controller.config import SettingsError
from controller.model.connector import KIND
from controller.model.derived import Derived, derive
from controller.model.errors import Fault, SpecError
from controller.model.spec import parse


def manifests(parser: argparse.ArgumentParser) -> None:
    """-f FILE, several times; a folder stands for its *.yaml."""
    parser.add_argument(
        "-f",
        dest="files",
        action="append",
        required=True,
        metavar="FILE",
        help="a manifest, a folder of them, or - for standard input; may be given several times",
    )
    parser.add_argument(
        "-n",
        dest="namespace",
        default="default",
        help="the namespace of objects that name none (default: %(default)s)",
    )


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which manifests, and in which form the plan is shown."""
    manifests(parser)
    walks.output(parser)


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 nothing to do, 2 differences, 1 an error."""
    return start(arguments, environ, write=False)


def start(arguments: argparse.Namespace, environ: Mapping[str, str], *, write: bool) -> int:
    """`plan` and `apply`: they are one walk with and without writing."""
    try:
        installation = walks.settings_of(environ).installation
        subjects = tuple(read(arguments.files, arguments.namespace, installation))
        return asyncio.run(walks.walk_all(subjects, environ, form=arguments.output, write=write))
    except (SettingsError, Unreadable, Fault) as error:
        return walks.complain(error)


def read(files: Sequence[str], namespace: str, installation: str) -> Iterator[Subject]:
    """Every connector of the files. Raises Unreadable when one is none: nothing is done then."""
    found = [each for file in files for each in connectors(file)]
    if not found:
        raise Unreadable(f"No {KIND} in {', '.join(files)}.")
    for file, document in found:
        metadata = document.value.get("metadata")
        if not isinstance(metadata, Mapping) or not isinstance(metadata.get("name"), str):
            raise Unreadable(f"{file}:{document.line}: metadata.name is missing.")
        place, name = str(metadata.get("namespace") or namespace), metadata["name"]
        derived = _derived(file, document, place, (installation, name))
        yield Subject(file, place, name, derived)


def _derived(file: str, document: Document, namespace: str, owner: tuple[str, str]) -> Derived:
    installation, name = owner
    spec: Mapping[str, Any] = document.value.get("spec") or {}
    try:
        return derive(parse(spec), namespace=namespace, name=name, installation=installation)
    except SpecError as error:
        line, column = document.place(error.field)
        raise Unreadable(f"{file}:{line}:{column}: {error}") from error
