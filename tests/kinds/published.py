"""The examples of Azure's OpenAPI descriptions as exchanges: what is sent, and what it answers."""

from collections.abc import Iterator

from tests.emulator.azure.openapi import examples, load_example
from tests.kinds.recorded import Exchange, kind_of

_WRITES = ("PUT", "PATCH")


def published() -> Iterator[Exchange]:
    """One a write and status of our kinds; none where the descriptions are not beside the tree."""
    for operation, path in examples():
        if operation.method not in _WRITES:
            continue
        example = load_example(path)
        sent = operation.body_of(example["parameters"])
        kind = kind_of(operation.fill(example["parameters"]).casefold())
        for status, answer in example["responses"].items():
            read = answer.get("body")
            if kind is not None and sent and read:
                name = f"{path.stem} {operation.method} {operation.version} {status}"
                yield Exchange(name, kind, sent, read)
