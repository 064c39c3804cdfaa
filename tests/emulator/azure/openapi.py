"""Azure's published OpenAPI descriptions as a test reads them: operations, examples, answers.

Answers are validated with one allowance: null stands for absent, as in Azure's own examples.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

Json = Any
_SHARED = Path(os.environ.get("CONTOSO_SHARED", Path(__file__).parents[4] / "shared"))
SPECS = _SHARED / "azure" / "specs"
Schema = tuple[Path, Json]
"""a node of a description, and the file that it stands in"""

_DISCRIMINATED = "x-ms-discriminator-value"


@dataclass(frozen=True)
class Operation:
    """One method of one path. `file` is the description that it stands in."""

    file: Path
    method: str
    path: str
    node: Json

    @property
    def name(self) -> str:
        return str(self.node["operationId"])

    @property
    def version(self) -> str:
        return self.file.parent.name

    @property
    def examples(self) -> Iterator[str]:
        for example in self.node.get("x-ms-examples", {}).values():
            yield example["$ref"].removeprefix("./")

    def body_of(self, parameters: Mapping[str, Json]) -> Json:
        """The parameter that the description sends as the body; None without one."""
        for node in self.node.get("parameters", []):
            target = _target(self.file, node["$ref"]) if "$ref" in node else (self.file, node)
            if target and target[1].get("in") == "body":
                return parameters.get(target[1]["name"])
        return None

    def sent(self) -> Iterator[Schema]:
        """What the body may look like: as described, and each subtype that its file has."""
        for node in self.node.get("parameters", []):
            file, parameter = followed((self.file, node))
            if parameter.get("in") == "body":
                yield file, parameter["schema"]
                for definition in _load(file).get("definitions", {}).values():
                    if _DISCRIMINATED in definition:
                        yield file, definition

    def fill(self, parameters: Mapping[str, Json]) -> str:
        """The path with its placeholders filled in."""
        path = self.path
        for name, value in parameters.items():
            path = path.replace("{" + name + "}", str(value))
        return path

    def problems(self, status: int, body: Json, *, headers: Collection[str] = ()) -> list[str]:
        """What the description has against an answer: status, body, and header names (lower-case)
        that it lacks; each names its place."""
        responses = self.node["responses"]
        response = responses.get(str(status)) or (responses["default"] if status >= 400 else None)
        if response is None:
            return [f"status {status} is not among {sorted(responses)}"]
        lacking = [h for h in response.get("headers", {}) if headers and h.lower() not in headers]
        return [f"header {name} is lacking" for name in lacking] + self._against(response, body)

    def _against(self, response: Json, body: Json) -> list[str]:
        if "schema" not in response or body is None:
            return [] if body in (None, {}) else [f"a body where none is described: {body}"]
        schema = _schema(self.file, response["schema"], body)
        return [
            f"{error.json_path}: {error.message}"
            for error in Draft4Validator(schema).iter_errors(_without_nulls(body))
        ]


def followed(schema: Schema) -> Schema:
    """What a reference names; what is not in the folder counts as {}."""
    while "$ref" in schema[1]:
        schema = _target(schema[0], schema[1]["$ref"]) or (schema[0], {})
    return schema


def operations() -> list[Operation]:
    """Every operation of every description in the folder; none where the folder is absent."""
    return [
        Operation(file, method.upper(), path, node)
        for file in sorted(SPECS.glob("*/*/*.json"))
        for path, methods in _load(file).get("paths", {}).items()
        for method, node in methods.items()
        if "operationId" in node
    ]


def examples() -> list[tuple[Operation, Path]]:
    """(operation, example) for each example whose file is in the folder."""
    return [
        (operation, operation.file.parent / name)
        for operation in operations()
        for name in operation.examples
        if (operation.file.parent / name).exists()
    ]


def load_example(path: Path) -> Json:
    """Parameters and responses; a fresh copy that may be changed."""
    return json.loads(path.read_text())


@cache
def _load(path: Path) -> Json:
    return json.loads(path.read_text())


def _schema(file: Path, node: Json, body: Json) -> Json:
    """A JSON schema with all it refers to; a discriminator picks the description's own subtype."""
    definitions: Json = {}
    schema = _converted(file, _subtype(file, node, body), definitions)
    return schema | {"definitions": definitions}


def _subtype(file: Path, node: Json, body: Json) -> Json:
    target = _target(file, node["$ref"]) if "$ref" in node else None
    if target is None or not isinstance(body, dict):
        return node
    key = target[1].get("discriminator")
    for name, definition in _load(target[0]).get("definitions", {}).items():
        if key and definition.get(_DISCRIMINATED) == body.get(key):
            return {"$ref": f"./{target[0].name}#/definitions/{name}"}
    return node


def _converted(file: Path, node: Json, definitions: Json) -> Json:
    if isinstance(node, list):
        return [_converted(file, entry, definitions) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _referred(file, node["$ref"], definitions)
    schema = {
        key: _named(file, value, definitions)
        if key == "properties"
        else _converted(file, value, definitions)
        for key, value in node.items()
        if key not in ("discriminator", "example", "default") and not key.startswith("x-")
    }
    if node.get("x-ms-enum", {}).get("modelAsString"):
        del schema["enum"]
    return schema


def _named(file: Path, properties: Json, definitions: Json) -> Json:
    return {name: _converted(file, node, definitions) for name, node in properties.items()}


def _referred(file: Path, reference: str, definitions: Json) -> Json:
    """A reference into `definitions`; what is not in the folder counts as {}."""
    target = _target(file, reference)
    if target is None:
        return {}
    name = f"{target[0].relative_to(SPECS)} {reference.rpartition('/')[2]}".replace("/", " ")
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _converted(*target, definitions)
    return {"$ref": f"#/definitions/{name}"}


def _target(file: Path, reference: str) -> tuple[Path, Json] | None:
    """File and node; files are found by the tail of the reference, beside the description first."""
    place, _, pointer = reference.partition("#/")
    tail = place.replace("../", "").removeprefix("./")
    found = [file.parent / tail, *sorted(SPECS.glob(f"**/{tail}"))] if tail else [file]
    for path in found:
        if path.exists():
            node = _load(path)
            for step in pointer.split("/"):
                node = node[step]
            return path, node
    return None


def _without_nulls(body: Json) -> Json:
    if isinstance(body, dict):
        return {key: _without_nulls(value) for key, value in body.items() if value is not None}
    if isinstance(body, list):
        return [_without_nulls(value) for value in body]
    return body
