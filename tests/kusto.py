"""Kusto's language service for tests: in a child as the operator runs it, or in this process."""

import json
from collections.abc import Mapping, Sequence
from functools import cache

from controller.kql.checker import PACKAGED
from controller.kql.engine import Check, load, missing
from controller.kql.wire import reply, request
from controller.model.kql import Question, Reply
from tests.clusters import absent


def needs_service(environ: Mapping[str, str]) -> None:
    """Skips without the service, fails in CI."""
    if why := missing(PACKAGED):
        absent(f"{why}: run `make kql`", environ)


class Here:
    """`model.kql.Kql` in this process: loaded once, where a child costs a second each."""

    async def check(self, questions: Sequence[Question]) -> Sequence[Reply]:
        return [self.answer(question) for question in questions]

    def answer(self, question: Question) -> Reply:
        return reply(json.loads(_service()(request(question))), question.text)


@cache
def _service() -> Check:
    return load(PACKAGED)
