"""What Azure does to a body that it was sent, each with its source and the real drift beside it."""

from dataclasses import dataclass

from controller.model.resource import KindName
from tests.kinds.bodies import APP, ENDPOINT, ROLE, WORKSPACE
from tests.kinds.edits import (
    Edit,
    Json,
    all_of,
    blank_gone,
    get,
    gone,
    joined,
    put,
    recased,
    respelt,
    reversed_,
    upper,
)


@dataclass(frozen=True)
class Habit:
    """One normalisation of one kind, and what must show although it is known.

    `answer` turns any body of the kind into a readback of it; `drift` is a change of the same
    sort that somebody made, in a readback of the body in `bodies.SENT`, shown at `path`.
    """

    kind: KindName
    sentence: str
    source: str
    answer: Edit
    drift: Edit
    path: str


_SCHEMA = "/properties/schema"
_COLUMNS = f"{_SCHEMA}/columns"
_FLOWS = "/properties/dataFlows"
_TARGETS = "/properties/destinations/logAnalytics"
_STREAM = "/properties/streamDeclarations/Custom-Acme/columns"
_CARD = "/properties/connectorUiConfig"
_CRITERIA = "/properties/dependencies/criteria"
_FEED = "/properties/dataTypes/feed"
_PORTAL = "a675adfe58d04246bddc502864ec8ae4"  # the workspace's GUID without its dashes
_CONFIG = "/properties/dcrConfig"


def _dispersed(body: Json) -> None:
    """TimeGenerated moves to the standard columns."""
    schema = get(body, _SCHEMA)
    moved = [item for item in schema["columns"] if item["name"] == "TimeGenerated"]
    schema["columns"] = [item for item in schema["columns"] if item not in moved]
    schema["standardColumns"] = [*moved, {"name": "TenantId", "type": "guid"}]


def _default(name: str, number: int) -> Edit:
    """-1 is answered as the number of the workspace, with a flag."""

    def edit(body: Json) -> None:
        properties = get(body, "/properties")
        if properties.get(name) == -1:
            properties |= {name: number, f"{name}AsDefault": True}

    return edit


def _renamed_destination(body: Json) -> None:
    if get(body, _FLOWS) and get(body, _TARGETS):
        get(body, f"{_TARGETS}/0")["name"] = _PORTAL
        for flow in get(body, _FLOWS):
            flow["destinations"] = [_PORTAL]


def _unnamed_criteria(node: Json) -> None:
    node.pop("name", None)
    for below in node.get("criteria", ()):
        _unnamed_criteria(below)


def _each_column(**values: Json) -> Edit:
    return lambda body: [
        column.setdefault(*item) for column in get(body, _COLUMNS) for item in values.items()
    ]


