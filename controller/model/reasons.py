"""Every reason a condition can carry: what it means and what to do.

The one list: conditions, docs and `explain` come from it.
"""

from enum import StrEnum
from typing import NamedTuple


class Advice(NamedTuple):
    """What a reason says to a person."""

    meaning: str
    remedy: str
    retried: str


class Reason(StrEnum):
    """Reasons are API: one or two words, PascalCase, never renamed."""

    PENDING = "Pending"
    PROVISIONED = "Provisioned"
    IN_SYNC = "InSync"
    APPLYING = "Applying"
    SUSPENDED = "Suspended"
    DELETING = "Deleting"
    # waiting: a dependency is not there yet
    WAITING_FOR_TABLE = "WaitingForTable"
    WAITING_FOR_PARENT = "WaitingForParent"
    WAITING_FOR_PRINCIPAL = "WaitingForPrincipal"
    # Azure does not serve us now
    THROTTLED = "Throttled"
    AZURE_UNAVAILABLE = "AzureUnavailable"
    # only a person can help
    INVALID_SPEC = "InvalidSpec"
    REFUSED = "Refused"
    IMMUTABLE = "Immutable"
    COLUMNS_LOST = "ColumnsLost"
    ACCESS_DENIED = "AccessDenied"
    CREDENTIALS_INVALID = "CredentialsInvalid"
    WORKSPACE_NOT_FOUND = "WorkspaceNotFound"
    PROVIDER_NOT_REGISTERED = "ProviderNotRegistered"
    SENTINEL_NOT_ONBOARDED = "SentinelNotOnboarded"
    ROLE_MISSING = "RoleMissing"
    DELETION_BLOCKED = "DeletionBlocked"
    INTERNAL_ERROR = "InternalError"
    # IsActive
    ACTIVE = "Active"
    INACTIVE = "Inactive"
    NOT_REPORTED = "NotReported"
    NOT_PROVISIONED = "NotProvisioned"
    # IsConnected
    CONNECTED = "Connected"
    NO_DATA = "NoData"
    NO_RECENT_DATA = "NoRecentData"
    TABLE_NOT_FOUND = "TableNotFound"
    QUERY_FAILED = "QueryFailed"
    QUERY_BILLED = "QueryBilled"
    NO_CRITERIA = "NoCriteria"
