"""`contosoctl run`: the operator, until SIGTERM."""

import argparse
import asyncio
import gc
import socket
import uuid
from collections.abc import Mapping
from functools import partial

from rich.console import Console

from controller.cli.edges import azure, rights
from controller.cli.showing import metrics, showing, telling
from controller.config import Settings, SettingsError, from_environ
from controller.kube import logs, operator, secrets
from controller.kube.api import Api
from controller.kube.election import election
from controller.kube.lease import Candidate, Rhythm
from controller.kube.login import Access, NoAccess
from controller.kube.terms import Office
from controller.model.errors import Fault
from controller.model.kql import OPEN, Question


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which cluster; everything else is a setting of the environment."""
    parser.add_argument("--kubeconfig", metavar="FILE", help="instead of the pod's own account")
    parser.add_argument("--context", metavar="NAME", help="of the kubeconfig")
    parser.add_argument("--verbose", action="store_true", help="log every call")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 after a stop that was asked for, 1 when the operator cannot start or go on."""
    try:
        settings = from_environ(environ)
        logs.configure(json=settings.log_format == "json", verbose=arguments.verbose)
        access = Access(environ, arguments.kubeconfig, arguments.context)
        asyncio.run(_serve(settings, access, environ))
    except (SettingsError, NoAccess, Fault, operator.WatchEnded) as error:
        Console(stderr=True, highlight=False).print(str(error), style="red")
        return 1
    return 0


async def _serve(settings: Settings, access: Access, environ: Mapping[str, str]) -> None:
    stop = asyncio.Event()
    operator.stop_on_signals(stop)
    port = settings.health_port
    shown = metrics(settings)
    async with (
        telling(settings, shown) as tell,
        election(_candidate(settings), access) as elected,
        Api(access) as api,
        azure(
            settings,
            environ,
            may_write=elected.leads,
            tell=tell,
            read_secret=partial(secrets.read, api),
        ) as edges,
        showing(settings, shown, edges, access),
    ):
        options = operator.Options(
            namespaces=settings.served,
            workers=settings.workers,
            relist=settings.relist_seconds,
            liveness=f"http://0.0.0.0:{port}/healthz" if port else None,
            tell=tell,
        )
        office = Office(elected, lambda: rights(settings, edges))
        # an operator starts where connectors are about to be written: the checker's own start,
        # a second and more, is over by then
        warm = edges.ports.kql.check([Question("source", {"source": OPEN})])
        warming = asyncio.create_task(warm)
        # what the libraries made lives as long as the process: looked through no more, and not
        # counted where Python weighs whether a full collection is due
        gc.collect()
        gc.freeze()
        try:
            await operator.run(options, access, office, stop=stop)
        finally:
            # on a busy machine the start outlasts a grace period: a stop does not wait for it
            warming.cancel()
            await asyncio.wait([warming])


def _candidate(settings: Settings) -> Candidate | None:
    """Under a name that a process of the same pod, started again, does not have."""
    if not settings.lease_seconds:
        return None
    name = f"{settings.pod or socket.gethostname()}_{uuid.uuid4()}"
    return Candidate(name, settings.namespace, Rhythm(settings.lease_seconds))
