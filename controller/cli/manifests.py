"""YAML in and out. Decides how a manifest is read: as JSON values, each document with its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml


class Unreadable(Exception):
    """Text that is no manifest; the message names the line."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file. `line` is where it begins, 1 for the first."""

    line: int
    value: Mapping[str, Any]


class _Loader(yaml.SafeLoader):
    """JSON values only, as kubectl sends them; a key given twice is an error, not a surprise."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable(f"line {line}: a key is text, not a list or an object")
            if key.value in seen:
                raise Unreadable(f"line {line}: {key.value} is given twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


# a date stays the text it is: JSON has no dates
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block, as a person writes it."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def load_all(text: str) -> tuple[Document, ...]:
    """The documents of a file, empty ones left out; raises Unreadable."""
    loader = _Loader(text)
    documents = []
    try:
        while loader.check_node() and (node := loader.get_node()):
            line = node.start_mark.line + 1
            value = loader.construct_document(node)
            if value is None:
                continue
            if not isinstance(value, Mapping):
                raise Unreadable(f"line {line}: a manifest is an object, this is {value!r:.40}")
            documents.append(Document(line, value))
    except yaml.YAMLError as error:
        raise Unreadable(str(error)) from error
    finally:
        loader.dispose()
    return tuple(documents)


def dump(document: Mapping[str, Any]) -> str:
    """One document, keys in the order given."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
