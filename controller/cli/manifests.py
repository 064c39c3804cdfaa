"""YAML in and out. Decides how a manifest is read: as JSON values that know where they stand."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from controller.model.connector import GROUP, KIND


class Unreadable(Exception):
    """Text that is no manifest; the message names the line."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file. `line` is where it begins, 1 for the first."""

    line: int
    value: Mapping[str, Any]
    root: yaml.Node
    text: str
    """the whole file"""

    def place(self, field: str, at: tuple[int, int] | None = None) -> tuple[int, int]:
        """Line and column of a field (`spec.tables[0].name`), or of what is there of its path.

        `at` is a line and column in the field's own text, from 1 like all of them.
        """
        mark, node, whole = _find(self.root, field)
        if at is None or not whole or not isinstance(node, yaml.ScalarNode):
            return mark.line + 1, mark.column + 1
        index = _index(node, self.text, at)
        return self.text.count("\n", 0, index) + 1, index - self.text.rfind("\n", 0, index)


def files(file: str) -> Iterator[tuple[str, str]]:
    """Name and text of a file, of a folder's *.yaml, or of standard input (`-`).

    Raises Unreadable.
    """
    if file == "-":
        yield "standard input", sys.stdin.read()
        return
    path = Path(file)
    paths: Sequence[Path] = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    for each in paths:
        try:
            yield str(each), each.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(f"{each} cannot be read: {error}.") from error


def connectors(file: str) -> Iterator[tuple[str, Document]]:
    """The connectors among the documents of a file or folder, each with its file's name.

    Raises Unreadable.
    """
    for name, text in files(file):
        try:
            documents = load_all(text)
        except Unreadable as error:
            raise Unreadable(f"{name}: {error}") from error
        for document in documents:
            version = str(document.value.get("apiVersion"))
            if document.value.get("kind") == KIND and version.partition("/")[0] == GROUP:
                yield name, document


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
            documents.append(Document(line, value, node, text))
    except yaml.YAMLError as error:
        raise Unreadable(str(error)) from error
    finally:
        loader.dispose()
    return tuple(documents)


def dump(document: Mapping[str, Any]) -> str:
    """One document, keys in the order given."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def _find(node: yaml.Node, field: str) -> tuple[yaml.Mark, yaml.Node, bool]:
    """Where the deepest part of the path begins that is there, and whether that is all of it.

    A list or object is shown by its key, since its own text begins a line later.
    """
    mark = node.start_mark
    for key, index in _STEP.findall(field):
        found = _below(node, key, index)
        if found is None:
            return mark, node, False
        named, node = found
        mark = node.start_mark if isinstance(node, yaml.ScalarNode) else named.start_mark
    return mark, node, True


def _below(node: yaml.Node, key: str, index: str) -> tuple[yaml.Node, yaml.Node] | None:
    if key and isinstance(node, yaml.MappingNode):
        return next(((name, value) for name, value in node.value if name.value == key), None)
    if index and isinstance(node, yaml.SequenceNode) and int(index) < len(node.value):
        item: yaml.Node = node.value[int(index)]
        return item, item
    return None


def _index(node: yaml.ScalarNode, text: str, at: tuple[int, int]) -> int:
    """The character of the file that stands for one of the value.

    Folding and indentation only change blanks: the n-th other character is the n-th in both.
    """
    line, column = at
    lines = str(node.value).split("\n")
    wanted = sum(_inked(each) for each in lines[: line - 1]) + _inked(
        lines[line - 1][: column - 1] if line <= len(lines) else ""
    )
    last = node.start_mark.index
    for count, index in enumerate(_ink(node, text)):
        if count == wanted:
            return index
        last = index + 1
    return last


def _inked(text: str) -> int:
    return sum(not char.isspace() for char in text)


_WRITTEN: Mapping[str | None, re.Pattern[str]] = {
    "'": re.compile(r"''|\S"),
    '"': re.compile(r"\\(?:x\w{2}|u\w{4}|U\w{8}|.)|\S", re.DOTALL),
}
_BLANK_ESCAPES = frozenset("tnvfr _NLP\t\n")


def _ink(node: yaml.ScalarNode, text: str) -> Iterator[int]:
    """Where in the file each character of the value stands that is no blank."""
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in ("|", ">"):
        start = text.index("\n", start)
    elif node.style is not None:
        start, end = start + 1, end - 1
    for found in _WRITTEN.get(node.style, re.compile(r"\S")).finditer(text, start, end):
        escape = found.group()
        blank = node.style == '"' and len(escape) == 2 and escape[1] in _BLANK_ESCAPES
        if not blank:
            yield found.start()
