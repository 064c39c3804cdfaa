"""`-o markdown`: a comment that no name, path or text in it can break."""

import re

import pytest

from controller.cli.plans.markdown import LINES_MOST, markdown
from tests import generated
from tests.cli import scenes
from tests.cli.scenes import Scene

GOLDEN: tuple[Scene, ...] = (
    scenes.nothing,
    scenes.changed,
    scenes.stuck,
    scenes.kept,
    scenes.one_column,
)


@pytest.mark.parametrize("scene", GOLDEN, ids=lambda scene: scene.__name__)
async def test_each_scene_reads_as_before(scene: Scene) -> None:
    generated.assert_equal(f"tests/cli/golden/{scene.__name__}.md", markdown([await scene()]))


async def test_a_cell_and_a_summary_hold_no_live_markup() -> None:
    """What Azure answered, in the table."""
    (row,) = [line for line in markdown([await scenes.stuck()]).splitlines() if "| Table" in line]
    assert row.endswith("No right to read &lt;b>\\|&lt;/b> `it`. |")


async def test_a_fence_is_longer_than_any_in_it() -> None:
    told = markdown([await scenes.changed()])
    block = told.partition("<summary>adopt Rule acme</summary>\n\n")[2].partition("\n\n")[0]
    first, *inner, last = block.splitlines()
    assert (first, last) == ("````diff", "````")
    assert "+ ```" in inner


async def test_what_is_very_long_is_cut_and_says_so() -> None:
    """GitHub refuses a comment of more than 65,536 characters."""
    told = markdown([await scenes.new()])
    blocks = re.findall(r"```json\n(.*?)\n```", told, re.DOTALL)
    assert max(len(block.splitlines()) for block in blocks) <= LINES_MOST + 1


async def test_no_secret_is_shown() -> None:
    assert "s3cret" not in markdown([await scenes.changed()])


async def test_connectors_stand_one_below_the_other() -> None:
    told = markdown([await scenes.nothing(), await scenes.unreachable()])
    assert re.findall(r"^### (.*)$", told, re.MULTILINE) == ["default/acme", "default/acme"]
