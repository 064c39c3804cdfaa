"""`$(endpoint.logsIngestion)` and the like in the user's JSON (DESIGN 2b). Decides no value.

Kubernetes' own form, so that Flux' `${…}` does not meet it; `$$(…)` is the text `$(…)`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from controller.model.errors import SpecError
from controller.model.resource import Refs, Unknown

NAMES = frozenset(
    {
        *(f"endpoint.{name}" for name in ("logsIngestion", "id", "name")),
        *(f"rule.{name}" for name in ("immutableId", "id", "name", "logsIngestion")),
        *(f"application.{name}" for name in ("appId", "servicePrincipalId")),
        *(f"workspace.{name}" for name in ("name", "id", "customerId", "location")),
        *(f"workspace.{name}" for name in ("resourceGroup", "subscriptionId")),
        "tenantId",
    }
)
_ROOTS = frozenset(name.partition(".")[0] for name in NAMES)

_PLACEHOLDER = re.compile(r"(\$?)\$\(([^()]*)\)")
_ARM = re.compile(r"\[[A-Za-z_][\w.]*\(.*\).*\]|\[\[.*\]", re.DOTALL)
_BRACES = re.compile(r"\{\{(?!graphQueriesTableName\}\})[^{}]*\}\}")
_ANGLES = re.compile(r"<[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+>|^<[A-Z][A-Z0-9]*>$")
_MARKS = ("$(", "{{", "<", "[")
"""one of them begins each of these four"""

# what the portal shows as Markdown (UI.md, instruction types; FIELD part 3, 5): prose may show
# any of these, so there they are left alone
_MARKDOWN = frozenset({"descriptionMarkdown", "description", "content"})

_Place = tuple["_Place | None", str | int]
"""where a value stands: its key or index in another place, the path given for the outermost.
Written out for a text that has a mark: of the others nobody asks where they stand"""


def fill(value: Any, refs: Refs, path: str) -> Any:
    """The JSON value with its placeholders filled; `path` is where it stands in the object.

    A string with a value that is still missing becomes an `Unknown`. A name whose value is None
    does not exist for this connector. Raises SpecError with the path of the string for such a
    name, an unknown one, and for what another tool's template left behind.
    """
    return _filled(value, refs, (None, path))


def _filled(value: Any, refs: Refs, at: _Place) -> Any:
    if isinstance(value, str):
        for mark in _MARKS:
            if mark in value:
                return _text(value, refs, _path(at))
        return value  # nearly every text, and every one is looked at in every comparison
    if type(value) is dict or isinstance(value, Mapping):
        return {key: _filled(item, refs, (at, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, refs, (at, index)) for index, item in enumerate(value)]
    return value


def _path(at: _Place) -> str:
    above, part = at
    if above is None:
        return str(part)
    return f"{_path(above)}.{part}" if isinstance(part, str) else f"{_path(above)}[{part}]"


def left_in_prose(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """What another tool's template may have left in Markdown, each with the path of its string.

    `fill` lets it pass there: prose may speak of such a thing.
    """
    if isinstance(value, str):
        found = _BRACES.search(value) or _ARM.fullmatch(value.strip())
        if found is not None and _is_prose(path):
            yield path, found.group()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from left_in_prose(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from left_in_prose(item, f"{path}[{index}]")


def _is_prose(path: str) -> bool:
    return path.rpartition(".")[2] in _MARKDOWN


def _text(text: str, refs: Refs, path: str) -> str | Unknown:
    if not _is_prose(path):
        _refuse_leftovers(text, path)
    if "$(" not in text:
        return text
    missing: set[str] = set()
    filled = _PLACEHOLDER.sub(_filler(refs, path, missing), text)
    return Unknown(frozenset(missing)) if missing else filled


def _filler(refs: Refs, path: str, missing: set[str]) -> Callable[[re.Match[str]], str]:
    def value_of(match: re.Match[str]) -> str:
        escaped, name = match.groups()
        if escaped:
            return f"$({name})"
        if name.partition(".")[0] not in _ROOTS:
            return match.group()
        if name not in NAMES:
            raise SpecError(path, f"$({name}) is not known. Known: {', '.join(_like(name))}.")
        value = refs[name]
        if isinstance(value, Unknown):
            missing.update(value.refs)
            return ""
        if value is None:
            raise SpecError(path, f"$({name}) has no value: this connector has none.")
        return str(value)

    return value_of


def _like(name: str) -> list[str]:
    """The known names under the same root."""
    root = name.partition(".")[0]
    return sorted(f"$({known})" for known in NAMES if known.partition(".")[0] == root)


def _refuse_leftovers(text: str, path: str) -> None:
    """Left in, they are a silent fault: nobody fills them after us (FIELD 11)."""
    found = _BRACES.search(text) or _ANGLES.search(text) or _ARM.fullmatch(text.strip())
    if found is not None:
        raise SpecError(
            path,
            f"{found.group()!r} is a value that another tool's template would fill. Write it "
            "out, or use a placeholder such as $(endpoint.logsIngestion).",
        )
