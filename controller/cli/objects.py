"""Which objects of which cluster a command is about, by its arguments."""

import argparse
from collections.abc import Mapping, Sequence

from controller.cli import walks
from controller.kube.login import Access
from controller.model.connector import KIND, Connector


class NotFound(Exception):
    """An object that was asked for is not there."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Names, a namespace, and how to find the cluster."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="name or namespace/name (default: all)"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("-n", dest="namespace", help="look in this namespace (default: in all)")
    where.add_argument("-A", action="store_true", help="look in all namespaces, as by default")
    parser.add_argument("--kubeconfig", metavar="FILE", help="instead of KUBECONFIG")
    parser.add_argument("--context", metavar="NAME", help="of the kubeconfig")


def access(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Access:
    return Access(environ, arguments.kubeconfig, arguments.context)


def chosen(found: Sequence[Connector], names: Sequence[str]) -> list[Connector]:
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


def remark_on_none(namespace: str | None) -> None:
    """That there is nothing to be about."""
    where = f"namespace {namespace}" if namespace else "the cluster"
    walks.remark(f"No {KIND} in {where}.")


def _fits(connector: Connector, name: str) -> bool:
    return name in (connector.name, f"{connector.namespace}/{connector.name}")
