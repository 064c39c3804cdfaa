"""Rights by RBAC against what the API server's audit says was asked: which lack, which are idle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import aiohttp

from tests.e2e.harness import SECONDS, Json

EVERYWHERE = ""


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one resource, `group/resource/subresource`, in one namespace or everywhere."""

    verb: str
    resource: str
    namespace: str
    name: str = ""
    """of the only object that it holds for; "": of all"""

    def __str__(self) -> str:
        what = f"{self.verb} {self.resource}" + (f" named {self.name}" if self.name else "")
        return what + (f" in {self.namespace}" if self.namespace else "")

    def covers(self, asked: Right) -> bool:
        return (
            (self.verb, self.resource) == (asked.verb, asked.resource)
            and self.namespace in (EVERYWHERE, asked.namespace)
            and self.name in ("", asked.name)
        )


@dataclass(frozen=True)
class Asked:
    """One request of an account: what right it needed, and whether the account had it."""

    needed: Right
    allowed: bool


def granted(documents: Iterable[Json], account: str, namespace: str) -> list[Right]:
    """What the bindings among the documents give a ServiceAccount; twice, if it is given twice."""
    held = list(documents)
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    return [
        right
        for binding in held
        if binding["kind"].endswith("RoleBinding") and subject in binding["subjects"]
        for role in held
        if _is_bound(role, binding)
        for rule in role["rules"]
        for right in _rights(rule, binding["metadata"].get("namespace", EVERYWHERE))
    ]


async def in_force(
    api: aiohttp.ClientSession, rights: Iterable[Right], account: str, namespace: str
) -> None:
    """Waits until the API server knows them: it hears of new roles by a watch of its own."""
    async with asyncio.timeout(SECONDS):
        for right in rights:
            while not await _holds(api, right, account, namespace):  # noqa: ASYNC110 no event tells
                await asyncio.sleep(0.05)


async def _holds(api: aiohttp.ClientSession, right: Right, account: str, namespace: str) -> bool:
    group, resource, *subresource = right.resource.split("/")
    attributes = {
        "group": group,
        "resource": resource,
        "subresource": "".join(subresource),
        "verb": right.verb,
        "namespace": right.namespace,
        "name": right.name,
    }
    spec = {
        "user": f"system:serviceaccount:{namespace}:{account}",
        "resourceAttributes": attributes,
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    async with api.post(path, json={"spec": spec}) as answer:
        assert answer.ok, await answer.text()
        return bool((await answer.json())["status"]["allowed"])


def asked(audit: Path, account: str, namespace: str) -> list[Asked]:
    """What a ServiceAccount has asked for of all that RBAC rules over resources."""
    user = f"system:serviceaccount:{namespace}:{account}"
    # the last line may not be through yet
    lines = audit.read_text(encoding="utf-8").splitlines(keepends=True)
    entries: list[Json] = [json.loads(line) for line in lines if line.endswith("\n")]
    return [
        Asked(_needed(entry), _allowed(entry))
        for entry in entries
        if entry["user"]["username"] == user and "objectRef" in entry
    ]


def missing(requests: Iterable[Asked]) -> list[str]:
    """What was asked for without the right to it."""
    return sorted({str(request.needed) for request in requests if not request.allowed})


def idle(rights: Iterable[Right], requests: Iterable[Asked]) -> list[str]:
    """Rights that no request needed."""
    needed = {request.needed for request in requests if request.allowed}
    return sorted(str(right) for right in rights if not any(right.covers(need) for need in needed))


def _is_bound(role: Json, binding: Json) -> bool:
    reference = binding["roleRef"]
    return (role["kind"], role["metadata"]["name"]) == (reference["kind"], reference["name"]) and (
        role["kind"] == "ClusterRole"
        or role["metadata"]["namespace"] == binding["metadata"]["namespace"]
    )


def _rights(rule: Json, namespace: str) -> Iterator[Right]:
    names = rule.get("resourceNames") or [""]
    for group, resource, verb, name in product(
        rule["apiGroups"], rule["resources"], rule["verbs"], names
    ):
        yield Right(verb, f"{group}/{resource}", namespace, name)


def _needed(entry: Json) -> Right:
    at = entry["objectRef"]
    path = "/".join(filter(None, (at["resource"], at.get("subresource"))))
    resource = f"{at.get('apiGroup', '')}/{path}"
    return Right(entry["verb"], resource, at.get("namespace", EVERYWHERE), at.get("name", ""))


def _allowed(entry: Json) -> bool:
    """By RBAC: an admission that refuses is no matter of rights."""
    return bool(entry["annotations"]["authorization.k8s.io/decision"] == "allow")
