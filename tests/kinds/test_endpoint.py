"""An endpoint belongs to many: what the spec does not give is left as it is."""

from typing import Any

import pytest

from controller.kinds.endpoint import KIND
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Body, Verb, Write
from controller.reconcile.diff import changes
from tests.kinds.samples import REFS, minimal

HOST = "https://loganalytics1-p2sd.francecentral-1.ingest.monitor.azure.com"


def desired(**create: Any) -> Body:
    derived = minimal(endpoint={"create": create})
    return KIND.desired(derived, KIND.resources(derived)[0], REFS)


def readback(**more: Any) -> dict[str, Any]:
    """As Azure answers an empty body (FIELD part 1, 2)."""
    return {
        "id": "/subscriptions/x",
        "name": "LogAnalytics1",
        "location": "France Central",
        "etag": '"1"',
        **more,
        "properties": {
            "immutableId": "dce-1",
            "provisioningState": "Succeeded",
            "logsIngestion": {"endpoint": HOST},
            "networkAcls": {"publicNetworkAccess": "Enabled"},
        },
    }


def update(want: Body, have: Body) -> Write:
    return KIND.write(want, have, changes(KIND, want, have))


def test_an_endpoint_of_others_is_no_drift() -> None:
    assert changes(KIND, desired(), readback(tags={"team": "soc"})) == ()


def test_a_new_endpoint_tells_who_made_it() -> None:
    write = KIND.write(desired(tags={"team": "soc"}), None, ())

    assert write.verb is Verb.PUT
    assert write.body["tags"] == {"team": "soc", "contoso-connector-created-by": "demo"}


def test_an_update_keeps_what_others_set_and_claims_nothing() -> None:
    have = readback(tags={"Team": "soc", "cost": "7"}, kind="Linux")
    write = update(desired(publicNetworkAccess="Disabled", tags={"team": "ir"}), have)

    assert write.body == {
        "location": "francecentral",
        "kind": "Linux",
        "tags": {"team": "ir", "cost": "7"},
        "properties": {"networkAcls": {"publicNetworkAccess": "Disabled"}},
    }


def test_an_endpoint_elsewhere_stops() -> None:
    have = readback()
    have["location"] = "westeurope"

    with pytest.raises(Stalled, match="moves no endpoint") as caught:
        update(desired(), have)
    assert caught.value.reason is Reason.IMMUTABLE


def test_it_gives_its_address() -> None:
    derived = minimal()
    (resource,) = KIND.resources(derived)

    assert KIND.provides(derived, resource, readback()) == {
        "endpoint.id": resource.id,
        "endpoint.name": "LogAnalytics1",
        "endpoint.logsIngestion": HOST,
    }


def test_an_existing_endpoint_is_read_and_never_written() -> None:
    given = f"{minimal().endpoint_id}-theirs"
    (resource,) = KIND.resources(minimal(endpoint={"existing": {"resourceId": given}}))

    assert (resource.id, resource.managed) == (given, False)


def test_a_direct_rule_alone_wants_no_endpoint() -> None:
    assert KIND.resources(minimal(rule={"kind": "Direct"})) == ()
