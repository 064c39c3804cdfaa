"""The edge against the emulated Azure, over HTTPS with azure-identity's own credential."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

from controller.azure.clouds import Cloud, parse
from controller.azure.edge import Azure, connect
from controller.azure.identities import Identity, Method
from controller.emulator.azure.assertions import is_signed
from controller.emulator.azure.faults import Fault as Stroke
from controller.emulator.azure.options import Options
from controller.emulator.azure.server import AzureEmulator
from controller.emulator.azure.store import WalkThrough
from controller.model.errors import Stalled, Transient
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows
from tests.azure.certificates import Made, certificate


class World(NamedTuple):
    emulator: AzureEmulator
    seed: WalkThrough
    azure: Azure

    async def place(self) -> Any:
        return await self.azure.inventory.workspace(
            self.seed.subscription, self.seed.group, self.seed.workspace
        )

    def calls(self, method: str, part: str) -> int:
        return sum(r.method == method and part in r.path for r in self.emulator.requests)


def cloud_of(emulator: AzureEmulator) -> Cloud:
    return parse(
        {
            "name": "emulated",
            "authority": emulator.https_url,
            "arm": emulator.https_url,
            "armScope": "https://management.azure.com/.default",
            "logs": emulator.https_url,
            "logsScope": "https://api.loganalytics.io/.default",
            "ingestScope": "https://monitor.azure.com/.default",
            "caFile": str(emulator.ca_file),
        }
    )


def by_secret(seed: WalkThrough) -> Identity:
    operator = seed.operator
    return Identity(
        Method.CLIENT_SECRET,
        tenant_id=seed.tenant,
        client_id=operator.client_id,
        client_secret=operator.secret,
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with AzureEmulator(Options(table_seconds=0.5)) as emulator:
        seed = emulator.azure.seed_walk_through()
        async with connect(cloud_of(emulator), by_secret(seed)) as azure:
            yield World(emulator, seed, azure)


TABLE_BODY = {
    "properties": {
        "schema": {
            "name": "Edge_CL",
            "columns": [
                {"name": "TimeGenerated", "type": "datetime"},
                {"name": "EventType", "type": "string"},
            ],
        }
    }
}


async def test_a_table_is_there_when_its_put_returns(world: World) -> None:
    path = f"{world.seed.workspace_id}/tables/Edge_CL"

    assert await world.azure.arm.get(path) is None
    table = await world.azure.arm.put(path, TABLE_BODY)

    assert table["properties"]["provisioningState"] == "Succeeded"
    assert world.calls("POST", "/oauth2/") == 1


async def test_a_table_that_azure_rejects_in_its_operation_is_refused(world: World) -> None:
    body = {"properties": {"schema": {"name": "Edge_CL", "columns": []}}}

    with pytest.raises(Stalled, match="TimeGenerated") as caught:
        await world.azure.arm.put(f"{world.seed.workspace_id}/tables/Edge_CL", body)

    assert caught.value.reason == Reason.REFUSED


async def test_a_ready_workspace_tells_what_others_need(world: World) -> None:
    place = await world.place()

    assert place.customer_id == world.seed.customer_id
    assert place.location == world.seed.location
    assert place.tenant_id == world.seed.tenant
    assert place.id == world.seed.workspace_id


async def test_an_unregistered_provider_is_named_with_its_remedy(world: World) -> None:
    world.emulator.azure.registered[world.seed.subscription].remove("microsoft.securityinsights")

    with pytest.raises(Stalled, match=r"--namespace Microsoft\.SecurityInsights") as caught:
        await world.place()
    assert caught.value.reason == Reason.PROVIDER_NOT_REGISTERED

    world.emulator.azure.registered[world.seed.subscription].add("microsoft.securityinsights")
    assert await world.place()


async def test_a_workspace_without_sentinel_is_named(world: World) -> None:
    state = f"{world.seed.workspace_id}/providers/Microsoft.SecurityInsights/onboardingStates"
    world.emulator.azure.delete(f"{state}/default")

    with pytest.raises(Stalled, match="has no Microsoft Sentinel") as caught:
        await world.place()
    assert caught.value.reason == Reason.SENTINEL_NOT_ONBOARDED

    world.emulator.azure.onboard(world.seed.workspace_id)
    assert await world.place()


@pytest.mark.parametrize("missing", ["workspace", "group", "subscription"])
async def test_a_missing_place_is_named_with_all_three_parts(world: World, missing: str) -> None:
    names = {
        "subscription": world.seed.subscription,
        "group": world.seed.group,
        "workspace": world.seed.workspace,
    }
    names[missing] = "11111111-1111-4111-8111-111111111111"

    with pytest.raises(Stalled) as caught:
        await world.azure.inventory.workspace(
            names["subscription"], names["group"], names["workspace"]
        )

    assert caught.value.reason == Reason.WORKSPACE_NOT_FOUND
    assert all(name in caught.value.message for name in names.values())


async def test_a_denied_workspace_names_the_missing_action(world: World) -> None:
    world.emulator.azure.deny(world.seed.operator.client_id, "workspaces/read")

    with pytest.raises(Stalled, match=r"Microsoft\.OperationalInsights/workspaces/read") as caught:
        await world.place()

    assert caught.value.reason == Reason.ACCESS_DENIED


async def test_providers_that_may_not_be_read_stop_nothing(world: World) -> None:
    world.emulator.azure.deny(world.seed.operator.client_id, "Microsoft.Resources/providers")

    assert await world.place()


async def test_a_wrong_secret_is_told_without_the_secret(world: World) -> None:
    who = Identity(
        Method.CLIENT_SECRET,
        tenant_id=world.seed.tenant,
        client_id=world.seed.operator.client_id,
        client_secret="not-the-secret",
    )
    async with connect(cloud_of(world.emulator), who) as azure:
        with pytest.raises(Stalled, match="AADSTS7000215") as caught:
            await azure.arm.get(world.seed.workspace_id)

    assert caught.value.reason == Reason.CREDENTIALS_INVALID
    assert "not-the-secret" not in str(caught.value)


async def test_an_authority_of_another_certificate_is_no_answer(
    world: World, tmp_path: Path
) -> None:
    stranger = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    document = cloud_of(world.emulator)
    cloud = Cloud(**{f: getattr(document, f) for f in document.__slots__} | {"ca_file": stranger})
    async with connect(cloud, by_secret(world.seed)) as azure:
        with pytest.raises(Transient, match="could not be reached"):
            await azure.arm.get(world.seed.workspace_id)


async def test_a_version_that_does_not_take_push_is_followed_by_one_that_does() -> None:
    options = Options(push_versions=frozenset({"2023-02-01-preview"}))
    async with AzureEmulator(options) as emulator:
        seed = emulator.azure.seed_walk_through()
        path = f"{seed.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/Contoso"
        async with connect(cloud_of(emulator), by_secret(seed)) as azure:
            with pytest.raises(Stalled) as caught:
                await azure.arm.put(path, {"kind": "Push", "properties": {}})

    asked = [r.query for r in emulator.requests if r.method == "PUT"]
    assert asked[-1] == "api-version=2023-02-01-preview", caught.value


async def test_a_table_of_a_missing_workspace_is_no_absent_table(world: World) -> None:
    elsewhere = world.seed.workspace_id.replace(world.seed.workspace, "Elsewhere")

    with pytest.raises(Stalled, match="workspace Elsewhere does not exist") as caught:
        await world.azure.arm.get(f"{elsewhere}/tables/Edge_CL")

    assert caught.value.reason == Reason.WORKSPACE_NOT_FOUND


async def test_workload_identity_trades_the_accounts_token_for_azures(
    world: World, tmp_path: Path
) -> None:
    (subject,) = world.seed.operator.subjects
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
    file = tmp_path / "token"
    file.write_text(f"e30.{claims}.e30")
    who = Identity(
        Method.WORKLOAD_IDENTITY,
        tenant_id=world.seed.tenant,
        client_id=world.seed.operator.client_id,
        token_file=str(file),
    )

    async with connect(cloud_of(world.emulator), who) as azure:
        assert await azure.arm.get(world.seed.workspace_id)


def by_certificate(seed: WalkThrough, file: Path, password: str = "") -> Identity:
    return Identity(
        Method.CLIENT_CERTIFICATE,
        tenant_id=seed.tenant,
        client_id=seed.operator.client_id,
        certificate_file=str(file),
        certificate_password=password,
    )


def register(world: World, *made: Made) -> None:
    """The operator's application has these certificates and no secret."""
    public = tuple(one.public for one in made)
    world.emulator.azure.entra.add(replace(world.seed.operator, secret="", certificates=public))


