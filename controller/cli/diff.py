"""`contosoctl diff`: what Azure lacks of the objects in a cluster. Decides which objects."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from controller.cli import walks
from controller.cli.plans.result import DONE, Subject
from controller.config import SettingsError
from controller.kube.api import ApiError
from controller.kube.login import Access, NoAccess
from controller.kube.reading import read
from controller.model.connector import KIND, Connector
from controller.model.derived import derive
from controller.model.errors import Fault, SpecError
from controller.model.spec import parse
from controller.reconcile import consent
from controller.reconcile.rivals import Neighbours

SOURCE = "cluster"


class NotFound(Exception):
    """An object that was asked for is not there."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which objects of which cluster; those that are being deleted are left out."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="name or namespace/name (default: all)"
    )
    parser.add_argument("-n", dest="namespace", help="look in this namespace (default: in all)")
    parser.add_argument("--kubeconfig", metavar="FILE", help="instead of KUBECONFIG")
    parser.add_argument("--context", metavar="NAME", help="of the kubeconfig")
    walks.output(parser)


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 nothing to do, 2 differences, 1 an error."""
    access = Access(environ, arguments.kubeconfig, arguments.context)
    try:
        return asyncio.run(_compared(arguments, access, environ))
    except (SettingsError, NoAccess, ApiError, NotFound, Fault) as error:
        return walks.complain(error)


async def _compared(
    arguments: argparse.Namespace, access: Access, environ: Mapping[str, str]
) -> int:
    installation = walks.settings_of(environ).installation
    listed = await read(access, arguments.namespace)
    found = [connector for connector in listed if not connector.deleting]
    chosen = _chosen(found, arguments.names)
    if not chosen:
        where = f"namespace {arguments.namespace}" if arguments.namespace else "the cluster"
        walks.remark(f"No {KIND} in {where}.")
        return DONE
    now = datetime.now(UTC)
    subjects = [
        _subject(Neighbours(each, _others(each, found), installation, now)) for each in chosen
    ]
    return await walks.walk_all(subjects, environ, form=arguments.output)


def _chosen(found: Sequence[Connector], names: Sequence[str]) -> list[Connector]:
    """In the order of namespace and name; raises NotFound for a name that fits none."""
    ordered = sorted(found, key=lambda connector: connector.key)
    for name in names:
        if not any(_fits(connector, name) for connector in ordered):
            raise NotFound(f"{KIND} {name} does not exist, or is being deleted.")
    return [
        connector
        for connector in ordered
        if not names or any(_fits(connector, name) for name in names)
    ]


def _fits(connector: Connector, name: str) -> bool:
    return name in (connector.name, f"{connector.namespace}/{connector.name}")


def _others(connector: Connector, found: Sequence[Connector]) -> list[Connector]:
    return [other for other in found if other.key != connector.key]


def _subject(neighbours: Neighbours) -> Subject:
    """With what the operator knows of the object: what is its own, and what Azure keeps."""
    connector = neighbours.connector
    namespace, name = connector.key
    try:
        derived = derive(
            parse(connector.spec),
            namespace=namespace,
            name=name,
            installation=neighbours.installation,
        )
    except SpecError as refusal:
        return Subject(SOURCE, namespace, name, refusal)
    leave = consent.leave(connector, derived, neighbours.standing())
    return Subject(SOURCE, namespace, name, derived, leave)
