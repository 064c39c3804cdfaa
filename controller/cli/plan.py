"""`contosoctl plan -f` and `apply -f`: one walk for each connector of the manifests, no cluster."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from controller.cli import render
from controller.cli.edges import azure
from controller.cli.manifests import Unreadable, connectors
from controller.config import EVERY_NAMESPACE, NAMESPACE, Settings, SettingsError, from_environ
from controller.model.connector import KIND
from controller.model.derived import Derived, derive
from controller.model.errors import Fault
from controller.model.spec import parse
from controller.reconcile.observe import Ports
from controller.reconcile.plan import Plan
from controller.reconcile.preflight.ahead import ahead, refuse
from controller.reconcile.walk import walk

DONE, ERROR, DIFFERENT = 0, 1, 2


class Unusable(Exception):
    """A manifest that holds no usable connector: names file, document and field."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One connector of a file."""

    source: str
    derived: Derived


def arguments(parser: argparse.ArgumentParser) -> None:
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


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 nothing to do, 2 differences, 1 an error."""
    return start(arguments, environ, write=False)


def start(arguments: argparse.Namespace, environ: Mapping[str, str], *, write: bool) -> int:
    """Both commands: they are one walk with and without writing."""
    errors = Console(stderr=True, highlight=False)
    try:
        settings = from_environ({NAMESPACE: EVERY_NAMESPACE, **environ})
        manifests = _read_all(arguments, settings.installation)
        return asyncio.run(_walk_all(manifests, settings, environ, write=write))
    except (SettingsError, Unreadable, Unusable, Fault) as error:
        errors.print(str(error), style="red")
        return ERROR


def _read_all(arguments: argparse.Namespace, installation: str) -> list[Manifest]:
    manifests = [
        manifest
        for file in arguments.files
        for manifest in read(file, arguments.namespace, installation)
    ]
    if not manifests:
        raise Unusable(f"No {KIND} in {', '.join(arguments.files)}.")
    return manifests


def read(file: str, namespace: str, installation: str) -> Iterator[Manifest]:
    """The connectors of a file or folder, with all that follows from them.

    Raises Unreadable, Unusable.
    """
    for name, document in connectors(file):
        value = document.value
        metadata = value.get("metadata") or {}
        try:
            derived = derive(
                parse(value.get("spec") or {}),
                namespace=metadata.get("namespace", namespace),
                name=metadata.get("name", ""),
                installation=installation,
            )
        except Fault as error:
            raise Unusable(f"{name}, document at line {document.line}: {error}") from error
        yield Manifest(name, derived)


async def _walk_all(
    manifests: Sequence[Manifest], settings: Settings, environ: Mapping[str, str], *, write: bool
) -> int:
    console = Console(highlight=False, soft_wrap=True)
    code = DONE
    async with azure(settings, environ) as (ports, _):
        for manifest in manifests:
            try:
                made = await _walked(manifest, ports, write=write)
            except Fault as fault:
                console.print(f"{manifest.derived.name} ({manifest.source}): {fault}", style="red")
                code = ERROR
                continue
            console.print(render.plan(manifest.derived, made), end="")
            code = _worse(code, made, write=write)
    return code


async def _walked(manifest: Manifest, ports: Ports, *, write: bool) -> Plan:
    async def begin(plan: Plan) -> None:
        refuse(await ahead(manifest.derived, plan, ports))

    return await walk(manifest.derived, ports, begin=begin if write else None)


def _worse(code: int, made: Plan, *, write: bool) -> int:
    if code == ERROR or made.fault is not None:
        return ERROR
    return DIFFERENT if made.to_do and not write else code
