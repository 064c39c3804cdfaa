"""Answers to reads: one object, a list (paged, selected), in the form the client accepts.

A page after the first shows the objects as they are now, under the first page's resourceVersion:
a watch from there replays what changed meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from controller.emulator.kubernetes import errors, selectors
from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.resources import Resource
from controller.emulator.kubernetes.store import Store
from controller.emulator.kubernetes.tables import partial, table


@dataclass(frozen=True, slots=True)
class Form:
    """How the client wants objects: whole, as metadata, or as a table."""

    resource: Resource
    accepted: str
    include: str
    clock: Callable[[], datetime.datetime]

    @classmethod
    def of(
        cls,
        resource: Resource,
        accept: str,
        *,
        include: str,
        clock: Callable[[], datetime.datetime],
    ) -> Form:
        first = accept.split(",")[0]
        names = ("Table", "PartialObjectMetadataList", "PartialObjectMetadata")
        chosen = next((name for name in names if f"as={name}" in first.split(";")), "")
        return cls(resource, chosen, include or "Metadata", clock)

    def one(self, item: Json) -> Json:
        """The object in this form."""
        if self.accepted == "Table":
            shown = table(self.resource, [item], now=self.clock(), include=self.include)
            shown["metadata"] = {"resourceVersion": item["metadata"]["resourceVersion"]}
            return shown
        if self.accepted:
            return partial(item)
        return self._versioned(item)

    def many(self, items: Sequence[Json], metadata: Json) -> Json:
        """The list in this form; `metadata` carries resourceVersion and continue."""
        if self.accepted == "Table":
            shown = table(self.resource, items, now=self.clock(), include=self.include)
            return {**shown, "metadata": metadata}
        if self.accepted:
            return {
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": [partial(item) for item in items],
            }
        return {
            "kind": f"{self.resource.kind}List",
            "apiVersion": self.resource.api_version,
            "metadata": metadata,
            "items": [self._versioned(item) for item in items],
        }

    def _versioned(self, item: Json) -> Json:
        if item["apiVersion"] == self.resource.api_version:
            return item
        return {**item, "apiVersion": self.resource.api_version}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a kind a list or watch is about."""

    resource: Resource
    namespace: str
    matches: selectors.Match

    @classmethod
    def of(cls, resource: Resource, namespace: str, name: str, query: dict[str, str]) -> Selection:
        fields = query.get("fieldSelector", "")
        if name:
            fields = f"metadata.name={name}"
        matches = selectors.matcher(resource, query.get("labelSelector", ""), fields)
        return cls(resource, namespace, matches)

    def items(self, store: Store) -> list[Json]:
        held = store.select(self.resource.group, self.resource.plural, self.namespace)
        return [item for item in held if self.matches(item)]

    def concerns(self, body: Json | None) -> bool:
        if body is None:
            return False
        inside = not self.namespace or body["metadata"].get("namespace") == self.namespace
        return inside and self.matches(body)


def listed(selection: Selection, store: Store, form: Form, query: dict[str, str]) -> Json:
    """The list, or one page of it if `limit` is asked for; raises a 400 for a foreign token."""
    items = selection.items(store)
    metadata: Json = {"resourceVersion": str(store.revision)}
    token = query.get("continue", "")
    if token:
        metadata["resourceVersion"], after = _opened(token)
        items = [item for item in items if _place(item) > after]
    limit = whole_number(query, "limit")
    if limit and len(items) > limit:
        metadata["remainingItemCount"] = len(items) - limit
        items = items[:limit]
        metadata["continue"] = _token(metadata["resourceVersion"], _place(items[-1]))
    return form.many(items, metadata)


def whole_number(query: dict[str, str], name: str) -> int:
    """A number of the query, 0 if it is not there; raises a 400 for anything else."""
    text = query.get(name) or "0"
    try:
        return int(text)
    except ValueError as error:
        raise errors.bad_request(f"{name}: Invalid value: {text!r}: must be a number") from error


def _place(item: Json) -> list[str]:
    return [item["metadata"].get("namespace", ""), item["metadata"]["name"]]


def _token(revision: str, place: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([revision, place]).encode()).decode()


def _opened(token: str) -> tuple[str, list[str]]:
    try:
        revision, place = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError) as error:
        raise errors.bad_request(f"continue key is not valid: {token!r}") from error
    return revision, place