_TABLE = (
    Habit(
        KindName.TABLE,
        "adds flags to columns, and what it knows of the table",
        "FIELD part 1, 3; recording test_monitor_log_analytics_workspace_table",
        all_of(
            _each_column(isHidden=False, isDefaultDisplay=False),
            joined("", id="/x", name="Acme_CL", systemData={}),
            joined("/properties", provisioningState="Succeeded", archiveRetentionInDays=0),
            joined(_SCHEMA, tableType="CustomLog", solutions=["LogManagement"]),
        ),
        put(f"{_COLUMNS}/1/description", "whose"),
        f"{_COLUMNS}/User/description",
    ),
    Habit(
        KindName.TABLE,
        "spells types in another case",
        "FIELD part 1, 3 (DateTime, datetime); OpenAPI example TablesUpsert (dateTime)",
        respelt(f"{_COLUMNS}/*/type", str.capitalize),
        put(f"{_COLUMNS}/1/type", "dynamic"),
        f"{_COLUMNS}/User/type",
    ),
    Habit(
        KindName.TABLE,
        "says boolean for bool",
        "PUSH payload 1 against OpenAPI 2025-07-01",
        respelt(f"{_COLUMNS}/*/type", lambda text: "boolean" if text == "bool" else text),
        put(f"{_COLUMNS}/2/type", "int"),
        f"{_COLUMNS}/Succeeded/type",
    ),
    Habit(
        KindName.TABLE,
        "puts columns in another order, among those of others",
        "FIELD part 1, 3 (reordered); FIELD 6",
        all_of(
            lambda body: get(body, _COLUMNS).append({"name": "Theirs", "type": "int"}),
            reversed_(_COLUMNS),
        ),
        lambda body: get(body, _COLUMNS).remove(
            next(item for item in get(body, _COLUMNS) if item["name"] == "User")
        ),
        f"{_COLUMNS}/User",
    ),
    Habit(
        KindName.TABLE,
        "answers TimeGenerated among the standard columns",
        "API 3; OpenAPI example TablesUpsert",
        _dispersed,
        lambda body: get(body, f"{_SCHEMA}/standardColumns/0").update(type="string"),
        f"{_COLUMNS}/TimeGenerated/type",
    ),
    Habit(
        KindName.TABLE,
        "replaces a retention of -1 by the workspace's number",
        "FIELD part 1, 3 (replaced)",
        _default("retentionInDays", 30),
        lambda body: get(body, "/properties").update(
            retentionInDays=90, retentionInDaysAsDefault=False
        ),
        "/properties/retentionInDays",
    ),
    Habit(
        KindName.TABLE,
        "replaces a total retention of -1 by the retention",
        "FIELD part 1, 3 (replaced); API 3",
        _default("totalRetentionInDays", 30),
        lambda body: get(body, "/properties").update(
            totalRetentionInDays=400, totalRetentionInDaysAsDefault=False
        ),
        "/properties/totalRetentionInDays",
    ),
    Habit(
        KindName.TABLE,
        "answers what was not given with null",
        "OpenAPI example TablesGet (API 3b)",
        all_of(
            _each_column(displayName=None, dataTypeHint=None),
            joined(_SCHEMA, categories=None, labels=None, displayName=None),
        ),
        put(f"{_SCHEMA}/description", None),
        f"{_SCHEMA}/description",
    ),
    Habit(
        KindName.TABLE,
        "spells the plan in another case",
        "DESIGN 4 (enum values)",
        respelt("/properties/plan", upper),
        put("/properties/plan", "Basic"),
        "/properties/plan",
    ),
    Habit(
        KindName.TABLE,
        "says that the table is fed by rules",
        "FIELD part 1, 3; FIELD 26",
        put(f"{_SCHEMA}/tableSubType", "DataCollectionRuleBased"),
        put(f"{_SCHEMA}/tableSubType", "Classic"),
        f"{_SCHEMA}/tableSubType",
    ),
)

_SHARED = tuple(
    habit
    for kind in (KindName.ENDPOINT, KindName.RULE)
    for habit in (
        Habit(
            kind,
            "spells the region in its long name",
            "ADR-2022-11 of azure-service-operator",
            respelt("/location", lambda text: text.replace("westeurope", "West Europe")),
            put("/location", "North Europe"),
            "/location",
        ),
        Habit(
            kind,
            "spells the names of tags in another case, beside those of others",
            "ARM: names of tags have no case",
            all_of(joined("/tags", theirs="1"), recased("/tags")),
            put("/tags/Cost", "8"),
            "/tags/cost",
        ),
        Habit(
            kind,
            "drops an identity of type None",
            "FIELD part 1, 1 (dropped)",
            lambda body: (
                body.pop("identity", None) if body.get("identity") == {"type": "None"} else None
            ),
            put("/identity", {"type": "SystemAssigned", "principalId": APP}),
            "/identity/type",
        ),
    )
)

_ENDPOINT = (
    Habit(
        KindName.ENDPOINT,
        "adds and fills what only it can know",
        "FIELD part 1, 2; recording test_amcs_data_collection_endpoint",
        all_of(
            joined("", id=ENDPOINT, name="dce", etag='"1"', systemData={}),
            put("/properties/logsIngestion", {"endpoint": "https://dce-p2sd"}),
            joined("/properties", immutableId="dce-1", provisioningState="Succeeded"),
        ),
        put("/properties/description", "for none"),
        "/properties/description",
    ),
    Habit(
        KindName.ENDPOINT,
        "spells enum values in another case",
        "DESIGN 4 (enum values)",
        all_of(
            respelt("/kind", upper),
            respelt("/properties/networkAcls/publicNetworkAccess", upper),
        ),
        put("/kind", "WINDOWS"),
        "/kind",
    ),
)

