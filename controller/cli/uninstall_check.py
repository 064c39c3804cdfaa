"""`contosoctl uninstall-check`: may the operator go? Not while objects hold its finalizer."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence

from controller.cli import walks
from controller.kube.api import ApiError
from controller.kube.login import Access, NoAccess
from controller.kube.reading import read
from controller.model.connector import FINALIZER, KIND, ON_DELETE, PLURAL, Connector

SHOWN = 20
"""objects that are named: a log of thousands is read by nobody"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which objects of which cluster count."""
    parser.add_argument(
        "-n",
        "--namespace",
        dest="namespaces",
        metavar="NAMESPACE",
        action="append",
        help="look in this one; may be given again (default: in all)",
    )
    parser.add_argument("--kubeconfig", metavar="FILE", help="instead of the pod's own account")
    parser.add_argument("--context", metavar="NAME", help="of the kubeconfig")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 it may go, 1 it may not, or nobody can tell; the reason is printed."""
    access = Access(environ, arguments.kubeconfig, arguments.context)
    try:
        held = asyncio.run(_held(access, arguments.namespaces or [None]))
    except (NoAccess, ApiError) as error:
        return walks.complain(error)
    if not held:
        print(f"No {KIND} holds the finalizer {FINALIZER}: the operator may be uninstalled.")
        return 0
    print(refusal(held))
    return 1


async def _held(access: Access, namespaces: Sequence[str | None]) -> list[Connector]:
    """The objects with our finalizer, by namespace and name. Without the CRD there is none."""
    found: list[Connector] = []
    for namespace in namespaces:
        try:
            found += await read(access, namespace)
        except ApiError as error:
            if error.status != 404:
                raise
    return sorted(
        (connector for connector in found if FINALIZER in connector.finalizers),
        key=lambda connector: connector.key,
    )


def refusal(held: Sequence[Connector]) -> str:
    """Why not, which objects, and the ways on."""
    named = [f"  {'/'.join(each.key)}{_going(each)}" for each in held[:SHOWN]]
    if len(held) > SHOWN:
        named.append(f"  and {len(held) - SHOWN} more")
    return "\n".join(
        (
            f"Not uninstalled: {len(held)} {KIND}(s) hold the finalizer {FINALIZER}, which only",
            "the operator clears. Without it they cannot be deleted, and what their policy would",
            "delete in Azure stays there:",
            *named,
            "The ways on:",
            f"- Delete them while the operator runs: kubectl delete {PLURAL} -n NAMESPACE NAME",
            f"  To leave everything in Azure, first annotate them with {ON_DELETE}=Orphan.",
            "- Keep them, for an operator that is installed again: helm uninstall --no-hooks",
        )
    )


def _going(connector: Connector) -> str:
    return " (is being deleted)" if connector.deleting else ""
