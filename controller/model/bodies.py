"""What the kinds do with JSON objects: read, prune, lay one over another. Knows no kind."""

from collections.abc import Collection, Mapping
from typing import Any

ENVELOPE = frozenset({"id", "name", "type", "etag", "systemData"})
"""what ARM adds to every resource and no request may change"""

_PENDING = ("creating", "updating", "inprogress", "deleting")


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are there: a field left out of the spec is never sent."""
    return {key: value for key, value in values.items() if value is not None}


def without(body: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in names}


def under(path: str, names: Collection[str]) -> frozenset[str]:
    """The JSON pointers of some keys of an object."""
    return frozenset(f"{path}/{name}" for name in names)


def at(body: Any, *path: str) -> Any:
    """The value at a path, None where a part is missing; exact names win over recased ones."""
    for name in path:
        if type(body) is not dict and not isinstance(body, Mapping):
            return None  # asking an abstract class costs ten times as much
        if name not in body:
            name = next((key for key in body if key.casefold() == name.casefold()), name)
        body = body.get(name)
    return body


def laid_over(
    base: Mapping[str, Any], over: Mapping[str, Any], *, fold_keys: bool = False
) -> dict[str, Any]:
    """`base` with the values of `over`: objects are joined, all else is replaced whole.

    With `fold_keys` a key of `over` replaces the same key in another case.
    """
    names = {key.casefold(): key for key in base} if fold_keys else {}
    result = dict(base)
    for key, value in over.items():
        below = result.pop(names.get(key.casefold(), key), None)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = laid_over(below, value, fold_keys=fold_keys)
        result[key] = value
    return result


def updated(
    desired: Mapping[str, Any], readback: Mapping[str, Any] | None, read_only: Collection[str]
) -> Mapping[str, Any]:
    """A PUT to Microsoft.SecurityInsights: ours over what was there, names of keys without case.

    The etag of the GET just made goes along, since an update requires it (UI.md, envelope).
    """
    if readback is None:
        return desired
    base = without(readback, ENVELOPE - {"etag"})
    base["properties"] = without(at(readback, "properties") or {}, read_only)
    return laid_over(given(base), desired, fold_keys=True)


def tags_over(base: Mapping[str, Any] | None, over: Mapping[str, Any]) -> dict[str, Any]:
    """Tags of others are kept; names of tags are equal without case (ARM)."""
    return laid_over(base or {}, over, fold_keys=True)


def folded(tags: Mapping[str, Any] | None) -> dict[str, Any]:
    """Tags as they compare: their names have no case."""
    return {name.casefold(): value for name, value in (tags or {}).items()}


def has_no_identity(body: Mapping[str, Any]) -> bool:
    """An identity of type None is sent, and then dropped by Azure (FIELD part 1, 1)."""
    return at(body, "identity", "type") in (None, "None")


def asked_of_identity(desired: Mapping[str, Any], readback: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body without an identity of type None, where the readback has none either."""
    if "identity" in desired and has_no_identity(desired) and has_no_identity(readback):
        return without(desired, {"identity"})
    return desired


def pending(body: Mapping[str, Any]) -> str | None:
    """Why a readback is not final yet, None when it is."""
    state = at(body, "properties", "provisioningState")
    if str(state).casefold() in _PENDING:
        return f"provisioningState is {state}"
    return None
