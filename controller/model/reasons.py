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
    # the policy holds writes back
    DRIFT_DETECTED = "DriftDetected"
    AWAITING_APPROVAL = "AwaitingApproval"
    # waiting: a dependency is not there yet
    WAITING_FOR_TABLE = "WaitingForTable"
    WAITING_FOR_PARENT = "WaitingForParent"
    WAITING_FOR_PRINCIPAL = "WaitingForPrincipal"
    WAITING_FOR_SECRET = "WaitingForSecret"  # noqa: S105 - a word
    # Azure does not serve us now
    THROTTLED = "Throttled"
    AZURE_UNAVAILABLE = "AzureUnavailable"
    # only a person can help
    INVALID_SPEC = "InvalidSpec"
    REFUSED = "Refused"
    IMMUTABLE = "Immutable"
    CONFLICT = "Conflict"
    NOT_OURS = "NotOurs"
    OTHER_NAME = "OtherName"
    COLUMNS_LOST = "ColumnsLost"
    NOT_ALLOWED = "NotAllowed"
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


_SOON = "after 5 s, then ever more slowly up to 5 minutes"
_WAITING = "every 5 to 60 s; Stalled after 15 minutes, and tried on"
_SLOWLY = "after 30 s, then ever more slowly up to 5 minutes or the resync interval"
_CHECK = "at the next connectivity check"

