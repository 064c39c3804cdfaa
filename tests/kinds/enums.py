"""Where the OpenAPI descriptions list the values of a kind's body, as patterns of paths."""

from collections.abc import Iterator

from controller.model.resource import Kind
from tests.emulator.azure.openapi import Schema, followed, operations
from tests.kinds.recorded import kind_of

_DEPTH = 12
"""schemas that hold themselves (criteria in criteria) are followed so far down"""


def enum_paths(kind: Kind) -> set[str]:
    """Every enum that a request may carry; none where the descriptions are not beside the tree."""
    return {
        path
        for operation in operations()
        if operation.method == "PUT" and kind_of(operation.path.casefold()) is kind
        for schema in operation.sent()
        for path in _enums(schema, "", _DEPTH)
    }


def _enums(schema: Schema, path: str, depth: int) -> Iterator[str]:
    file, node = followed(schema)
    if node.get("readOnly") or not depth:
        return
    if "enum" in node:
        yield path
    for other in node.get("allOf", ()):
        yield from _enums((file, other), path, depth)
    for name, below in node.get("properties", {}).items():
        yield from _enums((file, below), f"{path}/{name}", depth - 1)
    for below in (node.get("items"), node.get("additionalProperties")):
        if isinstance(below, dict):
            yield from _enums((file, below), f"{path}/*", depth - 1)
