"""`contosoctl diff`: what Azure lacks of the objects in a cluster. Decides which objects."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from controller.cli import objects, walks
from controller.cli.plans.result import DONE, Subject
from controller.config import SettingsError
from controller.kube.api import ApiError
from controller.kube.login import Access, NoAccess
from controller.kube.reading import read
from controller.model.connector import Connector
from controller.model.derived import derive
from controller.model.errors import Fault, SpecError
from controller.model.spec import parse
from controller.reconcile import consent
from controller.reconcile.rivals import Neighbours

SOURCE = "cluster"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which objects of which cluster; those that are being deleted are left out."""
    objects.arguments(parser)
    walks.output(parser)


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 nothing to do, 2 differences, 1 an error."""
    access = objects.access(arguments, environ)
    try:
        return asyncio.run(_compared(arguments, access, environ))
    except (SettingsError, NoAccess, ApiError, objects.NotFound, Fault) as error:
        return walks.complain(error)


async def _compared(
    arguments: argparse.Namespace, access: Access, environ: Mapping[str, str]
) -> int:
    installation = walks.settings_of(environ).installation
    listed = await read(access, arguments.namespace)
    found = [connector for connector in listed if not connector.deleting]
    chosen = objects.chosen(found, arguments.names)
    if not chosen:
        objects.remark_on_none(arguments.namespace)
        return DONE
    now = datetime.now(UTC)
    subjects = [
        _subject(Neighbours(each, _others(each, found), installation, now)) for each in chosen
    ]
    return await walks.walk_all(subjects, environ, form=arguments.output)


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
