"""A plan on a terminal: what it says at 80 columns, and that no line is wider than asked for."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from controller.cli.plans import text
from controller.cli.plans.result import Result
from controller.reconcile.plan import Action
from tests import generated
from tests.cli import scenes
from tests.cli.scenes import Scene

BEGIN, END = "<!-- capture: begin -->\n", "<!-- capture: end -->"


def printed(result: Result, width: int = 80, *, terminal: bool = False) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=terminal, soft_wrap=True)
    console.print(text.result(result, width), end="")
    told = console.file
    assert isinstance(told, StringIO)
    return told.getvalue()


@pytest.mark.parametrize("name", ["docs/plan.md", "README.md"])
async def test_the_capture_in_the_docs_is_what_is_printed(name: str) -> None:
    """Nine tables, one column changed, on a terminal of 80 columns."""
    page = (generated.ROOT / name).read_text()
    before, _, rest = page.partition(BEGIN)
    shown = f"$ contosoctl plan -f {scenes.LARGE}\n{printed(await scenes.one_column())}"
    made = f"{before}{BEGIN}```\n{shown}```\n{END}{rest.partition(END)[2]}"
    generated.assert_equal(name, made)


@pytest.mark.parametrize("scene", scenes.ALL, ids=lambda scene: scene.__name__)
async def test_each_scene_reads_as_before(scene: Scene) -> None:
    generated.assert_equal(f"tests/cli/golden/{scene.__name__}.txt", printed(await scene()))


@pytest.mark.parametrize("width", [40, 61, 80, 132])
@pytest.mark.parametrize("scene", scenes.ALL, ids=lambda scene: scene.__name__)
async def test_no_line_is_wider_than_the_terminal(scene: Scene, width: int) -> None:
    assert [line for line in printed(await scene(), width).splitlines() if len(line) > width] == []


@pytest.mark.parametrize("action", Action)
async def test_every_action_has_its_line(action: Action) -> None:
    result = await scenes.nothing()
    assert result.plan is not None
    step = replace(result.plan.steps[0], action=action)
    shown = printed(replace(result, plan=replace(result.plan, steps=(step,))))
    assert re.search(rf"^  . {action} +Table ", shown, re.MULTILINE)


async def test_colour_is_only_for_terminals() -> None:
    changed = await scenes.changed()
    assert "\x1b" in printed(changed, terminal=True)
    assert "\x1b" not in printed(changed)


async def test_no_secret_is_shown() -> None:
    assert "s3cret" not in printed(await scenes.changed(), 1000)


async def test_what_only_a_write_tells_is_known_after_apply() -> None:
    assert "(known after apply)" in printed(await scenes.new(), 1000)
