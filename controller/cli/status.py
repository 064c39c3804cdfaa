"""`contosoctl status`: how the objects in a cluster are. Decides what the exit code says."""

import argparse
import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console

from controller.cli import glance, objects, walks
from controller.cli.counting import count
from controller.cli.glance import Glance
from controller.kube.api import ApiError
from controller.kube.login import Access, NoAccess
from controller.kube.reading import read

READY, NOT_READY = 0, 2
EPILOG = """\
Conditions are the operator's. Events are counted in Log Analytics with the rights of who calls; the
settings of the operator's environment say how (docs/operations.md). Without them: -.
Exit codes: 0 all are Ready, 2 one is not, 1 an error."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which objects of which cluster; -o json for machines."""
    objects.arguments(parser)
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "-o", dest="output", choices=["text", "json"], default="text", help="(default: text)"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 all are Ready as they are declared now, 2 one is not, 1 an error."""
    access = objects.access(arguments, environ)
    try:
        return asyncio.run(_look(arguments, access, environ))
    except (NoAccess, ApiError, objects.NotFound) as error:
        return walks.complain(error)


async def _look(arguments: argparse.Namespace, access: Access, environ: Mapping[str, str]) -> int:
    chosen = objects.chosen(await read(access, arguments.namespace), arguments.names)
    if not chosen:
        objects.remark_on_none(arguments.namespace)
    counted = await count(chosen, environ) if chosen else None
    glances = [Glance(each, counted.counts.get(each.key) if counted else None) for each in chosen]
    if arguments.output == "json":
        print(json.dumps(glance.document(glances), indent=2, ensure_ascii=False))
    elif glances:
        shown = glance.table(glances, datetime.now(UTC))
        Console(highlight=False, soft_wrap=True).print(shown, end="")
    for said in counted.missing if counted else ():
        walks.remark(f"Events are not counted: {said}")
    return READY if all(each.is_ready for each in glances) else NOT_READY
