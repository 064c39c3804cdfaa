"""A legal spec that grows, shrinks and changes at random. Decides what is legal, not what follows.

A column's name tells its type, so that streams and tables that share a name share its type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulated.chance import Choice
from tests.kinds.samples import APPLICATION, WORKSPACE

Json = dict[str, Any]

NAME = "random"
WORDS = ("alpha", "beta", "gamma delta", "a | b", 'it\'s "quoted"', "Ünïcode")
TAGS = ("team", "cost", "stage")
TRANSFORMS = (
    None,
    "source | extend TimeGenerated = now()",
    "source\n| where 1 == 1\n| extend TimeGenerated = now()",
)
MOST = 8
"""how many tables, streams or flows there may be; Azure takes ten"""


@dataclass
class Wish:
    """What the spec is made from. `explicit`: streams and flows are given, else derived."""

    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    about_tables: dict[str, Json] = field(default_factory=dict)
    explicit: bool = False
    streams: dict[str, dict[str, str]] = field(default_factory=dict)
    flows: list[tuple[str, str, str | None]] = field(default_factory=list)
    rule: Json = field(default_factory=dict)
    endpoint: Json = field(default_factory=dict)
    ui: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    connectors: dict[str, Json] = field(default_factory=dict)
    role: str = "Ensure"

    def spec(self) -> Json:
        """The spec as the API server holds it."""
        spec: Json = {
            "workspace": WORKSPACE,
            "application": APPLICATION,
            "roleAssignment": self.role,
            "tables": [self._table(name) for name in self.tables],
            "endpoint": {"create": self.endpoint},
            "rule": {**self.rule, **(self._way() if self.explicit else {})},
            "definition": {"ui": self.ui, "metadata": self.metadata},
            "dataConnectors": [self._connector(name) for name in self.connectors],
        }
        return spec

    def stream_names(self) -> list[str]:
        if self.explicit:
            return [stream for stream, _, _ in self.flows]
        return [f"Custom-{table.removesuffix('_CL')}" for table in self.tables]

    def _table(self, name: str) -> Json:
        return {"name": name, "columns": _columns(self.tables[name]), **self.about_tables[name]}

    def _way(self) -> Json:
        declared = [{"name": name, "columns": _columns(c)} for name, c in self.streams.items()]
        flows: list[Json] = []
        for stream, table, transform in self.flows:
            flow = {"stream": stream, "table": table}
            flows.append(flow if transform is None else {**flow, "transformKql": transform})
        return {"streams": declared, "flows": flows}

    def _connector(self, name: str) -> Json:
        """A stream that is there no more is left to the operator to choose."""
        given = dict(self.connectors[name])
        if given.get("stream") not in self.stream_names():
            given.pop("stream", None)
        return {"name": name, **given}


def _columns(types: dict[str, str]) -> list[Json]:
    return [{"name": name, "type": type_} for name, type_ in types.items()]


def first() -> Wish:
    """The smallest one, that edits start from."""
    wish = Wish()
    wish.tables["T0_CL"] = {"String0": "string"}
    wish.about_tables["T0_CL"] = {}
    return wish


Edit = Callable[[Wish, Choice], None]


def add_column(wish: Wish, choice: Choice) -> None:
    name, type_ = choice.column()
    wish.tables[choice.of(list(wish.tables))][name] = type_


def remove_column(wish: Wish, choice: Choice) -> None:
    columns = wish.tables[choice.of(list(wish.tables))]
    if len(columns) > 1:
        del columns[choice.of(list(columns))]


def add_table(wish: Wish, choice: Choice) -> None:
    name = f"T{choice.of(range(MOST))}_CL"
    if name not in wish.tables:
        wish.tables[name] = dict([choice.column()])
        wish.about_tables[name] = {}


def remove_table(wish: Wish, choice: Choice) -> None:
    """Not the last one, and not the one that the last flow goes to."""
    name = choice.of(list(wish.tables))
    flows = [flow for flow in wish.flows if flow[1] != name]
    if len(wish.tables) > 1 and (flows or not wish.explicit):
        del wish.tables[name], wish.about_tables[name]
        wish.flows = flows


def describe_table(wish: Wish, choice: Choice) -> None:
    about = wish.about_tables[choice.of(list(wish.tables))]
    key, values = choice.of(
        (
            ("description", WORDS),
            ("retentionInDays", (30, 60, 90, -1)),
            ("totalRetentionInDays", (365, 730)),
            ("plan", ("Analytics",)),
        )
    )
    about[key] = choice.of(values)


def declare_streams(wish: Wish, choice: Choice) -> None:
    """Between derived streams and flows and given ones."""
    wish.explicit = not wish.explicit
    if wish.explicit:
        wish.streams = {f"Custom-{name[:-3]}": dict(c) for name, c in wish.tables.items()}
        wish.flows = [(f"Custom-{name[:-3]}", name, TRANSFORMS[1]) for name in wish.tables]


def add_stream(wish: Wish, choice: Choice) -> None:
    wish.streams.setdefault(f"Custom-S{choice.of(range(MOST - 4))}", dict([choice.column()]))


def remove_stream(wish: Wish, choice: Choice) -> None:
    if wish.explicit and wish.streams:
        name = choice.of(list(wish.streams))
        flows = [flow for flow in wish.flows if flow[0] != name]
        if flows:
            wish.flows = flows
            del wish.streams[name]


def change_stream(wish: Wish, choice: Choice) -> None:
    if wish.streams:
        columns = wish.streams[choice.of(list(wish.streams))]
        name, type_ = choice.column()
        if columns.pop(name, None) is None or not columns:
            columns[name] = type_


def add_flow(wish: Wish, choice: Choice) -> None:
    if wish.explicit and len(wish.flows) < MOST:
        target = choice.of(list(wish.tables))
        flow = choice.of(list(wish.streams)), target, choice.of(TRANSFORMS)
        if flow not in wish.flows:
            wish.flows.insert(choice.of(range(len(wish.flows) + 1)), flow)


def remove_flow(wish: Wish, choice: Choice) -> None:
    if len(wish.flows) > 1:
        wish.flows.remove(choice.of(wish.flows))


def describe_rule(wish: Wish, choice: Choice) -> None:
    wish.rule["description"] = choice.of(WORDS)


def tag(wish: Wish, choice: Choice) -> None:
    where = choice.of((wish.rule, wish.endpoint))
    tags = where.setdefault("tags", {})
    name = choice.of(TAGS)
    if choice.of((True, True, False)):
        tags[name] = choice.of(WORDS)
    else:
        tags.pop(name, None)


def open_endpoint(wish: Wish, choice: Choice) -> None:
    key, values = choice.of(
        (("description", WORDS), ("publicNetworkAccess", ("Enabled", "Disabled")))
    )
    wish.endpoint[key] = choice.of(values)


def change_card(wish: Wish, choice: Choice) -> None:
    key, values = choice.of(
        (
            ("title", WORDS),
            ("publisher", WORDS),
            ("descriptionMarkdown", WORDS),
            ("availability", ({"status": 1, "isPreview": True}, {"status": 1})),
            ("isConnectivityCriteriasMatchSome", (True, False)),
            ("instructionSteps", _STEPS),
            ("sampleQueries", _QUERIES),
        )
    )
    if choice.of((True, True, False)):
        wish.ui[key] = choice.of(values)
    else:
        wish.ui.pop(key, None)


_STEPS = tuple(
    [{"title": word, "instructions": [{"type": "CopyableLabel", "parameters": {"value": value}}]}]
    * count
    for word, value, count in (
        ("One", "$(rule.immutableId)", 1),
        ("Two", "$(endpoint.logsIngestion)", 2),
        ("Three", "plain", 3),
    )
)
_QUERIES = tuple(
    [{"description": "q", "query": f"T0_CL | take {number}"} for number in range(count + 1)]
    for count in range(3)
)


def change_metadata(wish: Wish, choice: Choice) -> None:
    key, values = choice.of(
        (
            ("version", ("1.0.0", "1.0.1", "2.0.0")),
            ("author", ({"name": "A"}, {"name": "B", "email": "b@contoso.com"})),
            ("support", ({"tier": "Partner", "name": "S"}, {"tier": "Community"})),
            ("source", ({"kind": "Solution", "name": "N"}, {"kind": "Community"})),
            (
                "dependencies",
                (
                    {"operator": "AND", "criteria": [{"contentId": "a", "kind": "Parser"}]},
                    {"contentId": "b", "kind": "DataConnector"},
                ),
            ),
        )
    )
    wish.metadata[key] = choice.of(values)


def change_connectors(wish: Wish, choice: Choice) -> None:
    name = f"{NAME}-{choice.of(range(3))}"
    if choice.of((True, True, False)):
        wish.connectors[name] = {
            "stream": choice.of(wish.stream_names()),
            "isActive": choice.of((True, False)),
            "properties": choice.of(({}, {"dataType": "x"}, {"request": {"retryCount": 3}})),
        }
    else:
        wish.connectors.pop(name, None)


def change_role(wish: Wish, choice: Choice) -> None:
    wish.role = choice.of(("Ensure", "Ignore"))


EDITS: tuple[Edit, ...] = (
    add_column,
    remove_column,
    add_table,
    remove_table,
    describe_table,
    declare_streams,
    add_stream,
    remove_stream,
    change_stream,
    add_flow,
    remove_flow,
    describe_rule,
    tag,
    open_endpoint,
    change_card,
    change_metadata,
    change_connectors,
    change_role,
)
