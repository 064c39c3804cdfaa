"""IsActive: what the data connectors' readbacks say, all of them."""

from controller.model.reasons import Reason
from controller.reconcile import conditions
from controller.reconcile.connectivity.judgement import Verdict
from controller.reconcile.plan import Action, Step
from tests.reconcile.plans import data_connector, plan


def activity(*steps: Step) -> Verdict | None:
    return conditions.activity(plan(*steps))


def test_active_is_what_all_data_connectors_read_back() -> None:
    off = data_connector(readback={"properties": {"isActive": False}})
    both, one = activity(data_connector(), data_connector()), activity(data_connector(), off)
    assert both is not None
    assert one is not None
    assert (both.status, both.reason) == ("True", Reason.ACTIVE)
    assert (one.status, one.reason) == ("False", Reason.INACTIVE)


def test_a_readback_without_activity_is_unknown() -> None:
    found = activity(data_connector(readback={"properties": {}}))
    assert found is not None
    assert (found.status, found.reason) == ("Unknown", Reason.NOT_REPORTED)


def test_a_data_connector_that_is_not_there_is_not_provisioned() -> None:
    found = activity(data_connector(readback=None, found=False, action=Action.BLOCKED))
    assert found is not None
    assert (found.status, found.reason) == ("Unknown", Reason.NOT_PROVISIONED)


def test_a_data_connector_that_could_not_be_looked_at_keeps_what_was_known() -> None:
    """Also when it is blocked: then the fault of looking is not in its step."""
    assert activity(data_connector(readback=None, found=None, action=Action.BLOCKED)) is None
    assert conditions.activity(None) is None
