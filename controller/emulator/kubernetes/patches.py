"""JSON patch, merge patch and strategic merge patch on plain JSON; knows no kinds."""

from __future__ import annotations

from typing import Any

import jsonpatch
import jsonpointer

from controller.emulator.kubernetes.errors import ApiError, Json

DIRECTIVES = ("$setElementOrder/", "$retainKeys", "$deleteFromPrimitiveList/", "$patch")
# The only list of the built-in kinds served here that a client may want merged.
MERGED_LIST = "finalizers"


def json_patch(target: Json, patch: Any) -> Json:
    """RFC 6902; a failed `test` or a path that is not there is a 422, as in Kubernetes."""
    try:
        changed: Json = jsonpatch.JsonPatch(patch).apply(target)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        message = f"the server rejected our request due to an error in our request: {error}"
        raise ApiError(422, "Invalid", message) from error
    return changed


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def strategic_patch(target: Any, patch: Any) -> Any:
    """Merge patch with kubectl's directives; lists merge only where a built-in kind says so."""
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            field = name.partition("/")[2]
            merged[field] = [each for each in merged.get(field, ()) if each not in value]
    for name in [each for each in patch if not each.startswith(DIRECTIVES)]:
        value = patch[name]
        if value is None:
            merged.pop(name, None)
        elif name == MERGED_LIST:
            held = merged.get(name, [])
            merged[name] = [*held, *(each for each in value if each not in held)]
        else:
            merged[name] = strategic_patch(merged.get(name), value)
    return merged
