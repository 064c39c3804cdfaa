"""What an API server with CEL does with an object: walks schema and object, evaluates each rule.

Knows rules only; types, limits and patterns are the schema's own business.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import cel

Json = Any


def refusals(schema: Mapping[str, Any], new: Json, old: Json = None, path: str = "") -> list[str]:
    """`path: message` of each rule that the object breaks, transition rules where old is given."""
    return [f"{where}: {message}" for where, message in _walk(schema, new, old, path)]


def _walk(schema: Mapping[str, Any], new: Json, old: Json, path: str) -> Iterator[tuple[str, str]]:
    for rule in schema.get("x-kubernetes-validations", ()):
        context = {"self": new, "oldSelf": old}
        if ("oldSelf" in rule["rule"] and old is None) or cel.evaluate(rule["rule"], context):
            continue
        sentence = rule.get("messageExpression")
        said = cel.evaluate(sentence, context) if sentence else rule["message"]
        yield path + rule.get("fieldPath", ""), str(said)
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        for key, below in schema.get("properties", {}).items():
            if key in new:
                yield from _walk(below, new[key], before.get(key), f"{path}.{key}")
    elif isinstance(new, list):
        for place, item in enumerate(new):
            yield from _walk(schema["items"], item, None, f"{path}[{place}]")


def rules(schema: Json) -> Iterator[Mapping[str, str]]:
    """Every rule of a schema."""
    if isinstance(schema, dict):
        yield from schema.get("x-kubernetes-validations", ())
        for value in schema.values():
            yield from rules(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from rules(value)
