"""Which API versions each resource type takes. Data only; a store has its own copy, for tests."""

_CORE = {"2019-10-01", "2020-01-01", "2021-01-01", "2021-04-01", "2022-09-01", "2022-12-01"}
_CORE |= {"2023-07-01", "2024-03-01", "2024-11-01", "2025-04-01"}
_MONITOR = {"2021-04-01", "2021-09-01-preview", "2022-06-01", "2023-03-11", "2024-03-11"}
_LOGS = {"2021-12-01-preview", "2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01"}
_SENTINEL = {
    *("2022-01-01-preview", "2022-06-01-preview", "2022-09-01-preview", "2022-12-01-preview"),
    *("2023-02-01-preview", "2023-04-01-preview", "2023-07-01-preview", "2024-01-01-preview"),
    *("2024-03-01", "2024-09-01", "2025-06-01", "2025-07-01-preview", "2025-09-01"),
}

VERSIONS: dict[str, frozenset[str]] = {
    "subscriptions": frozenset(_CORE),
    "resourcegroups": frozenset(_CORE),
    "providers": frozenset(_CORE),
    "providers/register": frozenset(_CORE),
    "microsoft.operationalinsights/workspaces": frozenset(_LOGS),
    "microsoft.operationalinsights/workspaces/tables": frozenset(_LOGS),
    "microsoft.operationalinsights/workspaces/tables/migrate": frozenset(_LOGS),
    "microsoft.operationalinsights/workspaces/tables/operationresults": frozenset(_LOGS),
    "microsoft.operationalinsights/locations/operationstatuses": frozenset(_LOGS),
    "microsoft.insights/datacollectionrules": frozenset(_MONITOR | {"2019-11-01-preview"}),
    "microsoft.insights/datacollectionendpoints": frozenset(_MONITOR),
    "microsoft.insights/datacollectionendpoints/associations": frozenset(_MONITOR),
    "microsoft.insights/eventtypes/values": frozenset({"2015-04-01"}),
    "microsoft.securityinsights/dataconnectordefinitions": frozenset(_SENTINEL),
    "microsoft.securityinsights/metadata": frozenset(_SENTINEL),
    "microsoft.securityinsights/dataconnectors": frozenset(_SENTINEL),
    "microsoft.securityinsights/onboardingstates": frozenset(_SENTINEL),
    "microsoft.authorization/roleassignments": frozenset({"2020-04-01-preview", "2022-04-01"}),
}
