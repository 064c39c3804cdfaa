"""Whose rights: those of a Secret serve the objects that name it, and nobody else."""

from __future__ import annotations

import base64
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from controller import config
from controller.azure.identities import Identity
from controller.emulator.azure.entra import Application
from controller.model.connector import FINALIZER
from controller.reconcile.reach import anywhere
from tests.azure.certificates import certificate
from tests.e2e import causes
from tests.e2e.causes import spec
from tests.e2e.harness import CONTOSO, Stage, condition, is_ready, manifest
from tests.e2e.life import Life, living
from tests.e2e.test_secrets import Issued, leaks, told

REF = {"credentialsRef": {"name": "azure"}}
READY = ("True", "Provisioned")
DELETE = {"deletion": {"tables": "Delete", "created": "Delete", "adopted": "Delete"}}
TENANT, CLIENT = "AZURE_TENANT_ID", "AZURE_CLIENT_ID"
SECRET, CERTIFICATE = "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE"
KEY = "soc/azure"


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    """An object that names a Secret, in a namespace that has to; the Secret is there."""
    async with living(spec(**REF, policy=DELETE), tmp_path) as found:
        await causes.be_left_to_a_secret(found)
        await causes.bring_the_secret(found)
        yield found


async def ready(life: Life) -> None:
    await life.until(lambda: life.says("Ready") == READY)


def theirs(life: Life) -> Application:
    """An application of the namespace, with the operator's rights in Azure."""
    found = replace(
        life.seed.operator,
        client_id="55555555-0000-4000-8000-000000000001",
        service_principal_id="55555555-0000-4000-8000-000000000002",
        secret="theirs alone",
    )
    life.emulator.azure.entra.add(found)
    life.secrets.held[KEY] = {
        **life.secrets.held[KEY],
        CLIENT: found.client_id,
        SECRET: found.secret,
    }
    return found


async def test_a_secrets_identity_does_all_that_its_object_needs(life: Life) -> None:
    """The operator's own has no right at all."""
    theirs(life)
    life.emulator.azure.deny(life.seed.operator.client_id, "")

    await ready(life)
    await causes.send(life)
    await life.until(lambda: life.says("IsConnected") == ("True", "Connected"))


async def test_the_operators_rights_do_not_stand_in_for_a_secrets(life: Life) -> None:
    life.emulator.azure.deny(theirs(life).client_id, "")

    await life.until(lambda: life.says("Ready") == ("False", "AccessDenied"))


@pytest.mark.parametrize("key", [TENANT, CLIENT, SECRET])
async def test_a_key_that_is_missing_is_named(life: Life, key: str) -> None:
    whole = life.secrets.held[KEY]
    life.secrets.held[KEY] = {name: text for name, text in whole.items() if name != key}

    await life.until(lambda: life.says("Ready") == ("False", "WaitingForSecret"))
    assert f"Secret soc/azure lacks {key}" in life.condition("Ready")["message"]
    assert life.emulator.requests == []

    life.secrets.held[KEY] = whole
    await ready(life)


async def test_a_secret_that_is_never_made_stalls_with_its_name(life: Life) -> None:
    del life.secrets.held[KEY]

    await life.until(lambda: bool(life.condition("Stalled")))

    said = life.condition("Stalled")
    assert said["reason"] == "WaitingForSecret"
    assert "Secret soc/azure, which spec.credentialsRef names, is not there" in said["message"]


async def test_for_a_silent_api_server_nobody_blames_azure(life: Life) -> None:
    """Where the Secret was never read there is nothing to go on with."""
    life.secrets.silent = True

    await life.until(lambda: life.says("Ready") == ("False", "WaitingForSecret"))
    assert life.says("Synced") == ("Unknown", "WaitingForSecret")
    assert life.condition("Ready")["message"].startswith(
        "The Kubernetes API server did not give Secret soc/azure, which spec.credentialsRef names"
    )
    assert life.third == ["Reconciling"]
    assert life.emulator.requests == []

    life.secrets.silent = False
    await ready(life)


@asynccontextmanager
async def silent_after_a_restart(life: Life, folder: Path) -> AsyncIterator[Life]:
    """The object when it was Ready, with a new process that the API server gives no Secret."""
    await ready(life)
    place = folder / "later"
    place.mkdir()
    async with living(life.connector.spec, place) as later:
        later.connector, later.reaches = life.connector, life.reaches
        later.secrets.silent = True
        yield later


async def test_a_ready_object_outlives_a_silent_api_server_and_a_restart(
    life: Life, tmp_path: Path
) -> None:
    async with silent_after_a_restart(life, tmp_path) as later:
        await later.until(lambda: later.says("Synced") == ("Unknown", "WaitingForSecret"))
        assert later.says("Ready") == READY


async def test_a_deletion_waits_for_a_silent_api_server_and_is_not_blocked(
    life: Life, tmp_path: Path
) -> None:
    async with silent_after_a_restart(life, tmp_path) as later:
        await delete(later)
        await later.until(lambda: later.says("Synced") == ("Unknown", "WaitingForSecret"))
        assert not later.condition("Stalled")


async def test_a_changed_secret_is_taken_up(life: Life) -> None:
    good = life.secrets.held[KEY]
    life.secrets.held[KEY] = {**good, SECRET: "an old one"}
    await life.until(lambda: life.says("Ready") == ("False", "CredentialsInvalid"))
    message = life.condition("Ready")["message"]
    assert "client-secret of Secret soc/azure" in message
    assert "an old one" not in message

    life.secrets.held[KEY] = good
    await ready(life)


