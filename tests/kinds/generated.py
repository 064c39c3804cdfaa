"""Bodies of each kind for property tests: any that the kinds or a person could have sent."""

import copy
from typing import Any

from hypothesis import strategies as st

from controller.model.resource import KindName
from tests.kinds.bodies import APP, ENDPOINT, SENT, WORKSPACE

Json = Any
Bodies = st.SearchStrategy[Json]

_WORDS = st.text("abcXYZ -/~", min_size=1, max_size=8)
_NAMES = st.text("abcXYZ_", min_size=1, max_size=6)
_FLAGS = st.booleans()
_TAGS = st.dictionaries(st.text("abc", min_size=1, max_size=3), _WORDS, max_size=3)
_TYPES = st.sampled_from(["string", "int", "DateTime", "datetime", "bool", "boolean", "dynamic"])
_KQL = st.lists(
    st.sampled_from(["where a == 'x  y'", "extend b = 1 // why", 'where c has @"\\d"', "take 1"]),
    max_size=4,
).map(lambda parts: "\n| ".join(["source", *parts]))


def _columns(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Json]]:
    column = st.fixed_dictionaries({"name": _NAMES, "type": _TYPES}, optional=more)
    return st.lists(column, min_size=1, max_size=4, unique_by=lambda item: item["name"])


def _some(kind: KindName, **parts: st.SearchStrategy[Any]) -> Bodies:
    """The body of the tables with other properties; each of its own may be left out."""
    first = copy.deepcopy(SENT[kind])
    own = {name: st.just(value) for name, value in first["properties"].items()}
    return st.fixed_dictionaries({}, optional={**own, **parts}).map(
        lambda drawn: {**first, "properties": drawn}
    )


def _placed(bodies: Bodies) -> Bodies:
    """With tags and a region of their own."""
    top = st.fixed_dictionaries({"tags": _TAGS, "location": st.sampled_from(["westeurope", "x y"])})
    return st.builds(lambda body, more: {**body, **more}, bodies, top)


_TABLE = st.fixed_dictionaries(
    {
        "schema": st.fixed_dictionaries(
            {"name": st.just("Acme_CL"), "columns": _columns(description=_WORDS)},
            optional={"description": _WORDS},
        )
    },
    optional={
        "plan": st.sampled_from(["Analytics", "Basic"]),
        "retentionInDays": st.sampled_from([-1, 4, 90]),
        "totalRetentionInDays": st.sampled_from([-1, 4, 90]),
    },
).map(lambda properties: {"properties": properties})

_FLOW = st.fixed_dictionaries(
    {
        "streams": st.lists(_NAMES, min_size=1, max_size=3, unique=True),
        "destinations": st.just(["clv2ws1"]),
        "outputStream": _NAMES,
    },
    optional={"transformKql": _KQL},
)
_RULE = _some(
    KindName.RULE,
    dataCollectionEndpointId=st.just(ENDPOINT),
    streamDeclarations=st.dictionaries(
        st.just("Custom-Acme") | _NAMES,
        st.fixed_dictionaries({"columns": _columns()}),
        max_size=3,
    ),
    dataFlows=st.lists(_FLOW, min_size=1, max_size=4, unique_by=lambda flow: flow["outputStream"]),
    dataSources=st.fixed_dictionaries(
        {},
        optional={
            "syslog": st.just([{"name": "s", "streams": ["a", "b"], "logLevels": ["Debug"]}]),
            "performanceCounters": st.just([{"name": "p", "samplingFrequencyInSeconds": 15}]),
        },
    ),
)

_CARD = st.fixed_dictionaries(
    {
        "id": _WORDS,
        "connectivityCriteria": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["IsConnectedQuery", "HasDataConnectors"])},
                optional={"value": st.lists(_KQL, max_size=3)},
            ),
            max_size=3,
        ),
    },
    optional={
        "graphQueries": st.lists(
            st.fixed_dictionaries({"legend": _WORDS, "baseQuery": _KQL}), max_size=3
        ),
        "dataTypes": st.lists(
            st.fixed_dictionaries({"name": _WORDS, "lastDataReceivedQuery": _KQL}), max_size=3
        ),
        "availability": st.fixed_dictionaries(
            {"status": st.just(1)}, optional={"isPreview": _FLAGS}
        ),
        "instructionSteps": st.lists(
            st.fixed_dictionaries(
                {"title": _WORDS, "description": st.just("") | _WORDS},
                optional={"instructions": st.lists(st.just({"type": "Markdown"}), max_size=2)},
            ),
            max_size=3,
        ),
    },
)

_CRITERION = st.fixed_dictionaries(
    {"contentId": _WORDS, "kind": st.sampled_from(["DataConnector", "Parser"])},
    optional={"name": _WORDS, "version": st.sampled_from(["1.0.0", "2"])},
)
_CRITERIA = st.lists(_CRITERION, max_size=3, unique_by=lambda item: item["contentId"])

BODIES: dict[KindName, Bodies] = {
    KindName.TABLE: _TABLE,
    KindName.ENDPOINT: _placed(_some(KindName.ENDPOINT, description=_WORDS)),
    KindName.RULE: _placed(_RULE),
    KindName.DEFINITION: _CARD.map(
        lambda card: {"kind": "Customizable", "properties": {"connectorUiConfig": card}}
    ),
    KindName.METADATA: _some(
        KindName.METADATA,
        parentId=st.just(WORKSPACE),
        dependencies=st.builds(lambda items: {"operator": "AND", "criteria": items}, _CRITERIA),
        providers=st.lists(_WORDS, max_size=3),
    ),
    KindName.DATA_CONNECTOR: _some(
        KindName.DATA_CONNECTOR,
        isActive=_FLAGS,
        dataType=_WORDS,
        response=st.fixed_dictionaries({"eventsJsonPaths": st.lists(_WORDS, max_size=2)}),
    ),
    KindName.ROLE_ASSIGNMENT: _some(KindName.ROLE_ASSIGNMENT, principalId=st.just(APP)),
}
