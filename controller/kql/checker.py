"""The parent's side: starts the child at the first need, ends it when idle, remembers replies.

Decides when a process runs; what a reply means is not known here.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from controller.kql.engine import missing
from controller.kql.wire import reply, request
from controller.model.kql import Question, Reply, Unchecked

PACKAGED = Path(__file__).with_name("kusto")
"""where `make kql` puts the two files"""

_REMEMBERED = 512
"""replies; a connector has some ten texts, and asks again only when one of them changed"""
_LINE = 2**24
_STARTS = 2
"""a text is tried once more in a fresh process before it is given up"""


_NO_ANSWER = "no answer"
_SILENT = Unchecked(f"the language service failed ({_NO_ANSWER})")


class Checker:
    """`Kql` by a child process. Times are in seconds; `answer_within` covers its start too."""

    def __init__(
        self, folder: Path = PACKAGED, *, idle: float = 60.0, answer_within: float = 30.0
    ) -> None:
        self._folder = folder
        self._idle = idle
        self._answer_within = answer_within
        self._process: Process | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._last: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._replies: OrderedDict[str, Reply] = OrderedDict()
        self.starts = 0
        """how often a child was started"""

    async def check(self, questions: Sequence[Question]) -> Sequence[Reply | Unchecked]:
        """One answer a question, in order; what was asked before costs nothing."""
        why = missing(self._folder)
        if why is not None:
            return [Unchecked(f"{why}: run `make kql`") for _ in questions]
        async with self._turn:
            self._stay()
            try:
                return await self._answers(questions)
            finally:
                self._end_later()

    async def aclose(self) -> None:
        """Ends the child."""
        async with self._turn:
            self._stay()
            await self._end()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None else None

    async def _answers(self, questions: Sequence[Question]) -> list[Reply | Unchecked]:
        """Without an answer to one the rest is not asked: everybody else waits for this turn."""
        answers: list[Reply | Unchecked] = []
        for question in questions:
            silent = bool(answers) and answers[-1] == _SILENT
            answers.append(_SILENT if silent else await self._answer(question))
        return answers

    async def _answer(self, question: Question) -> Reply | Unchecked:
        line = request(question)
        key = sha256(line.encode()).hexdigest()
        if key in self._replies:
            self._replies.move_to_end(key)
            return self._replies[key]
        answer = await self._exchanged(line)
        if "failed" in answer:
            return Unchecked(f"the language service failed ({answer['failed']})")
        self._replies[key] = reply(answer, question.text)
        while len(self._replies) > _REMEMBERED:
            self._replies.popitem(last=False)
        return self._replies[key]

    async def _exchanged(self, asked: str) -> dict[str, Any]:
        for _ in range(_STARTS):
            try:
                async with asyncio.timeout(self._answer_within):
                    process = self._process or await self._start()
                    line = await _exchange(process, asked)
                    if line:
                        answer: dict[str, Any] = json.loads(line)
                        return answer
            except (TimeoutError, OSError):
                pass  # a dead or stuck child: the next round has a fresh one
            except asyncio.CancelledError:
                self._drop()  # its answer would be taken for the next question's
                raise
            await self._end()
        return {"failed": _NO_ANSWER}

    async def _start(self) -> Process:
        self.starts += 1
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.child",
            str(self._folder),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            limit=_LINE,
            env={},  # it reads texts of strangers, and the operator's secret may be in ours
        )
        return self._process

    async def _end(self) -> None:
        process = self._drop()
        if process is not None:
            await process.communicate()

    def _drop(self) -> Process | None:
        """Kills the child, which holds nothing that could be lost."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
        return process

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _end_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._ending = loop.call_later(self._idle, self._start_ending)

    def _start_ending(self) -> None:
        self._last = asyncio.get_running_loop().create_task(self.aclose())


async def _exchange(process: Process, asked: str) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise OSError("the child has no pipes")
    process.stdin.write(asked.encode() + b"\n")
    await process.stdin.drain()
    return await process.stdout.readline()
