"""Everybody in the demo who speaks to Azure beside the operator: the source, and somebody else.

They use plain HTTP with tokens of their own, as a product and a person would.
"""

import ssl
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp

from controller.emulator.azure import AzureEmulator, WalkThrough

MONITOR_SCOPE = "https://monitor.azure.com/.default"
ARM_SCOPE = "https://management.azure.com/.default"
RULE_VERSION = "2024-03-11"
KIND_OF_TYPE = {
    "tables": "Table",
    "datacollectionendpoints": "Endpoint",
    "datacollectionrules": "Rule",
    "roleassignments": "RoleAssignment",
    "dataconnectordefinitions": "Definition",
    "metadata": "Metadata",
    "dataconnectors": "DataConnector",
}

Json = Mapping[str, Any]


class AzureSide:
    """The emulated Azure as others than the operator use it; an async context manager."""

    def __init__(self, emulator: AzureEmulator, seed: WalkThrough) -> None:
        self._emulator = emulator
        self._seed = seed
        self._shown = 0
        self._somebody = replace(
            seed.operator,
            client_id=str(uuid.uuid4()),
            service_principal_id=str(uuid.uuid4()),
            display_name="somebody",
        )
        emulator.azure.entra.add(self._somebody)

    async def __aenter__(self) -> "AzureSide":
        trust = ssl.create_default_context(cafile=str(self._emulator.ca_file))
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def push(self, ingestion: Json, events: Sequence[Json]) -> int:
        """Sends events with the values of `status.ingestion`; the HTTP status."""
        push = self._seed.push
        token = await self._token(push.client_id, push.secret, MONITOR_SCOPE)
        url = (
            f"{ingestion['endpoint']}/dataCollectionRules/{ingestion['ruleImmutableId']}"
            f"/streams/{ingestion['streams'][0]}?api-version=2023-01-01"
        )
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.post(url, json=list(events), headers=headers) as response:
            return response.status

    async def change_transform(self, rule_id: str, transform: str) -> None:
        """Somebody opens the rule in the portal and saves another transform."""
        token = await self._token(self._somebody.client_id, self._somebody.secret, ARM_SCOPE)
        url = f"{self._emulator.https_url}{rule_id}?api-version={RULE_VERSION}"
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.get(url, headers=headers) as response:
            rule = await response.json()
        rule["properties"]["dataFlows"][0]["transformKql"] = transform
        async with self._http.put(url, json=rule, headers=headers) as response:
            response.raise_for_status()

    def transform(self, rule_id: str) -> str:
        """The rule's transform as Azure holds it now."""
        rule = self._emulator.azure.get(rule_id)
        return "" if rule is None else str(rule.body["properties"]["dataFlows"][0]["transformKql"])

    def new_writes(self) -> Iterator[str]:
        """What was written since the last look: "Table ContosoSecurityAlerts_CL"."""
        requests = self._emulator.requests
        while self._shown < len(requests) and requests[self._shown].status is not None:
            request = requests[self._shown]
            self._shown += 1
            if request.method == "PUT" and (request.status or 500) < 300:
                yield _named(request.path)

    def left(self) -> list[str]:
        """The resources of ours that Azure still holds."""
        paths = (resource.id for resource in self._emulator.azure.all())
        return [_named(path) for path in paths if path.split("/")[-2].casefold() in KIND_OF_TYPE]

    async def _token(self, client_id: str, secret: str, scope: str) -> str:
        url = f"{self._emulator.https_url}/{self._seed.tenant}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": scope,
        }
        async with self._http.post(url, data=form) as response:
            return str((await response.json())["access_token"])


def _named(path: str) -> str:
    *_, kind, name = path.split("/")
    return f"{KIND_OF_TYPE.get(kind.casefold(), kind)} {name}"
