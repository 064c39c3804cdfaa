"""The names of the kinds, for the spec too: `resource` needs the spec to say all else of them."""

from enum import StrEnum


class KindName(StrEnum):
    """The ARM resource types that a connector consists of, as status and policy name them."""

    TABLE = "Table"
    ENDPOINT = "Endpoint"
    APPLICATION = "Application"
    RULE = "Rule"
    ROLE_ASSIGNMENT = "RoleAssignment"
    DEFINITION = "Definition"
    METADATA = "Metadata"
    DATA_CONNECTOR = "DataConnector"