async def test_a_token_in_hand_does_not_outlive_the_secret(life: Life) -> None:
    """It would be good for an hour; whoever takes the Secret away means at once."""
    await ready(life)
    del life.secrets.held[KEY]
    life.change()

    await life.until(lambda: life.says("Ready") == ("False", "WaitingForSecret"))


async def test_another_identity_in_the_secret_acts_from_then_on(life: Life) -> None:
    await ready(life)
    life.emulator.azure.deny(theirs(life).client_id, "")
    life.clock.forward(causes.MINUTES)
    life.change()

    await life.until(lambda: life.says("Ready") == ("False", "AccessDenied"))


def alive() -> tuple[int, int]:
    """How many identities and HTTP clients this process has."""
    gc.collect()
    kinds = [type(each) for each in gc.get_objects()]
    return kinds.count(Identity), kinds.count(httpx.AsyncClient)


async def test_a_secret_that_is_changed_often_leaves_nothing_of_what_it_held(life: Life) -> None:
    """Neither an old secret in memory nor a client with its connections."""
    await ready(life)
    before = alive()

    for number in range(5):
        new = replace(life.seed.operator, secret=f"number {number}")
        life.emulator.azure.entra.add(new)
        life.secrets.held[KEY] = {**life.secrets.held[KEY], SECRET: new.secret}
        life.clock.forward(causes.MINUTES)
        life.change()
        await life.turn()
        assert life.says("Ready") == READY

    assert alive() == before


async def test_a_certificate_of_a_secret_signs(life: Life) -> None:
    made = certificate("operator")
    life.emulator.azure.entra.add(
        replace(life.seed.operator, secret="", certificates=(made.public,))
    )
    held = {key: text for key, text in life.secrets.held[KEY].items() if key != SECRET}
    life.secrets.held[KEY] = {**held, CERTIFICATE: made.public}
    await life.until(lambda: life.says("Ready") == ("False", "CredentialsInvalid"))
    assert (
        f"Secret soc/azure: {CERTIFICATE} has no private key"
        in (life.condition("Ready")["message"])
    )

    life.secrets.held[KEY] = {**held, CERTIFICATE: made.pem.decode()}
    await ready(life)


async def test_an_object_without_a_secret_does_not_get_the_operators_rights(life: Life) -> None:
    life.change(credentialsRef=None)

    await life.until(lambda: life.says("Ready") == ("False", "NotAllowed"))

    assert "may act with an identity of its own alone" in life.condition("Ready")["message"]
    assert life.emulator.requests == []


async def test_a_secret_is_not_read_where_the_administrator_gives_the_operators_rights(
    life: Life,
) -> None:
    life.reaches = anywhere

    await life.until(lambda: life.says("Ready") == ("False", "NotAllowed"))

    assert "may act with the operator's identity alone" in life.condition("Ready")["message"]
    assert life.emulator.requests == []


async def delete(life: Life) -> None:
    life.connector = replace(life.connector, deleting=True)
    life.wait = 0.0


async def test_a_deletion_ends_though_the_secret_went_first(life: Life) -> None:
    """A namespace that is deleted takes its Secrets first."""
    await ready(life)
    assert life.connector.finalizers == (FINALIZER,)
    del life.secrets.held[KEY]
    await delete(life)

    while not (await life.turn()).release:
        assert life.says("Ready") != ("False", "DeletionBlocked"), life.condition("Ready")

    assert life.emulator.azure.get(causes.RULE) is None


async def test_a_deletion_without_a_secret_names_the_ways_out(life: Life, tmp_path: Path) -> None:
    """A new process has never seen it."""
    await ready(life)
    folder = tmp_path / "other"
    folder.mkdir()
    async with living(spec(**REF, policy=DELETE), folder) as later:
        later.connector, later.reaches = life.connector, life.reaches
        await delete(later)
        await later.until(lambda: bool(later.condition("Stalled")))
        said = later.condition("Stalled")
        assert said["reason"] == "DeletionBlocked"
        assert "Secret soc/azure" in said["message"]
        assert "on-delete=Orphan" in said["message"]


async def test_the_operator_reads_a_secret_and_shows_nothing_of_it(embedded: Stage) -> None:
    """The process itself, whose own identity Entra does not know."""
    namespace = embedded.cluster.namespace
    grants = {namespace: {"scopes": ["/"], "identity": "Secret"}}
    data = {
        TENANT: embedded.seed.tenant,
        CLIENT: embedded.seed.operator.client_id,
        SECRET: embedded.seed.operator.secret,
    }
    stage = embedded.with_settings(
        {config.NAMESPACES: json.dumps(grants), SECRET: "not the operators own"}
    )
    issued = Issued()
    issued.note(stage.azure.azure.entra)
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "azure"},
        "data": {**encoded, SECRET: ""},
    }
    path = f"/api/v1/namespaces/{namespace}/secrets"
    async with stage.api.post(path, json=secret) as answer:
        assert answer.ok, await answer.text()
    body = manifest(CONTOSO)
    async with stage.operating("--verbose"):
        await stage.create({**body, "spec": {**body["spec"], **REF}})
        await stage.seen.until(
            CONTOSO, lambda found: condition(found, "Ready")["reason"] == "WaitingForSecret"
        )
        form = {"Content-Type": "application/merge-patch+json"}
        patch = {"data": {SECRET: encoded[SECRET]}}
        async with stage.api.patch(f"{path}/azure", json=patch, headers=form) as answer:
            assert answer.ok, await answer.text()
        await stage.seen.until(CONTOSO, is_ready)

    assert issued.tokens
    assert leaks(told(stage, await stage.events()), [data[SECRET], *issued.tokens]) == []
