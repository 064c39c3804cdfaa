"""`contosoctl demo`: the whole story on this machine, in under a minute."""

import argparse
import asyncio
from collections.abc import Mapping

from rich.console import Console


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which cluster, and whether it stays."""
    parser.add_argument(
        "--context",
        metavar="NAME",
        help="a cluster of your kubeconfig; else kube-apiserver from KUBEBUILDER_ASSETS, "
        "else a small API server that comes along",
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave everything running and say what to type next"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 when the story went as it should."""
    from controller.cli.demo.screen import Screen, Unexpected
    from controller.cli.demo.story import tell

    screen = Screen(Console(highlight=False, soft_wrap=True))
    try:
        asyncio.run(tell(screen, environ, context=arguments.context, keep=arguments.keep))
    except Unexpected as error:
        screen.failed(str(error))
        return 1
    return 0
