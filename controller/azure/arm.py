"""The port to Azure Resource Manager: reads, writes, versions, pages, operations awaited.

Decides what absence is; what an error means is `faults`' business.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import httpx

from controller.azure.answers import body_of, checked, failure, parsed
from controller.azure.audit import UNKNOWN, Audit, Entry, digest
from controller.azure.bodies import retry_after, said
from controller.azure.ids import resource_type, title, workspace_name
from controller.azure.session import Session
from controller.azure.versions import PHRASE, REFUSALS, Versions
from controller.model.errors import Stalled, Transient
from controller.model.reasons import Reason
from controller.model.resource import Body

Sleep = Callable[[float], Awaitable[None]]

OPERATION_LIMIT = 600.0
"""seconds that one operation is waited for; a later walk finds it again by GET"""
POLLS = (1.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""seconds between polls when Azure names none; the last one repeats"""
_ENDED = frozenset({"succeeded", "failed", "canceled"})
_CHILDREN = ("microsoft.operationalinsights/workspaces/", "microsoft.securityinsights/")
"""types whose parent is the workspace itself"""


class ArmClient:
    """`model.resource.Arm` over one session."""

    def __init__(
        self,
        session: Session,
        *,
        versions: Versions | None = None,
        sleep: Sleep = asyncio.sleep,
        audit: Audit | None = None,
    ) -> None:
        self._session = session
        self._versions = versions or Versions()
        self._sleep = sleep
        self._audit = audit or Audit()

    async def get(self, resource_id: str) -> Body | None:
        """The resource, None when it does not exist.

        Raises Stalled(WorkspaceNotFound) when what is missing is the workspace, resource group or
        subscription around it.
        """
        response = await self._request("GET", resource_id)
        if response.status_code == 404:
            _check_place(response, resource_id)
            return None
        return body_of(response, title(resource_id))

    async def list(self, collection: str, *, every_version: bool = False) -> list[Body]:
        """All pages; empty when the scope does not exist (but see `get` for its place).

        `every_version` asks each version that serves the type: an older one may show what a newer
        one leaves out (no published schema of data connectors has the kind Push).
        """
        pages = [await self._pages(await self._request("GET", collection), collection)]
        for version in self._versions.of(collection)[1:] if every_version else ():
            response = await self._session.request("GET", _versioned(collection, version))
            if not _version_refused(response):
                pages.append(await self._pages(response, collection))
        if not every_version:
            return [*pages[0]]
        return [
            *{body["id"].casefold(): body for page in reversed(pages) for body in page}.values()
        ]

    async def _pages(self, response: httpx.Response, collection: str) -> tuple[Body, ...]:
        if response.status_code == 404:
            _check_place(response, collection)
            return ()
        found: tuple[Body, ...] = ()
        while True:
            page = body_of(response, title(collection))
            found += tuple(page.get("value") or ())
            following = page.get("nextLink")
            if not following:
                return found
            whose = f"nextLink of {title(collection)}"
            response = await self._session.follow(str(following), whose)

    async def put(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body:
        """The resource as it is after the PUT, its operation awaited."""
        return await self._audited("PUT", resource_id, body, before)

    async def patch(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body:
        """The resource as it is after the PATCH, its operation awaited."""
        return await self._audited("PATCH", resource_id, body, before)

    async def delete(self, resource_id: str, *, before: Body | None = None) -> None:
        """Gone when this returns; what is not there, or whose place is not, is gone already."""
        known = UNKNOWN if before is None else digest(before)
        with self._audit.writing("DELETE", resource_id, known) as entry:
            response = await self._request("DELETE", resource_id)
            entry.answered(response)
            if response.status_code != 404:
                operation = _operation(checked(response, title(resource_id)))
                if operation:
                    await self._follow(operation, response, resource_id)
            entry.ended(None)

    async def _audited(self, verb: str, resource_id: str, body: Body, before: Body | None) -> Body:
        with self._audit.writing(verb, resource_id, digest(before)) as entry:
            after = await self._write(verb, resource_id, body, entry)
            entry.ended(after)
        return after

    async def _write(self, verb: str, resource_id: str, body: Body, entry: Entry) -> Body:
        response = await self._request(verb, resource_id, body)
        entry.answered(response)
        operation = _operation(checked(response, title(resource_id)))
        if operation:
            await self._follow(operation, response, resource_id)
        elif response.content:
            return body_of(response, title(resource_id))
        readback = await self.get(resource_id)
        if readback is None:
            raise _unfinished(f"{title(resource_id)}: Azure accepted it, but does not show it yet")
        return readback

    async def _request(self, method: str, path: str, body: Body | None = None) -> httpx.Response:
        """With the first version that the type is served with; the first refusal if none is."""
        versions = self._versions.of(path)
        first = await self._session.request(method, _versioned(path, versions[0]), json=body)
        if not _version_refused(first):
            return first
        for version in versions[1:]:
            response = await self._session.request(method, _versioned(path, version), json=body)
            if not _version_refused(response):
                self._versions.remember(path, version)
                return response
        return first

    async def _follow(
        self, operation: "_Operation", response: httpx.Response, resource_id: str
    ) -> None:
        """Polls one operation to its end; raises the fault that it ended with."""
        waited = 0.0
        polls = 0
        while waited < OPERATION_LIMIT:
            named = retry_after(response.headers)
            pause = named if named is not None else POLLS[min(polls, len(POLLS) - 1)]
            pause = min(pause, OPERATION_LIMIT - waited)
            await self._sleep(pause)
            # a Retry-After of 0 must not poll for ever
            waited += max(pause, 0.1)
            polls += 1
            whose = f"{operation.header} of {title(resource_id)}"
            response = await self._session.follow(operation.url, whose)
            if _ended(checked(response, title(resource_id)), title(resource_id)):
                return
        minutes = f"{OPERATION_LIMIT / 60:g} minutes"
        raise _unfinished(f"{title(resource_id)}: Azure has not finished after {minutes}")


def _ended(response: httpx.Response, resource: str) -> bool:
    """Whether the poll's answer is the end. A 200 may well tell of a failure."""
    if response.status_code == 202:
        return False
    if not response.content:
        return True
    # an answer without a status is the resource itself: a Location operation that is done
    body = body_of(response, resource)
    status = str(body.get("status") or "Succeeded")
    if status.lower() not in _ENDED:
        return False
    if status.lower() == "succeeded":
        return True
    failed = body if body.get("error") else {"code": status if status == "Canceled" else ""}
    raise failure(response, resource, failed)


class _Operation(NamedTuple):
    """Where to poll, verbatim (providers misspell themselves in it), and who says so."""

    url: str
    header: str


def _operation(response: httpx.Response) -> _Operation | None:
    """The operation that the answer began, None if it is done."""
    headers = response.headers
    names = ("Azure-AsyncOperation", *(("Location",) if response.status_code == 202 else ()))
    return next((_Operation(headers[name], name) for name in names if headers.get(name)), None)


def _check_place(response: httpx.Response, path: str) -> None:
    """Tells a resource that is absent from a place that is: the latter no write can mend."""
    body = parsed(response)
    fault = failure(response, title(path), body)
    if fault.reason == Reason.WORKSPACE_NOT_FOUND:
        raise fault
    name = workspace_name(path)
    if not resource_type(path).startswith(_CHILDREN):
        return
    if any(_names_workspace(leaf.codes, leaf.message, name) for leaf in said(body)):
        raise Stalled(
            Reason.WORKSPACE_NOT_FOUND,
            f"{title(path)}: the workspace {name} does not exist. Create it, or correct"
            " spec.workspace.",
            answer=fault.answer,
        )


def _names_workspace(codes: tuple[str, ...], message: str, name: str) -> bool:
    if "ParentResourceNotFound" in codes:
        return True
    missing = rf"resource '[^']*workspaces/{re.escape(name)}' under resource group"
    return re.search(missing, message, re.IGNORECASE) is not None


def _version_refused(response: httpx.Response) -> bool:
    if response.status_code not in (400, 404):
        return False
    leaves = tuple(said(parsed(response)))
    return any(PHRASE in leaf.message or REFUSALS.intersection(leaf.codes) for leaf in leaves)


def _versioned(path: str, version: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}api-version={version}"


def _unfinished(sentence: str) -> Transient:
    return Transient(Reason.AZURE_UNAVAILABLE, f"{sentence}; it is read again.")
