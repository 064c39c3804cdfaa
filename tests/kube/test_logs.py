"""Log lines: the object as a field, kopf's own formats."""

import json
import logging
from collections.abc import Iterator

import pytest

from controller.kube.logs import configure, fields
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

    logging.getLogger("controller").warning("Hello", extra=fields(connector()))

    told = json.loads(capsys.readouterr().err)
    assert (told["message"], told["object"], told["generation"]) == ("Hello", "soc/alerts", 1)


def test_a_plain_line_is_readable(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure(json=False)

    logging.getLogger("controller").warning("Hello", extra=fields(connector()))

    assert capsys.readouterr().err.rstrip().endswith("Hello")
