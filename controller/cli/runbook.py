"""For each reason what to type: first to look, then to mend. Words in capitals are the reader's."""

from collections.abc import Mapping

from controller.model.connector import APPROVED_PLAN, CONFIRM_TABLE_DELETION, ON_DELETE, TAKE_OVER
from controller.model.reasons import Reason

_OPERATOR = "--namespace sentinel-operator"
_LOG = f"kubectl logs deployment/connectors {_OPERATOR}"
_DESCRIBE = "kubectl describe contosoconnector NAME"
_DIFF = "contosoctl diff NAME"
_LINT = "contosoctl lint -f FILE"
_MESSAGES = (
    "kubectl get contosoconnector NAME --output "
    """jsonpath='{range .status.resources[*]}{.state} {.id} {.message}{"\\n"}{end}'"""
)
_DRIFT = (
    "kubectl get contosoconnector NAME --output "
    """jsonpath='{range .status.drift[*]}{.name} {.path} {.actual}{"\\n"}{end}'"""
)
_INGESTION = "kubectl get contosoconnector NAME --output jsonpath='{.status.ingestion}'"
_SECRET = "kubectl describe secret SECRET"  # noqa: S105 - it shows keys and lengths only
_RENEWED = (
    "kubectl create secret generic SECRET --from-literal=AZURE_TENANT_ID=TENANT "
    "--from-literal=AZURE_CLIENT_ID=CLIENT_ID --from-file=AZURE_CLIENT_SECRET=secret.txt "
    "--dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --filename -"
)
_TABLE = (
    "az monitor log-analytics workspace table show --resource-group GROUP "
    "--workspace-name WORKSPACE --name TABLE"
)
_QUERY = "az monitor log-analytics query --workspace CUSTOMER_ID --analytics-query 'QUERY'"
_ROLES = "az role assignment list --assignee CLIENT_ID --all --output table"
_PUBLISHER = (
    "az role assignment create --assignee-object-id SERVICE_PRINCIPAL_ID "
    "--assignee-principal-type ServicePrincipal --role 'Monitoring Metrics Publisher' "
    "--scope RULE_ID"
)
_APPLICATION = "az ad app credential list --id APP_ID --output table"


def _set(spec: str) -> str:
    return f"kubectl patch contosoconnector NAME --type=merge --patch '{{\"spec\":{{{spec}}}}}'"


def _annotate(annotation: str, value: str) -> str:
    return f"kubectl annotate contosoconnector NAME --overwrite {annotation}={value}"


_HASH = "$(kubectl get contosoconnector NAME --output jsonpath='{.status.plan.hash}')"
_ALWAYS = _set('"policy":{"apply":"Always"}')