@pytest.mark.parametrize("password", ["", "open sesame"])
@pytest.mark.parametrize("form", ["pem", "pkcs12"])
async def test_a_certificate_signs_for_the_application_that_it_is_registered_with(
    world: World, tmp_path: Path, password: str, *, form: str
) -> None:
    made = certificate("operator", password)
    register(world, made)
    file = tmp_path / "certificate"
    file.write_bytes(getattr(made, form))

    async with connect(
        cloud_of(world.emulator), by_certificate(world.seed, file, password)
    ) as azure:
        assert await azure.arm.get(world.seed.workspace_id)


async def test_a_certificate_that_nobody_has_registered_is_refused_by_entra(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "certificate"
    file.write_bytes(certificate("theirs").pem)
    register(world, certificate("ours"))

    async with connect(cloud_of(world.emulator), by_certificate(world.seed, file)) as azure:
        with pytest.raises(Stalled, match=r"client-certificate: .*AADSTS700027.*'$") as caught:
            await azure.arm.get(world.seed.workspace_id)

    assert caught.value.reason == Reason.CREDENTIALS_INVALID


async def test_a_certificate_renewed_in_place_signs_the_next_time(
    world: World, tmp_path: Path
) -> None:
    old, new = certificate("old"), certificate("new")
    register(world, new)
    file = tmp_path / "certificate"
    file.write_bytes(old.pem)

    async with connect(cloud_of(world.emulator), by_certificate(world.seed, file)) as azure:
        with pytest.raises(Stalled):
            await azure.arm.get(world.seed.workspace_id)
        file.write_bytes(new.pem)
        assert await azure.arm.get(world.seed.workspace_id)


async def test_a_key_that_has_not_signed_is_found_out(world: World) -> None:
    """The thumbprint is public: who knows it alone does not get in."""
    ours, theirs = certificate("operator"), certificate("operator")
    world.emulator.azure.entra.add(replace(world.seed.operator, certificates=(ours.public,)))
    url = f"{world.emulator.https_url}/{world.seed.tenant}/oauth2/v2.0/token"
    client = world.seed.operator.client_id
    claims = {"iss": client, "sub": client, "aud": url}
    signed = theirs.signed(claims, thumbprint_of=ours)

    assert not is_signed(signed, [ours.public], client_id=client, url=url)
    own = ours.signed(claims, thumbprint_of=ours)
    assert is_signed(own, [ours.public], client_id=client, url=url)
    assert not is_signed(own, [ours.public], client_id=client, url=f"{url}/elsewhere")


async def test_silence_is_no_answer(world: World) -> None:
    world.emulator.faults.add(Stroke("workspaces", silence=True))
    who = by_secret(world.seed)
    async with connect(cloud_of(world.emulator), who, answer_within=0.2) as azure:
        with pytest.raises(Transient, match=r"no answer within 0\.2 seconds"):
            await azure.arm.get(world.seed.workspace_id)


async def test_a_query_gives_rows_and_an_unknown_table_is_missing(world: World) -> None:
    rows = await world.azure.logs.query(world.seed.customer_id, "print Answer = 42")
    assert rows == Rows(("Answer",), ((42,),), types=("long",))

    with pytest.raises(QueryError, match="Nowhere_CL") as caught:
        await world.azure.logs.query(world.seed.customer_id, "Nowhere_CL | count")
    assert caught.value.missing
