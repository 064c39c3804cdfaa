"""Log lines: the object as a field, kopf's own formats."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from controller.kube.logs import about, configure
from tests.kube.samples import connector


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:], root.level = handlers, level


def test_a_json_line_carries_the_object(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(json=True)

    with about(connector()):
        logging.getLogger("controller").warning("Hello")

    told = json.loads(capsys.readouterr().err)
    assert (told["message"], told["object"], told["generation"]) == ("Hello", "soc/alerts", 1)


def test_a_plain_line_is_readable(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure(json=False)

    with about(connector()):
        logging.getLogger("controller").warning("Hello")

    assert capsys.readouterr().err.rstrip().endswith("Hello")


async def test_a_line_of_a_task_that_a_run_starts_is_about_its_object(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Azure edge does not know for whom it calls."""
    configure(json=True)

    async def call(path: str) -> None:
        await asyncio.sleep(0)
        logging.getLogger("controller.azure.session").warning("asked", extra={"resource": path})

    async def run(name: str) -> None:
        with about(connector(name=name)):
            async with asyncio.TaskGroup() as group:
                group.create_task(call(f"/{name}"))

    await asyncio.gather(run("one"), run("two"))
    await call("/nobody's")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["resource"], line.get("object")) for line in lines] == [
        ("/one", "soc/one"),
        ("/two", "soc/two"),
        ("/nobody's", None),
    ]