COMMANDS: Mapping[Reason, tuple[str, ...]] = {
    Reason.PENDING: (
        f"kubectl get pods {_OPERATOR}",
        f"kubectl get lease contoso-connector-operator {_OPERATOR}",
        f"{_LOG} --tail=50",
        f"helm get values connectors {_OPERATOR}",
    ),
    Reason.APPLYING: (_MESSAGES,),
    Reason.SUSPENDED: (_DIFF, _set('"suspend":false')),
    Reason.DRIFT_DETECTED: (_DRIFT, _DIFF, _ALWAYS),
    Reason.AWAITING_APPROVAL: (_DIFF, _annotate(APPROVED_PLAN, f'"{_HASH}"')),
    Reason.WAITING_FOR_TABLE: (_MESSAGES, _TABLE),
    Reason.WAITING_FOR_PARENT: (_MESSAGES,),
    Reason.WAITING_FOR_PRINCIPAL: ("az ad sp show --id APP_ID --query id",),
    Reason.WAITING_FOR_SECRET: (
        _SECRET,
        _RENEWED,
    ),
    Reason.THROTTLED: (_set('"resyncIntervalSeconds":1800'),),
    Reason.AZURE_UNAVAILABLE: (
        f"{_LOG} --since=10m",
        f"kubectl get networkpolicy {_OPERATOR} --output yaml",
    ),
    Reason.INVALID_SPEC: (_DESCRIBE, _LINT, "kubectl explain contosoconnector.spec --recursive"),
    Reason.REFUSED: (_DESCRIBE, _LINT),
    Reason.IMMUTABLE: (_DIFF, _set('"policy":{"allowReplace":["Rule"]}')),
    Reason.CONFLICT: (
        "kubectl get contosoconnectors --all-namespaces --sort-by=.metadata.creationTimestamp",
        "az monitor data-collection rule show --ids RULE_ID --query tags",
        _annotate(TAKE_OVER, "RULE_ID"),
    ),
    Reason.NOT_OURS: (_DIFF, _set('"policy":{"adoption":"IfUnowned"}')),
    Reason.OTHER_NAME: (_DESCRIBE, _DIFF),
    Reason.COLUMNS_LOST: (
        "kubectl get contosoconnector NAME --output "
        """jsonpath='{range .status.resources[*]}{.name} {.lost}{"\\n"}{end}'""",
        _TABLE,
    ),
    Reason.NOT_ALLOWED: (f"helm get values connectors {_OPERATOR}",),
    Reason.ACCESS_DENIED: (
        _DESCRIBE,
        _ROLES,
        "az lock list --resource-group GROUP --output table",
        "az role assignment create --assignee CLIENT_ID --role ROLE --scope SCOPE",
    ),
    Reason.CREDENTIALS_INVALID: (
        _DESCRIBE,
        "az ad app credential list --id CLIENT_ID --output table",
        "az identity federated-credential list --identity-name IDENTITY --resource-group GROUP",
        _SECRET,
        _RENEWED,
    ),
    Reason.WORKSPACE_NOT_FOUND: (
        "az monitor log-analytics workspace list --subscription SUBSCRIPTION --output table",
        _ROLES,
    ),
    Reason.PROVIDER_NOT_REGISTERED: (
        "az provider register --namespace PROVIDER --subscription SUBSCRIPTION --wait",
    ),
    Reason.SENTINEL_NOT_ONBOARDED: (
        "az rest --method put --url 'WORKSPACE_ID/providers/Microsoft.SecurityInsights"
        "/onboardingStates/default?api-version=2025-09-01' --body '{\"properties\": {}}'",
    ),
    Reason.ROLE_MISSING: (_PUBLISHER, _set('"roleAssignment":"Ensure"')),
    Reason.DELETION_BLOCKED: (
        _DESCRIBE,
        _annotate(CONFIRM_TABLE_DELETION, "TABLE"),
        _annotate(ON_DELETE, "Orphan"),
    ),
    Reason.INTERNAL_ERROR: (f"{_LOG} --since=1h | grep NAME > report.txt", _DIFF),
    Reason.INACTIVE: (
        "kubectl get contosoconnector NAME --output jsonpath='{.spec.dataConnectors}'",
        _DIFF,
    ),
    Reason.NOT_PROVISIONED: (_DIFF, _ALWAYS),
    Reason.NO_DATA: (
        _INGESTION,
        "contosoctl status NAME",
        _APPLICATION,
        "az role assignment list --scope RULE_ID --include-inherited --output table",
    ),
    Reason.NO_RECENT_DATA: ("contosoctl status NAME", _APPLICATION),
    Reason.TABLE_NOT_FOUND: (_DESCRIBE, _TABLE, _QUERY),
    Reason.QUERY_FAILED: (_DESCRIBE, _QUERY, _LINT),
    Reason.QUERY_BILLED: (_set('"connectivityIntervalSeconds":3600'),),
    Reason.NO_CRITERIA: (
        "kubectl get contosoconnector NAME --output jsonpath='{.spec.definition.ui}'",
    ),
}
"""only what is as wished has none"""