_RULE = (
    Habit(
        KindName.RULE,
        "adds what only it can know, also inside destinations",
        "FIELD part 1, 1; recording test_amcs_data_collection_rule",
        all_of(
            joined("", id="/x", name="rule", etag='"1"', systemData={}),
            joined("/properties", immutableId="dcr-1", provisioningState="Succeeded"),
            joined("/properties", endpoints={"logsIngestion": "https://direct"}),
            joined(f"{_TARGETS}/0", workspaceId=APP),
        ),
        put(f"{_TARGETS}/0/workspaceResourceId", f"{WORKSPACE}-2"),
        f"{_TARGETS}/clv2ws1/workspaceResourceId",
    ),
    Habit(
        KindName.RULE,
        "keeps ids in the case of whoever wrote them",
        "FIELD 37; recording dcr_custom_logs_readback",
        all_of(
            respelt("/properties/dataCollectionEndpointId", str.lower),
            respelt(f"{_TARGETS}/*/workspaceResourceId", str.lower),
        ),
        put("/properties/dataCollectionEndpointId", f"{ENDPOINT}-2".lower()),
        "/properties/dataCollectionEndpointId",
    ),
    Habit(
        KindName.RULE,
        "has another name for the destination when another tool made it",
        "FIELD part 3, 2; recording dcr_custom_logs_readback",
        _renamed_destination,
        put(f"{_FLOWS}/0/destinations/0", "elsewhere"),
        f"{_FLOWS}/0/destinations/0",
    ),
    Habit(
        KindName.RULE,
        "stores KQL with other white space and line ends",
        "FIELD part 3, 2; recording dcr_custom_logs_readback",
        respelt(
            f"{_FLOWS}/*/transformKql",
            lambda text: text.replace("\n", " \r\n  ").replace(" = ", "=") + "\n \n",
        ),
        respelt(f"{_FLOWS}/0/transformKql", lambda text: text.replace("a  b", "a b")),
        f"{_FLOWS}/0/transformKql",
    ),
    Habit(
        KindName.RULE,
        "may order flows and columns as it likes",
        "DESIGN 4 (order counts in definition.ui only)",
        all_of(reversed_(_FLOWS), reversed_(_STREAM)),
        lambda body: get(body, _FLOWS).append({**get(body, f"{_FLOWS}/0"), "outputStream": "x"}),
        f"{_FLOWS}/2",
    ),
    Habit(
        KindName.RULE,
        "leaves a blank kind out",
        "FIELD part 3, 2 (blanks of the packager); recording dcr_custom_logs_readback",
        lambda body: body.pop("kind") if body.get("kind") == "" else None,
        put("/kind", "Linux"),
        "/kind",
    ),
    Habit(
        KindName.RULE,
        "answers what was not given as null, false or empty",
        "recording dcr_custom_logs_readback (dataSources)",
        all_of(
            joined("/properties", dataSources={}, description=None),
            joined("/properties/destinations", eventHubs=None),
            joined(f"{_FLOWS}/0", captureOverflow=False, builtInTransform=None),
        ),
        put(f"{_FLOWS}/0/captureOverflow", True),
        f"{_FLOWS}/0/captureOverflow",
    ),
    Habit(
        KindName.RULE,
        "spells types of streams in another case",
        "API 1 (dateTime in samples)",
        respelt(f"{_STREAM}/*/type", str.capitalize),
        put(f"{_STREAM}/1/type", "dynamic"),
        f"{_STREAM}/User/type",
    ),
)

