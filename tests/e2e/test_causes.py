"""Each cause, made in the emulated Azure, gives its reason, and goes without a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.emulator.azure import Fault, Options
from tests.e2e import causes
from tests.e2e.causes import MINUTES, Do, spec
from tests.e2e.harness import CONTOSO, Stage, manifest
from tests.e2e.life import Life, living

PATIENTLY = "--timeout=90s"


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    async with living(spec(), tmp_path) as found:
        yield found


async def be_ready(life: Life) -> None:
    await life.turn()
    assert life.says("Ready") == ("True", "Provisioned")


@dataclass(frozen=True)
class Help:
    """How to make and mend it, and the words that say what to do."""

    reason: str
    words: tuple[str, ...]
    make: Do
    mend: Do


FOR_A_PERSON = (
    Help(
        "WorkspaceNotFound",
        ("LogAnalytics1", "sentinel-rg", "Create it, or correct spec.workspace"),
        causes.lose_workspace,
        causes.make_workspace,
    ),
    Help(
        "AccessDenied",
        ("Give the operator's identity a role", "Microsoft.Insights/dataCollectionRules/"),
        causes.deny,
        causes.allow,
    ),
    Help(
        "ProviderNotRegistered",
        ("az provider register --namespace", "Microsoft.SecurityInsights"),
        causes.unregister,
        causes.register,
    ),
    Help(
        "SentinelNotOnboarded",
        ("LogAnalytics1", "Microsoft Sentinel", "onboardingStates"),
        causes.take_sentinel_away,
        causes.onboard,
    ),
)
EACH_FOR_A_PERSON = pytest.mark.parametrize("cause", FOR_A_PERSON, ids=lambda cause: cause.reason)


@EACH_FOR_A_PERSON
@pytest.mark.parametrize("once_ready", [False, True], ids=["new", "once-ready"])
async def test_only_a_person_can_help(life: Life, cause: Help, once_ready: bool) -> None:
    if once_ready:
        await be_ready(life)
    await cause.make(life)

    await life.until_walked()

    expected = ("False", cause.reason)
    assert (life.says("Ready"), life.says("Synced")) == (expected, expected)
    assert life.third == ["Stalled"]
    for type_ in ("Ready", "Synced", "Stalled"):
        assert [word for word in cause.words if word not in life.condition(type_)["message"]] == []

    await cause.mend(life)
    await life.turns(10 * MINUTES)

    assert (life.says("Ready"), life.says("Synced")) == (
        ("True", "Provisioned"),
        ("True", "InSync"),
    )
    assert life.third == []


NO_ANSWER = (
    pytest.param(Fault("/subscriptions/", status=429), "Throttled", id="429"),
    pytest.param(Fault("/subscriptions/", status=500), "AzureUnavailable", id="500"),
    pytest.param(Fault("/subscriptions/", status=503), "AzureUnavailable", id="503"),
    pytest.param(Fault("/subscriptions/", silence=True), "AzureUnavailable", id="silence"),
    pytest.param(Fault("/subscriptions/", drop=True), "AzureUnavailable", id="hang-up"),
    pytest.param(Fault("/dataCollectionRules/", status=503), "AzureUnavailable", id="rule-503"),
    pytest.param(Fault("/token", status=503), "AzureUnavailable", id="token-503"),
)


@pytest.mark.parametrize(("fault", "reason"), NO_ANSWER)
async def test_azure_does_not_serve_a_new_connector(life: Life, fault: Fault, reason: str) -> None:
    life.emulator.faults.add(fault)

    await life.turn()

    assert life.says("Ready") == ("False", reason)
    assert life.says("Synced") == ("Unknown", reason)
    assert life.third == ["Reconciling"]
    assert "again" in life.condition("Ready")["message"]

    life.emulator.faults.clear()
    await life.turn()

    assert (life.says("Ready"), life.says("Synced")) == (
        ("True", "Provisioned"),
        ("True", "InSync"),
    )
    assert life.third == []


@pytest.mark.parametrize(("fault", "reason"), NO_ANSWER[:-1])
async def test_azure_does_not_serve_a_ready_connector(
    life: Life, fault: Fault, reason: str
) -> None:
    await be_ready(life)
    ready = life.condition("Ready")
    life.emulator.faults.add(fault)

    while life.says("Synced")[0] == "True":
        await life.turn()

    assert life.condition("Ready") == ready
    assert life.says("Synced") == ("Unknown", reason)
    assert life.third == []

    life.emulator.faults.clear()
    await life.turns(5 * MINUTES)

    assert life.says("Synced") == ("True", "InSync")


async def test_azure_names_the_time_to_come_back(life: Life) -> None:
    life.emulator.faults.add(Fault("/subscriptions/", status=429, headers={"Retry-After": "77"}))

    await life.turn()

    assert life.wait >= 77


async def test_a_young_table_is_waited_for_and_named_after_15_minutes(tmp_path: Path) -> None:
    options = Options(retry_after=0, young_table_seconds=20 * MINUTES)
    async with living(spec(), tmp_path, options) as life:
        await life.turn()
        waiting = ("False", "WaitingForTable")
        assert (life.says("Ready"), life.says("Synced")) == (waiting, waiting)
        assert life.third == ["Reconciling"]

        await life.turns(14 * MINUTES)
        assert life.third == ["Reconciling"]

        await life.turns(2 * MINUTES)
        assert life.says("Ready") == waiting
        assert life.third == ["Stalled"]
        for word in ("15 minutes", "Classic", "plan", "Sentinel"):
            assert word in life.condition("Stalled")["message"]

        await life.turns(5 * MINUTES)
        assert life.says("Ready") == ("True", "Provisioned")
        assert life.third == []


async def test_a_missing_parent_is_waited_for_and_named_after_15_minutes(tmp_path: Path) -> None:
    existing = {"existing": {"resourceId": causes.ENDPOINT}}
    async with living(spec(endpoint=existing), tmp_path) as life:
        await life.turn()
        assert life.says("Ready") == ("False", "WaitingForParent")
        assert life.third == ["Reconciling"]
        for word in ("somebodys", "create it", "spec.endpoint.existing.resourceId"):
            assert word in life.condition("Ready")["message"]

        await life.turns(16 * MINUTES)
        assert life.says("Ready") == ("False", "WaitingForParent")
        assert life.third == ["Stalled"]

        await causes.make_endpoint(life)
        await life.turns(2 * MINUTES)
        assert life.says("Ready") == ("True", "Provisioned")
        assert life.third == []


@pytest.mark.parametrize("times", [1, 2])
async def test_who_writes_at_the_same_time_is_no_news(life: Life, times: int) -> None:
    """Read again, planned again, in the same walk: no condition, and the write once more."""
    life.emulator.faults.add(Fault("/dataCollectionRules/[^/?]+.api", "PUT", 409, times=times))

    await life.turn()

    assert life.says("Ready") == ("True", "Provisioned")
    rule = [
        call.method
        for call in life.emulator.requests
        if call.path.endswith("/dataCollectionRules/ContosoSecurityAlertsPushDCR")
    ]
    assert rule == ["GET", *["GET", "PUT"] * (times + 1)]


async def test_three_conflicts_in_a_row_count_as_a_failure_of_azures(life: Life) -> None:
    life.emulator.faults.add(Fault("/dataCollectionRules/[^/?]+.api", "PUT", 409, times=3))

    await life.turn()

    assert life.says("Ready") == ("False", "AzureUnavailable")
    assert life.says("Synced") == ("Unknown", "AzureUnavailable")
    assert life.third == ["Reconciling"]
    assert "somebody else" in life.condition("Ready")["message"]

    await life.turn()

    assert life.says("Ready") == ("True", "Provisioned")


async def test_kubectl_shows_the_reason_and_what_to_do(stage: Stage) -> None:
    """The operator as a process: denied, then allowed, and asked to look again."""
    kubectl, directory = stage.cluster.kubectl, stage.azure.azure
    directory.deny(stage.seed.operator.client_id, "dataCollectionRules/write")
    async with stage.operating():
        await stage.create(manifest(CONTOSO))
        stalled = await kubectl("wait", "--for=condition=Stalled", "ccon", CONTOSO, PATIENTLY)
        assert stalled.returncode == 0, stalled.stderr
        wide = await kubectl("get", "ccon", "-o", "wide")
        assert "AccessDenied" in wide.stdout
        described = await kubectl("describe", "ccon", CONTOSO)
        assert "Give the operator's identity a role" in described.stdout

        directory.allow(stage.seed.operator.client_id)
        await stage.resync(CONTOSO, "rights were given")
        ready = await kubectl("wait", "--for=condition=Ready", "ccon", CONTOSO, PATIENTLY)
        assert ready.returncode == 0, ready.stderr
        told = await kubectl("get", "ccon", "-o", "wide")
        assert "Provisioned" in told.stdout