ADVICE: dict[Reason, Advice] = {
    Reason.PENDING: Advice(
        "The operator has not looked at this yet.",
        "Wait some seconds; if it stays, look whether the operator runs and serves the namespace.",
        "at once",
    ),
    Reason.PROVISIONED: Advice("Every resource is there as declared.", "Nothing.", "at resync"),
    Reason.IN_SYNC: Advice(
        "Every resource was compared with Azure's readback: no difference.", "Nothing.", "at resync"
    ),
    Reason.APPLYING: Advice("Resources are being written.", "Wait some seconds.", "under way"),
    Reason.SUSPENDED: Advice(
        "`spec.suspend` is true: nothing is compared, written or queried.",
        "Set `spec.suspend` to false to go on.",
        "on a change of the object",
    ),
    Reason.DRIFT_DETECTED: Advice(
        "Azure differs from the spec, and `spec.policy.apply` (OnSpecChange or Never) lets nothing "
        "be written. `status.drift` and `status.plan` say what differs.",
        "Undo the change in Azure, take it into the spec, or set `spec.policy.apply` to Always. "
        "A value that is somebody else's business belongs into `spec.policy.ignore`.",
        "at resync",
    ),
    Reason.AWAITING_APPROVAL: Advice(
        "`spec.policy.apply` is Approved, and nobody has approved the plan in `status.plan`.",
        "Read the plan, then annotate the object with "
        "`sentinel.contoso.com/approved-plan=<status.plan.hash>`.",
        "at resync, and when the annotation changes",
    ),
    Reason.WAITING_FOR_TABLE: Advice(
        "Azure does not offer the table to the rule yet; a new table takes some minutes.",
        "Wait. When it stalls: is the table Classic, on another plan than Analytics, or the "
        "workspace not onboarded to Sentinel?",
        _WAITING,
    ),
    Reason.WAITING_FOR_PARENT: Advice(
        "Something that the resource belongs to or names does not exist yet.",
        "Wait. When it stalls: create what the message names, or correct its name in the spec.",
        _WAITING,
    ),
    Reason.WAITING_FOR_PRINCIPAL: Advice(
        "Entra does not know the service principal; a new one takes some minutes to spread.",
        "Wait. When it stalls: give the object id of the enterprise application "
        "(service principal), not of the app registration.",
        _WAITING,
    ),
    Reason.WAITING_FOR_SECRET: Advice(
        "The Secret that `spec.credentialsRef` names is not there, lacks a key, may not be read, "
        "or the Kubernetes API server does not give it.",
        "Wait. When it stalls: create the Secret in the object's namespace with the keys that the "
        "message names, or correct its name in the spec.",
        _WAITING,
    ),
    Reason.THROTTLED: Advice(
        "Azure answers 429: too many calls for this subscription or principal.",
        "Nothing; the pause that Azure asks for is kept. If it lasts, lengthen "
        "`spec.resyncIntervalSeconds`.",
        "after the pause that Azure names, else " + _SOON,
    ),
    Reason.AZURE_UNAVAILABLE: Advice(
        "Azure gave no usable answer: 5xx, a time-out, no connection, or the same conflict "
        "three times in a row.",
        "Nothing at first. If it lasts, look at Azure's status page and the operator's way out "
        "of the cluster.",
        _SOON,
    ),
    Reason.INVALID_SPEC: Advice(
        "A field of the object cannot be carried out; nothing was sent to Azure.",
        "Correct the field that the message begins with.",
        "on a change of the object",
    ),
    Reason.REFUSED: Advice(
        "Azure refuses the request that follows from the spec.",
        "Correct what Azure's sentence names (a transform, a stream, a retention, a policy).",
        _SLOWLY,
    ),
    Reason.IMMUTABLE: Advice(
        "The spec asks for a change that Azure does not allow on an existing resource: "
        "a rule's kind, a location, a column's type, a Classic table.",
        "Take the change back, or give the resource a new name. A rule of this object can be "
        "replaced with `spec.policy.allowReplace: [Rule]`: every sender must then learn its new "
        "immutable id.",
        _SLOWLY,
    ),
    Reason.CONFLICT: Advice(
        "Somebody else owns the rule, definition or data connector: an older object of this "
        "cluster that names the same one, or another owner by the tag on the rule.",
        "Name another one in this object, or let the owner that the message names go. To take a "
        "rule from an owner elsewhere: annotate the object with "
        "`sentinel.contoso.com/take-over=<resource id of the rule>`.",
        "every 30 s against an object of this cluster, else " + _SLOWLY,
    ),
    Reason.NOT_OURS: Advice(
        "A resource that the spec names was there before, and `spec.policy.adoption` is Never; "
        "nothing was written.",
        "Set `spec.policy.adoption` to IfUnowned to take it over with the differences of the "
        "message, or name another one.",
        _SLOWLY,
    ),
    Reason.OTHER_NAME: Advice(
        "The connector exists already under another name than the spec gives; nothing was "
        "created beside it.",
        "Leave the name out of the spec, or give the one that the message names. To have a second "
        "connector: give `spec.definition.name` another name.",
        _SLOWLY,
    ),
    Reason.COLUMNS_LOST: Advice(
        "A table has lost columns in a write of ours; nothing more is written to it.",
        "Restore the columns from the message, then report this: it is a defect.",
        _SLOWLY,
    ),
    Reason.NOT_ALLOWED: Advice(
        "The object names a place in Azure, or an identity, that the operator's administrator has "
        "not given to its namespace; nothing was sent there.",
        "Name a place inside the scopes of the message, or the identity that it asks for; or have "
        "the operator's setting `namespaces` changed.",
        _SLOWLY,
    ),
    Reason.ACCESS_DENIED: Advice(
        "The operator's identity lacks a right on the resource, or the resource is locked.",
        "Give the role that the message names; it takes up to an hour to count for queries.",
        _SLOWLY,
    ),
    Reason.CREDENTIALS_INVALID: Advice(
        "Entra or Azure does not accept the credentials: the operator's, or those of the Secret "
        "that `spec.credentialsRef` names.",
        "Renew the secret or certificate, or mend the federation, that the message names.",
        _SLOWLY,
    ),
    Reason.WORKSPACE_NOT_FOUND: Advice(
        "The workspace, its resource group or its subscription does not exist, "
        "or the operator cannot see it.",
        "Correct `spec.workspace`, or give the operator the role Reader there.",
        _SLOWLY,
    ),
    Reason.PROVIDER_NOT_REGISTERED: Advice(
        "A resource provider is not registered in the subscription.",
        "Run the `az provider register` command of the message.",
        _SLOWLY,
    ),
    Reason.SENTINEL_NOT_ONBOARDED: Advice(
        "Microsoft Sentinel is not enabled on the workspace.",
        "Enable Sentinel on the workspace in the portal, or create its onboardingStates/default.",
        _SLOWLY,
    ),
    Reason.ROLE_MISSING: Advice(
        "`spec.roleAssignment` is Verify and the application lacks Monitoring Metrics Publisher "
        "on the rule.",
        "Assign the role, or set `spec.roleAssignment` to Ensure.",
        _SLOWLY,
    ),
    Reason.DELETION_BLOCKED: Advice(
        "The object cannot be deleted yet: a table may hold young rows, or Azure refuses.",
        "Follow the message: confirm the table, mend the right, or annotate the object with "
        "`sentinel.contoso.com/on-delete=Orphan` to leave in Azure what is left.",
        _SLOWLY,
    ),
    Reason.INTERNAL_ERROR: Advice(
        "The operator failed over this object in a way that nobody foresaw. That is a defect of "
        "the operator; other objects go on.",
        "Report it with the lines of the operator's log that carry the object's name. Taking back "
        "the last change of the object, or in Azure, may help meanwhile.",
        _SOON,
    ),
    Reason.ACTIVE: Advice("Every data connector reads back active.", "Nothing.", "at resync"),
    Reason.INACTIVE: Advice(
        "A data connector reads back inactive.",
        "If that is not meant, set `isActive` to true in the spec.",
        "at resync",
    ),
    Reason.NOT_REPORTED: Advice(
        "Azure's readback does not say whether the data connector is active.",
        "Nothing; no public schema promises the field for push connectors.",
        "at resync",
    ),
    Reason.NOT_PROVISIONED: Advice(
        "Ready: a resource does not exist, and `spec.policy.apply` is Never. IsActive: a data "
        "connector does not exist yet.",
        "Create what the message names, or set `spec.policy.apply` to Always; for IsActive see "
        "what Ready says.",
        "at resync",
    ),
    Reason.CONNECTED: Advice("The definition's connectivity criteria are met.", "Nothing.", _CHECK),
    Reason.NO_DATA: Advice(
        "No event has arrived yet.",
        "Configure the source with the values of `status.ingestion`; the first events take "
        "5 to 10 minutes.",
        _CHECK,
    ),
    Reason.NO_RECENT_DATA: Advice(
        "Events arrived before, but none recently enough for the definition's criteria.",
        "Look at the source: has it stopped, or has its secret ended?",
        _CHECK,
    ),
    Reason.TABLE_NOT_FOUND: Advice(
        "A connectivity query names a table or column that the workspace does not have.",
        "Wait some minutes after the first deployment; then correct the query.",
        _CHECK,
    ),
    Reason.QUERY_FAILED: Advice(
        "Log Analytics cannot run a connectivity query.", "Correct the query.", _CHECK
    ),
    Reason.QUERY_BILLED: Advice(
        "The query reads a Basic or Auxiliary table, which is billed by the query.",
        "Set `spec.connectivityIntervalSeconds` to have it run all the same.",
        "on a change of the object",
    ),
    Reason.NO_CRITERIA: Advice(
        "The definition names no connectivity criterion.",
        "Give `spec.definition.ui.connectivityCriteria`.",
        _CHECK,
    ),
}
