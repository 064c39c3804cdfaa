"""`contosoctl emulator`: a small Azure on loopback until Ctrl-C."""

import argparse
import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from controller.cli.local_azure import environment, write_exports


def arguments(parser: argparse.ArgumentParser) -> None:
    """How the emulated Azure behaves, and where its files go."""
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(".cache/azure"),
        help="where cloud.json and env are written (default: %(default)s)",
    )
    parser.add_argument("--http-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--https-port", type=int, default=0, help="0: any free one")
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="before every answer"
    )
    parser.add_argument(
        "--table-seconds",
        type=float,
        default=2.0,
        metavar="SECONDS",
        help="how long making a table takes (default: %(default)s)",
    )
    parser.add_argument(
        "--young-table-seconds",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long a rule may not name a new table",
    )
    parser.add_argument("--state-file", type=Path, help="read at the start, written at the end")


def run(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    """Serves until SIGINT or SIGTERM."""
    asyncio.run(_serve(arguments))
    return 0


async def _serve(arguments: argparse.Namespace) -> None:
    from controller.emulator.azure import AzureEmulator, Options

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    options = Options(
        latency=arguments.latency,
        table_seconds=arguments.table_seconds,
        young_table_seconds=arguments.young_table_seconds,
        state_file=arguments.state_file,
    )
    ports = {"http_port": arguments.http_port, "https_port": arguments.https_port}
    async with AzureEmulator(options, **ports) as emulator:
        seed = emulator.azure.seed_walk_through()
        arguments.folder.mkdir(parents=True, exist_ok=True)
        variables = environment(emulator, seed, arguments.folder.absolute())
        write_exports(variables, arguments.folder / "env")
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"A small Azure at {emulator.https_url} and {emulator.http_url}")
        console.print(f"with workspace {seed.workspace} in {seed.location}. In another terminal:")
        console.print(f"  source {arguments.folder}/env")
        console.print("  contosoctl plan -f manifests/")
        console.print("Ctrl-C ends it.")
        await stop.wait()
