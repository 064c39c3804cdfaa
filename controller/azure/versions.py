"""Which api-version each ARM type is asked with, and which answer asks for another one."""

from collections.abc import Mapping

from controller.azure.ids import resource_type

VERSIONS: Mapping[str, tuple[str, ...]] = {
    "microsoft.operationalinsights/workspaces/tables": ("2025-07-01",),
    "microsoft.operationalinsights/workspaces": ("2023-09-01",),
    "microsoft.insights/datacollectionrules": ("2024-03-11",),
    "microsoft.insights/datacollectionendpoints": ("2024-03-11",),
    "microsoft.insights/datacollectionendpoints/associations": ("2024-03-11",),
    # the first of each is the one that the published push connectors are deployed with
    "microsoft.securityinsights/dataconnectordefinitions": ("2022-09-01-preview", "2025-09-01"),
    "microsoft.securityinsights/metadata": ("2023-04-01-preview", "2025-09-01"),
    # no published schema of any version has the kind Push, so all that were seen with it are tried
    "microsoft.securityinsights/dataconnectors": (
        "2025-06-01",
        "2024-09-01",
        "2025-09-01",
        "2023-02-01-preview",
    ),
    "microsoft.insights/eventtypes/values": ("2015-04-01",),
    "microsoft.securityinsights/onboardingstates": ("2025-09-01",),
    "microsoft.authorization/roleassignments": ("2022-04-01",),
    "microsoft.resources/subscriptions": ("2022-12-01",),
}

REFUSALS = frozenset(
    {"InvalidApiVersionParameter", "InvalidResourceType", "NoRegisteredProviderFound"}
)
PHRASE = "is not supported in api-version"


class Versions:
    """The versions in the order to try; remembers which one a type was last served with."""

    def __init__(self, table: Mapping[str, tuple[str, ...]] = VERSIONS) -> None:
        self._table = table
        self._worked: dict[str, str] = {}

    def of(self, path: str) -> tuple[str, ...]:
        """The version that worked first, then the others in their order."""
        kind = resource_type(path)
        if kind not in self._table:
            raise LookupError(f"No api-version for {kind or path}: add it to versions.VERSIONS")
        chain = self._table[kind]
        worked = self._worked.get(kind, chain[0])
        return worked, *(version for version in chain if version != worked)

    def remember(self, path: str, version: str) -> None:
        """Called when another version than the first was needed."""
        self._worked[resource_type(path)] = version