_DEFINITION = (
    Habit(
        KindName.DEFINITION,
        "adds its etag and times",
        "FIELD part 1, 4; UI.md, envelope",
        all_of(
            joined("", etag='"1"', id="/x"),
            joined("/properties", createdTimeUtc="2026", lastModifiedUtc="2026"),
        ),
        put(f"{_CARD}/id", "Another"),
        f"{_CARD}/id",
    ),
    Habit(
        KindName.DEFINITION,
        "answers booleans that were not sent with false, and the rest with null",
        "FIELD part 1, 4; OpenAPI example GetDataConnectorDefinitions",
        all_of(
            joined(f"{_CARD}/permissions/resourceProvider/0/requiredPermissions", action=False),
            joined(_CARD, logo=None, isConnectivityCriteriasMatchSome=False),
        ),
        put(f"{_CARD}/permissions/resourceProvider/0/requiredPermissions/write", False),
        f"{_CARD}/permissions/resourceProvider/0/requiredPermissions/write",
    ),
    Habit(
        KindName.DEFINITION,
        "drops what is false or empty",
        "FIELD part 1, 4 (false, null, empty and absent are one)",
        all_of(
            blank_gone(f"{_CARD}/availability/isPreview"),
            blank_gone(f"{_CARD}/instructionSteps/0/instructions"),
            blank_gone(f"{_CARD}/instructionSteps/0/description"),
        ),
        put(f"{_CARD}/availability/isPreview", True),
        f"{_CARD}/availability/isPreview",
    ),
    Habit(
        KindName.DEFINITION,
        "spells keys in another case",
        "API 6 (the provider's camelCase); DESIGN 4",
        all_of(recased(f"{_CARD}/availability"), recased(f"{_CARD}/graphQueries/0")),
        put(f"{_CARD}/availability/Status", 2),
        f"{_CARD}/availability/status",
    ),
    Habit(
        KindName.DEFINITION,
        "spells enum values in another case",
        "UI.md (the guide and the reference differ)",
        all_of(
            respelt(f"{_CARD}/connectivityCriteria/*/type", str.lower),
            respelt(f"{_CARD}/permissions/resourceProvider/*/scope", upper),
        ),
        put(f"{_CARD}/connectivityCriteria/0/type", "HasDataConnectors"),
        f"{_CARD}/connectivityCriteria/0/type",
    ),
    Habit(
        KindName.DEFINITION,
        "stores KQL with other white space and line ends",
        "FIELD part 3, 2; recording dcr_custom_logs_readback",
        all_of(
            respelt(f"{_CARD}/graphQueries/*/baseQuery", lambda text: text + "\r\n"),
            respelt(f"{_CARD}/dataTypes/*/lastDataReceivedQuery", lambda text: f"  {text}"),
        ),
        put(f"{_CARD}/dataTypes/0/lastDataReceivedQuery", "Acme_CL | summarize min(T)"),
        f"{_CARD}/dataTypes/0/lastDataReceivedQuery",
    ),
    Habit(
        KindName.DEFINITION,
        "has an older name for the criteria",
        "UI.md, connectivityCriteria or connectivityCriterias",
        lambda body: get(body, _CARD).update(
            connectivityCriterias=get(body, _CARD).pop("connectivityCriteria")
        ),
        put(f"{_CARD}/connectivityCriterias/0/value/0", "Acme_CL | take 2"),
        f"{_CARD}/connectivityCriteria/0/value/0",
    ),
)

_METADATA = (
    Habit(
        KindName.METADATA,
        "fills in a source when none was given",
        "FIELD part 1, 4; recording test_sentinel_metadata_crud",
        joined("/properties", source={"kind": "LocalWorkspace", "name": "LogAnalytics1"}),
        put("/properties/version", "1.0.1"),
        "/properties/version",
    ),
    Habit(
        KindName.METADATA,
        "answers what is empty with null",
        "FIELD part 1, 4 (verticals)",
        all_of(
            joined("/properties", categories={"verticals": None}, icon=None),
            put("/properties/support/email", None),
        ),
        put("/properties/support/email", "a@example.com"),
        "/properties/support/email",
    ),
    Habit(
        KindName.METADATA,
        "drops the names of criteria",
        "OpenAPI example PutMetadata (API 5)",
        lambda body: _unnamed_criteria(get(body, "/properties/dependencies")),
        put(f"{_CRITERIA}/0/kind", "Parser"),
        f"{_CRITERIA}/0/kind",
    ),
    Habit(
        KindName.METADATA,
        "may order criteria as it likes",
        "DESIGN 4 (order counts in definition.ui only)",
        reversed_(_CRITERIA),
        put(f"{_CRITERIA}/0/criteria/0/contentId", "c"),
        f"{_CRITERIA}/1/criteria/B/contentId",
    ),
    Habit(
        KindName.METADATA,
        "spells ids and enum values in another case",
        "FIELD part 1, 4 (/resourcegroups/); DESIGN 4",
        all_of(
            respelt("/properties/parentId", str.lower),
            respelt("/properties/kind", str.lower),
            respelt("/properties/support/tier", str.lower),
        ),
        put("/properties/support/tier", "community"),
        "/properties/support/tier",
    ),
    Habit(
        KindName.METADATA,
        "writes dates as times",
        "FIELD part 1, 4 (times are reformatted)",
        respelt("/properties/firstPublishDate", lambda text: f"{text}T00:00:00.000Z"),
        put("/properties/firstPublishDate", "2026-05-18T00:00:01Z"),
        "/properties/firstPublishDate",
    ),
)

