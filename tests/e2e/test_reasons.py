"""Every reason of a condition, by a real cause: what the object, its events, its metric and Argo CD
say, and that it ends once the cause is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from controller.emulator.azure import Fault, Options
from controller.model.connector import Event
from controller.model.reasons import Reason
from tests.argocd.customization import health
from tests.argocd.states import told
from tests.e2e import causes
from tests.e2e.causes import Cause, changed, later, relieved, rule, spec, struck, ui
from tests.e2e.life import Life, living
from tests.reconcile import kstatus
from tests.telemetry.scrapes import Gauge

NORMAL, WARNING = "Normal", "Warning"
DONE = ("True", Reason.PROVISIONED)
SAME = ("True", Reason.IN_SYNC)
UNHEARD = ("False", Reason.NO_DATA)
BASIC = [{**spec()["tables"][0], "plan": "Basic"}]
EXISTING = {"existing": {"resourceId": causes.ENDPOINT}}
STRANGER = {"existing": {**spec()["application"]["existing"]}}
STRANGER["existing"]["servicePrincipalId"] = causes.STRANGER
BROKEN = rule(flows=[{**rule()["flows"][0], "transformKql": "source | extend X = nosuch(1)"}])
INACTIVE = [{**spec()["dataConnectors"][0], "isActive": False}]
ACTIVE = spec()["dataConnectors"]
COLUMNS = spec()["tables"][0]["columns"]
RETYPED = [{**spec()["tables"][0], "columns": [*COLUMNS[:-1], {**COLUMNS[-1], "type": "int"}]}]
DELETE_ALL = {"deletion": {"tables": "Delete"}}
MISSING = "Nowhere_CL | project IsConnected = true"
TYPO = "ContosoSecurityAlerts_CL | project IsConnected = ("


def stalled(reason: Reason, **more: Any) -> Cause:
    """What only a person can help; Stalled is gone then, and Ready says so."""
    return Cause(reason, "Stalled", "True", "Degraded", WARNING, DONE, **more)


def waiting(reason: Reason, **more: Any) -> Cause:
    """What a dependency will end."""
    return Cause(reason, "Ready", "False", "Progressing", None, DONE, ready=False, **more)


def unasked(reason: Reason, **more: Any) -> Cause:
    """A question for data that cannot be answered."""
    return Cause(reason, "IsConnected", "Unknown", "Healthy", None, UNHEARD, **more)


CAUSES = (
    Cause(Reason.PENDING, "Ready", "Unknown", "Progressing", None, DONE, ready=False),
    Cause(Reason.APPLYING, "Reconciling", "True", "Progressing", None, DONE, ready=False),
    Cause(Reason.PROVISIONED, "Ready", "True", "Healthy", NORMAL, DONE),
    Cause(Reason.IN_SYNC, "Synced", "True", "Healthy", None, SAME),
    Cause(
        *(Reason.SUSPENDED, "Synced", "Unknown", "Suspended", WARNING, SAME),
        make=changed(suspend=True),
        mend=changed(suspend=False),
    ),
    Cause(
        *(Reason.DRIFT_DETECTED, "Synced", "False", "Healthy", WARNING, SAME),
        spec={"policy": {"apply": "OnSpecChange"}},
        make=causes.edit_rule,
        mend=changed(policy={"apply": "Always"}),
    ),
    Cause(
        *(Reason.AWAITING_APPROVAL, "Ready", "False", "Suspended", WARNING, DONE),
        spec={"policy": {"apply": "Approved"}},
        mend=causes.approve,
        ready=False,
    ),
    Cause(
        *(Reason.NOT_PROVISIONED, "Ready", "False", "Suspended", WARNING, DONE),
        told=Reason.DRIFT_DETECTED,
        spec={"policy": {"apply": "Never"}},
        mend=changed(policy={"apply": "Always"}),
        ready=False,
    ),
    waiting(
        Reason.WAITING_FOR_TABLE,
        options=Options(retry_after=0, young_table_seconds=20 * causes.MINUTES),
        mend=later,
    ),
    waiting(
        Reason.WAITING_FOR_PARENT,
        spec={"endpoint": EXISTING},
        mend=causes.make_endpoint,
    ),
    waiting(
        Reason.WAITING_FOR_PRINCIPAL,
        spec={"application": STRANGER},
        mend=causes.hire,
    ),
    waiting(
        Reason.WAITING_FOR_SECRET,
        spec={"credentialsRef": {"name": "azure"}},
        make=causes.be_left_to_a_secret,
        mend=causes.bring_the_secret,
    ),
    Cause(
        *(Reason.THROTTLED, "Synced", "Unknown", "Healthy", WARNING, SAME),
        make=struck(Fault("/subscriptions/", status=429)),
        mend=relieved,
    ),
    Cause(
        *(Reason.AZURE_UNAVAILABLE, "Synced", "Unknown", "Healthy", WARNING, SAME),
        make=struck(Fault("/subscriptions/", drop=True)),
        mend=relieved,
    ),
    stalled(
        Reason.INVALID_SPEC,
        make=changed(definition=ui(title="$(rule.colour)")),
        mend=changed(definition=ui()),
    ),
    stalled(Reason.REFUSED, make=changed(rule=BROKEN), mend=changed(rule=rule())),
    stalled(
        Reason.IMMUTABLE,
        make=changed(tables=RETYPED),
        mend=changed(tables=spec()["tables"]),
    ),
    stalled(Reason.CONFLICT, make=causes.appear_beside, mend=causes.leave, ready=False),
    stalled(
        Reason.NOT_OURS,
        spec={"policy": {"adoption": "Never"}},
        make=causes.make_rule,
        mend=changed(policy={"adoption": "Always"}),
        ready=False,
    ),
    stalled(
        Reason.OTHER_NAME,
        make=causes.be_deployed_under_another_name,
        mend=causes.name_none,
    ),
    stalled(
        Reason.COLUMNS_LOST,
        make=causes.drop_a_column,
        mend=causes.restore_the_column,
    ),
    stalled(
        Reason.NOT_ALLOWED,
        make=causes.be_granted_another_group,
        mend=causes.be_granted_the_group,
    ),
    stalled(Reason.ACCESS_DENIED, make=causes.deny, mend=causes.allow),
    stalled(
        Reason.CREDENTIALS_INVALID,
        make=causes.rotate_secret,
        mend=causes.restore_secret,
        ready=False,
    ),
    stalled(
        Reason.WORKSPACE_NOT_FOUND,
        make=causes.lose_workspace,
        mend=causes.make_workspace,
    ),
    stalled(Reason.PROVIDER_NOT_REGISTERED, make=causes.unregister, mend=causes.register),
    stalled(
        Reason.SENTINEL_NOT_ONBOARDED,
        make=causes.take_sentinel_away,
        mend=causes.onboard,
    ),
    stalled(
        Reason.ROLE_MISSING,
        spec={"roleAssignment": "Verify"},
        mend=causes.assign_role,
        ready=False,
    ),
    stalled(
        Reason.INTERNAL_ERROR,
        make=causes.break_the_operator,
        mend=causes.mend_the_operator,
    ),
    Cause(
        *(Reason.ACTIVE, "IsActive", "True", "Healthy", NORMAL, ("False", Reason.INACTIVE)),
        mend=changed(dataConnectors=INACTIVE),
    ),
    Cause(
        *(Reason.INACTIVE, "IsActive", "False", "Healthy", WARNING, ("True", Reason.ACTIVE)),
        make=changed(dataConnectors=INACTIVE),
        mend=changed(dataConnectors=ACTIVE),
    ),
    Cause(
        *(Reason.NOT_REPORTED, "IsActive", "Unknown", "Healthy", None, ("True", Reason.ACTIVE)),
        make=causes.report_no_activity,
        mend=causes.report_activity,
    ),
    Cause(
        *(Reason.NO_DATA, "IsConnected", "False", "Healthy", None),
        ends=("True", Reason.CONNECTED),
        mend=causes.send,
    ),
    Cause(
        *(Reason.CONNECTED, "IsConnected", "True", "Healthy", NORMAL),
        ends=("False", Reason.NO_RECENT_DATA),
        make=causes.send,
        mend=causes.fall_silent,
    ),
    Cause(
        *(Reason.NO_RECENT_DATA, "IsConnected", "False", "Healthy", WARNING),
        ends=("True", Reason.CONNECTED),
        make=causes.fall_silent,
        mend=causes.send,
    ),
    unasked(
        Reason.TABLE_NOT_FOUND,
        make=changed(definition=causes.asking(MISSING)),
        mend=changed(definition=ui()),
    ),
    Cause(
        *(Reason.QUERY_FAILED, "IsConnected", "Unknown", "Healthy", WARNING, UNHEARD),
        make=changed(definition=causes.asking(TYPO)),
        mend=changed(definition=ui()),
    ),
    unasked(
        Reason.QUERY_BILLED,
        spec={"tables": BASIC},
        mend=changed(connectivityIntervalSeconds=300),
        ready=False,
    ),
    unasked(
        Reason.NO_CRITERIA,
        make=changed(definition=ui(connectivityCriteria=[])),
        mend=changed(definition=ui()),
    ),
)
DELETION = stalled(
    Reason.DELETION_BLOCKED,
    spec={"policy": DELETE_ALL},
    make=causes.be_deleted_with_rows,
    mend=causes.confirm,
)
"""it ends with the object"""


def saying(life: Life, cause: Cause) -> Mapping[str, Any] | None:
    """The newest status that was stored and says it; Applying is over when a reconcile ends."""
    said = (cause.on, cause.status, str(cause.reason))
    return next((status for status in reversed(life.shown) if said in _said(status)), None)


def _said(status: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {(c["type"], c["status"], c["reason"]) for c in status["conditions"]}


def shown(life: Life, cause: Cause) -> dict[str, Any]:
    """The object when it says so, as `kubectl get -o json` gives it."""
    found = saying(life, cause)
    return told(life.connector if found is None else replace(life.connector, status=found))


def reasons_of(events: list[Event], type_: str) -> set[str]:
    return {event.reason for event in events if event.type == type_}


async def happen(life: Life, cause: Cause) -> None:
    """The object as it is, the cause, and what the operator makes of it."""
    if cause.reason is Reason.PENDING:
        return
    if cause.ready:
        await life.until(lambda: life.says("Ready") == DONE)
        if cause.make is not causes.nothing:
            life.events.clear()
            life.shown.clear()
    await cause.make(life)
    await life.until(lambda: saying(life, cause) is not None)


def test_no_reason_is_without_its_cause() -> None:
    assert {cause.reason for cause in (*CAUSES, DELETION)} == set(Reason)


@pytest.mark.parametrize("cause", CAUSES, ids=str)
async def test_a_reason_comes_with_its_cause_and_goes_with_it(cause: Cause, tmp_path: Path) -> None:
    async with living(spec(**cause.spec), tmp_path, cause.options) as life:
        await happen(life, cause)
        obj, gauge = shown(life, cause), Gauge()
        said = (cause.on, cause.status, str(cause.reason))

        assert health(obj)["status"] == cause.health
        assert said in await gauge.of(obj)
        if cause.event is not None:
            assert str(cause.told or cause.reason) in reasons_of(life.events, cause.event)
        else:
            assert str(cause.reason) not in {event.reason for event in life.events}

        await cause.mend(life)
        on = cause.on if cause.on in ("Ready", "Synced", "IsActive", "IsConnected") else "Ready"
        await life.until(lambda: life.says(on) == cause.ends)
        assert life.third == []
        still = said in await gauge.of(told(life.connector))
        assert still == (said[1:] == cause.ends)
        assert kstatus.reading(life.connector.status, generation=life.connector.generation) == (
            "Current"
        )


async def test_a_deletion_that_is_blocked_ends_with_the_object(tmp_path: Path) -> None:
    async with living(spec(**DELETION.spec), tmp_path) as life:
        await happen(life, DELETION)
        obj = shown(life, DELETION)
        assert health(obj)["status"] == DELETION.health
        assert (DELETION.on, DELETION.status, str(DELETION.reason)) in await Gauge().of(obj)
        assert str(DELETION.reason) in reasons_of(life.events, WARNING)

        await DELETION.mend(life)
        outcome = await life.turn()

        assert outcome.release
        assert life.emulator.azure.get(causes.TABLE) is None
