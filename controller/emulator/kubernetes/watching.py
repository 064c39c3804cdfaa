"""Watch events: what happened since a revision, then what happens, until the time is up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from controller.emulator.kubernetes.errors import ApiError, Json
from controller.emulator.kubernetes.reading import Form, Selection, whole_number
from controller.emulator.kubernetes.store import Change, Store

# kopf gives a stream up that is silent for its inactivity_timeout, 70 s.
BOOKMARK_SECONDS = 30.0
DEFAULT_SECONDS = 1800.0
INITIAL_END = {"k8s.io/initial-events-end": "true"}


async def events(
    selection: Selection, store: Store, form: Form, query: dict[str, str]
) -> AsyncGenerator[Json, None]:
    """Yields `{type, object}`; a revision that the log no longer reaches gives one ERROR of 410."""
    queue = store.subscribe()
    bookmarks = _true(query.get("allowWatchBookmarks"))
    try:
        for event in _past(selection, store, form, query):
            yield event
        loop = asyncio.get_running_loop()
        end = loop.time() + (whole_number(query, "timeoutSeconds") or DEFAULT_SECONDS)
        while (left := end - loop.time()) > 0:
            try:
                change = await asyncio.wait_for(queue.get(), min(left, BOOKMARK_SECONDS))
            except TimeoutError:
                if bookmarks:
                    yield _bookmark(form, store.revision)
                continue
            if change is None:
                return
            if shown := _event(selection, form, change):
                yield shown
    finally:
        store.unsubscribe(queue)


def _past(selection: Selection, store: Store, form: Form, query: dict[str, str]) -> Iterator[Json]:
    since = whole_number(query, "resourceVersion")
    initial = _true(query.get("sendInitialEvents"))
    if initial or not since:
        for item in selection.items(store):
            yield {"type": "ADDED", "object": form.one(item)}
        if initial:
            yield _bookmark(form, store.revision, INITIAL_END)
        return
    try:
        changes = store.since(since)
    except ApiError as error:
        yield {"type": "ERROR", "object": error.body}
        return
    for change in changes:
        if event := _event(selection, form, change):
            yield event


def _event(selection: Selection, form: Form, change: Change) -> Json | None:
    if change.key[:2] != (selection.resource.group, selection.resource.plural):
        return None
    was, now = selection.concerns(change.before), selection.concerns(change.after)
    if now and change.after is not None:
        return {"type": "MODIFIED" if was else "ADDED", "object": form.one(change.after)}
    if was and change.before is not None:
        metadata = {**change.before["metadata"], "resourceVersion": str(change.revision)}
        return {"type": "DELETED", "object": form.one({**change.before, "metadata": metadata})}
    return None


def _bookmark(form: Form, revision: int, annotations: dict[str, str] | None = None) -> Json:
    metadata: dict[str, Any] = {"resourceVersion": str(revision), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    resource = form.resource
    mark = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
    return {"type": "BOOKMARK", "object": mark}


def _true(text: str | None) -> bool:
    return text in ("1", "true", "True")