_DATA_CONNECTOR = (
    Habit(
        KindName.DATA_CONNECTOR,
        "answers keys in camelCase",
        "API 6; FIELD part 3, 4 (both casings are shipped)",
        all_of(recased("/properties/auth"), recased("/properties/request")),
        put("/properties/auth/appId", WORKSPACE),
        "/properties/auth/AppId",
    ),
    Habit(
        KindName.DATA_CONNECTOR,
        "leaves isActive out",
        "API A (no schema has it for Push)",
        gone("/properties/isActive"),
        put("/properties/isActive", False),
        "/properties/isActive",
    ),
    Habit(
        KindName.DATA_CONNECTOR,
        "spells GUIDs and addresses in another case",
        "FIELD 37; DESIGN 4",
        all_of(
            respelt("/properties/auth/AppId", upper),
            respelt(f"{_CONFIG}/dataCollectionEndpoint", str.lower),
        ),
        put(f"{_CONFIG}/streamName", "custom-acme"),
        f"{_CONFIG}/streamName",
    ),
    Habit(
        KindName.DATA_CONNECTOR,
        "spells states in another case",
        "FIELD part 1, 4 (Enabled, enabled)",
        respelt(f"{_FEED}/state", str.lower),
        put(f"{_FEED}/state", "disabled"),
        f"{_FEED}/state",
    ),
    Habit(
        KindName.DATA_CONNECTOR,
        "writes times shorter",
        "FIELD part 1, 4 (lookbackPeriod)",
        respelt(f"{_FEED}/lookbackPeriod", lambda text: text.replace(".000", "")),
        put(f"{_FEED}/lookbackPeriod", "1970-01-01T00:00:00.001Z"),
        f"{_FEED}/lookbackPeriod",
    ),
    Habit(
        KindName.DATA_CONNECTOR,
        "adds an etag and nulls, drops what is empty",
        "FIELD part 1, 4",
        all_of(
            joined("", etag="9700d6c2", name="x"),
            joined("/properties/request", queryParameters=None),
            blank_gone("/properties/request/headers"),
        ),
        put("/properties/request/RetryCount", 2),
        "/properties/request/RetryCount",
    ),
)

_ROLE_ASSIGNMENT = (
    Habit(
        KindName.ROLE_ASSIGNMENT,
        "adds scope, times and nulls",
        "FIELD part 1, 5; recording test_role_assignment_create_update",
        joined("/properties", scope="/x", createdOn="2023", createdBy=None, conditionVersion=None),
        put("/properties/description", "may not"),
        "/properties/description",
    ),
    Habit(
        KindName.ROLE_ASSIGNMENT,
        "names the role in another scope",
        "API 7 (an inherited one satisfies)",
        respelt("/properties/roleDefinitionId", lambda _: f"/{ROLE.upper()}"),
        put("/properties/roleDefinitionId", f"/{ROLE}1"),
        "/properties/roleDefinitionId",
    ),
    Habit(
        KindName.ROLE_ASSIGNMENT,
        "spells GUIDs in another case",
        "DESIGN 4 (GUIDs)",
        respelt("/properties/principalId", upper),
        put("/properties/principalId", APP.replace("f", "e")),
        "/properties/principalId",
    ),
    Habit(
        KindName.ROLE_ASSIGNMENT,
        "does not tell the type of the principal in old versions",
        "API 7 (principalType needs 2018-09-01-preview)",
        gone("/properties/principalType"),
        put("/properties/principalType", "User"),
        "/properties/principalType",
    ),
)

HABITS = (
    *_TABLE,
    *_SHARED,
    *_ENDPOINT,
    *_RULE,
    *_DEFINITION,
    *_METADATA,
    *_DATA_CONNECTOR,
    *_ROLE_ASSIGNMENT,
)
