"""ARM ids: their types, their titles, their workspace."""

import pytest

from controller.azure.ids import resource_type, title, workspace_name
from tests.azure.conftest import CONNECTORS, ROLES, RULE, TABLE, WORKSPACE


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (WORKSPACE, "microsoft.operationalinsights/workspaces"),
        (TABLE, "microsoft.operationalinsights/workspaces/tables"),
        (RULE, "microsoft.insights/datacollectionrules"),
        (CONNECTORS, "microsoft.securityinsights/dataconnectors"),
        (f"{CONNECTORS}/Contoso", "microsoft.securityinsights/dataconnectors"),
        (f"{ROLES}?$filter=atScope()", "microsoft.authorization/roleassignments"),
        (f"{ROLES}/1", "microsoft.authorization/roleassignments"),
        ("/subscriptions/s", "microsoft.resources/subscriptions"),
        ("/subscriptions/s/resourceGroups/rg", "microsoft.resources/resourcegroups"),
        ("/subscriptions", "microsoft.resources/subscriptions"),
    ],
)
def test_the_type_is_the_last_providers(path: str, kind: str) -> None:
    assert resource_type(path) == kind


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (TABLE, "tables/Contoso_CL"),
        (CONNECTORS, "dataConnectors"),
        (f"{ROLES}/1", "roleAssignments/1 on dataCollectionRules/Contoso"),
        ("/subscriptions/s", "subscriptions/s"),
        ("/subscriptions/s/providers/Microsoft.Insights", "providers/Microsoft.Insights"),
    ],
)
def test_a_title_is_short_and_tells_where(path: str, said: str) -> None:
    assert title(path) == said


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (TABLE, "LogAnalytics1"),
        (f"{CONNECTORS}/x", "LogAnalytics1"),
        (RULE, ""),
        ("/a/Workspaces", ""),
    ],
)
def test_the_workspace_around_a_resource_is_found(path: str, name: str) -> None:
    assert workspace_name(path) == name
