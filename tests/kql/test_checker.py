"""The child process: started at the first need, gone when idle, replaced when it died."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from controller.kql.checker import Checker
from controller.kql.engine import FILES
from controller.model.kql import OPEN, Question, Reply, Unchecked
from tests.kusto import needs_service

SOURCE = Question("source | extend B = strlen(A)", {"source": {"A": "string"}})
ECHO = """
var asked = 0;
check = function (request) {
  var text = JSON.parse(request).text;
  if (text === "throw") throw new Error("no\\nmore");
  if (text === "hang") while (true);
  asked += 1;
  return JSON.stringify({mistakes: [], columns: [[text, String(asked)]], syntax: [], unknown: []});
};
"""
"""stands for the service: says which question of its process this is"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    needs_service(os.environ)  # for its engine
    for name, script in zip(FILES, (ECHO, ""), strict=True):
        (tmp_path / name).write_text(script)
    return tmp_path


@pytest.fixture
async def checker(folder: Path) -> AsyncIterator[Checker]:
    found = Checker(folder)
    yield found
    await found.aclose()


def asked(text: str) -> Question:
    return Question(text, {})


async def count(checker: Checker, text: str) -> str:
    """Which question of its process this was."""
    (reply,) = await checker.check([asked(text)])
    assert isinstance(reply, Reply), reply
    return reply.columns[0][1]


def environment(checker: Checker) -> str:
    """The child's, as the system shows it."""
    return Path(f"/proc/{checker.pid}/environ").read_text()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - a process that ends sets no event
            await asyncio.sleep(0.01)


async def test_no_child_runs_before_the_first_question(checker: Checker) -> None:
    before = checker.pid
    await checker.check([asked("a")])
    assert before is None
    assert checker.pid is not None


async def test_one_child_answers_all_questions_in_order(checker: Checker) -> None:
    answers = await checker.check([asked("a"), asked("b")])
    assert [answer.columns for answer in answers if isinstance(answer, Reply)] == [
        (("a", "1"),),
        (("b", "2"),),
    ]
    assert checker.starts == 1


async def test_a_question_asked_before_costs_nothing(checker: Checker) -> None:
    first = await count(checker, "a")
    await count(checker, "b")
    assert (await count(checker, "a"), await count(checker, "c")) == (first, "3")


async def test_questions_that_differ_in_their_tables_only_are_two(checker: Checker) -> None:
    tables = ({"T": {"A": "string"}}, {"T": {"A": "int"}}, {"T": OPEN})
    await checker.check([Question("T", each) for each in tables])
    assert await count(checker, "next") == "4"


async def test_an_idle_child_ends_and_the_next_question_starts_another(folder: Path) -> None:
    checker = Checker(folder, idle=0.05)
    await count(checker, "a")
    await until(lambda: checker.pid is None)
    assert await count(checker, "b") == "1"
    assert checker.starts == 2
    await checker.aclose()


async def test_a_child_that_was_killed_is_replaced(checker: Checker) -> None:
    await count(checker, "a")
    assert checker.pid is not None
    os.kill(checker.pid, signal.SIGKILL)
    assert await count(checker, "b") == "1"


async def test_a_text_that_the_service_throws_on_is_unchecked_and_the_child_stays(
    checker: Checker,
) -> None:
    (answer,) = await checker.check([asked("throw")])
    assert isinstance(answer, Unchecked)
    assert "the language service failed" in answer.why
    assert "\n" not in answer.why
    assert await count(checker, "b") == "1"
    assert checker.starts == 1


async def test_a_text_without_an_end_is_given_up_after_a_second_child(folder: Path) -> None:
    checker = Checker(folder, answer_within=0.5)
    (answer,) = await checker.check([asked("hang")])
    assert answer == Unchecked("the language service failed (no answer)")
    assert checker.starts == 2
    await checker.aclose()


async def test_a_question_that_is_given_up_leaves_no_answer_for_the_next(checker: Checker) -> None:
    await count(checker, "a")
    given_up = asyncio.create_task(checker.check([asked("b")]))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    (reply,) = await checker.check([asked("c")])
    assert isinstance(reply, Reply)
    assert reply.columns == (("c", "1"),)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the system shows no environments")
async def test_the_child_inherits_nothing_of_the_operators_environment(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads texts of everybody who may make an object; the environment may hold a secret."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush")
    await count(checker, "a")
    assert "hush" not in environment(checker)


async def test_without_the_files_nothing_starts_and_the_answer_says_what_to_do(
    tmp_path: Path,
) -> None:
    checker = Checker(tmp_path)
    assert await checker.check([SOURCE]) == [
        Unchecked(f"bridge.min.js is not in {tmp_path}: run `make kql`")
    ]
    assert checker.starts == 0


async def test_the_real_service_answers_through_the_pipe() -> None:
    needs_service(os.environ)
    checker = Checker()
    (reply,) = await checker.check([SOURCE])
    await checker.aclose()
    assert isinstance(reply, Reply)
    assert reply.columns == (("A", "string"), ("B", "long"))
