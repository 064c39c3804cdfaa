"""A connector for each rule of the preflight that breaks it, and what `lint` must say of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reconcile.samples import spec

Json = dict[str, Any]

TEXT = {"name": "User", "type": "string"}
NOW = "TimeGenerated = now()"
UI = "spec.definition.ui"
TRANSFORM = "spec.rule.flows[0].transformKql"
INSTRUCTION = f"{UI}.instructionSteps[0].instructions[0]"


@dataclass(frozen=True)
class Row:
    """A spec that Azure would refuse or mangle; `remedy` is what the sentence must tell to do."""

    severity: str
    field: str
    remedy: str
    spec: Json


def _error(field: str, remedy: str, **replaced: Any) -> Row:
    return Row("error", field, remedy, spec(**replaced))


def _warning(field: str, remedy: str, **replaced: Any) -> Row:
    return Row("warning", field, remedy, spec(**replaced))


def table(*columns: Json, **more: Any) -> Json:
    return {"tables": [{"name": "Logins_CL", "columns": [TEXT, *columns], **more}]}


def column(name: str) -> Json:
    return {"name": name, "type": "string"}


def flows(*transforms: str, **columns: str) -> Json:
    """One stream whose flows end in a table with a column of each type."""
    types = {"ts": "string", "n": "long", "d": "dynamic", **columns}
    flow = {"stream": "Custom-Events", "table": "Events_CL"}
    return {
        "rule": {
            "streams": [{"name": "Custom-Events", "columns": _columns(types)}],
            "flows": [{**flow, "transformKql": text} for text in transforms],
        },
        "tables": [
            {
                "name": "Events_CL",
                "columns": _columns({"Text": "string", "Count": "int", "Ratio": "real"}),
            }
        ],
    }


def _columns(types: dict[str, str]) -> list[Json]:
    return [{"name": name, "type": type_} for name, type_ in types.items()]


def card(**ui: Any) -> Json:
    return {"definition": {"ui": ui}}


def instruction(type_: str, **parameters: Any) -> Json:
    item = {"type": type_, "parameters": parameters}
    return card(instructionSteps=[{"title": "One", "instructions": [item]}])


def query(text: str) -> Json:
    return card(sampleQueries=[{"description": "x", "query": text}])


def stream(*columns: Json, name: str = "Custom-Logins") -> Json:
    return {"name": name, "columns": [*columns, TEXT]}


STANDARD: Json = {
    "tables": [],
    "rule": {
        "streams": [stream(name="Custom-Logs")],
        "flows": [
            {
                "stream": "Custom-Logs",
                "outputStream": "Microsoft-CommonSecurityLog",
                "transformKql": f"source | extend {NOW}",
            }
        ],
    },
}

LIMITS = {
    "a reserved column": _error(
        "spec.tables[0].columns[1].name", "choose another name", **table(column("TenantId"))
    ),
    "a column's name": _error(
        "spec.tables[0].columns[1].name",
        "a letter (a stream's column may be called so: rename it in the transform)",
        **table(column("1st")),
    ),
    "too many columns": _error(
        "spec.tables[0].columns",
        "put rarely used ones into one dynamic column",
        **table(*(column(f"Column{place}") for place in range(499))),
    ),
    "interactive retention": _warning(
        "spec.tables[0].retentionInDays", "-1 or 4 to 730", **table(retentionInDays=900)
    ),
    "total retention": _warning(
        "spec.tables[0].totalRetentionInDays", "-1 or 4 to 4383", **table(totalRetentionInDays=5000)
    ),
    "retention of a basic table": _warning(
        "spec.tables[0].retentionInDays", "leave it out", **table(plan="Basic", retentionInDays=8)
    ),
    "too many flows": _error(
        "spec.rule.flows",
        "use a second connector",
        **flows(*(f"source | project {NOW}, Text = '{place}'" for place in range(11))),
    ),
    "too many streams": _error(
        "spec.rule.streams",
        "use a second connector",
        rule={
            "streams": [stream(name=f"Custom-Logins{place}") for place in range(11)],
            "flows": [{"stream": "Custom-Logins0", "table": "Logins_CL"}],
        },
    ),
    "a transform's length": _error(
        TRANSFORM,
        "shorten it, or split the flow in two with a where each",
        **flows(f"source | project {NOW} //{'x' * 15_360}"),
    ),
    "a guid in a stream": _warning(
        "spec.rule.streams[0].columns[0].type",
        "declare string, and make a guid of it with toguid() in the transform",
        rule={"streams": [stream({"name": "Id", "type": "guid"})]},
    ),
    "a stream without a flow": _warning(
        "spec.rule.streams[1].name",
        "add a flow to spec.rule.flows, or leave the stream out",
        rule={
            "streams": [stream(), stream(name="Custom-Lost")],
            "flows": [
                {
                    "stream": "Custom-Logins",
                    "table": "Logins_CL",
                    "transformKql": f"source | extend {NOW}",
                }
            ],
        },
    ),
    "a data connector's stream": _warning(
        "spec.dataConnectors[0].stream",
        "name one of Custom-Logins",
        dataConnectors=[{"name": "acme", "stream": "Microsoft-ABAPAuditLog"}],
    ),
    "a definition's name": _error(
        "spec.definition.name", "only: choose another", definition={"name": "acme.push"}
    ),
}

TRANSFORMS = {
    "syntax": _error(TRANSFORM, "correct the KQL", **flows("source | extend Text = ")),
    "an unknown function": _error(
        TRANSFORM, "correct the KQL", **flows("source | extend Text = tuguid(ts)")
    ),
    "an unknown column": _error(
        TRANSFORM,
        "declare it in the stream, or correct the name",
        **flows("source | extend Text = Nothing"),
    ),
    "a column in another case": _error(
        TRANSFORM, "write ts, which the stream declares", **flows("source | extend Text = TS")
    ),
    "another source": _error(
        TRANSFORM, "SecurityEvent cannot be read here: begin with source", **flows("SecurityEvent")
    ),
    "no source": _error(TRANSFORM, "begin with source", **flows("// nothing")),
    "an operator over several events": _error(
        TRANSFORM,
        "summarize does not work in a transform, which sees each event alone: leave it out",
        **flows("source | summarize count() by ts"),
    ),
    "an operator that is not listed": _warning(
        TRANSFORM,
        "prefer what is listed",
        **flows(f"source | extend {NOW} | assert-schema (ts: string)"),
    ),
    "a refused function": _error(
        TRANSFORM,
        "column_ifexists() does not work in a transform: in a transform it is called "
        "columnifexists",
        **flows("source | extend Text = column_ifexists('a', '')"),
    ),
    "another spelling": _warning(
        TRANSFORM,
        "is spelled base64_encodestring() in transforms: write it so",
        **flows(f"source | project {NOW}, Text = base64_encode_tostring(ts)"),
    ),
    "a doubtful function": _warning(
        TRANSFORM,
        "coalesce() is not in Microsoft's list of what transforms support: a shipped connector",
        **flows(f"source | project {NOW}, Text = coalesce(ts, 'a')"),
    ),
    "a function that is not listed": _warning(
        TRANSFORM,
        "trim() is not in Microsoft's list of what transforms support: Azure may refuse the "
        "rule, so prefer what is listed",
        **flows(f"source | project {NOW}, Text = trim('a', ts)"),
    ),
    "a comparison that is not listed": _warning(
        TRANSFORM,
        "has_any is not in Microsoft's list",
        **flows(f"source | project {NOW}, Text = tostring(ts has_any ('a'))"),
    ),
    "parse of too much": _error(
        TRANSFORM,
        "Azure takes 10 a statement: split it",
        **flows("source | parse ts with " + " ' ' ".join(f"c{i}:string" for i in range(11))),
    ),
    "a dynamic object": _error(
        TRANSFORM,
        "dynamic({…}) does not work in a transform: write parse_json('{…}')",
        **flows("source | extend d2 = dynamic({'a': 1})"),
    ),
    "a dynamic literal": _warning(
        TRANSFORM,
        "a dynamic literal may be refused in a transform: write parse_json('…')",
        **flows(f"source | project {NOW}, Text = tostring(dynamic([1]))"),
    ),
    "no time": _warning(
        TRANSFORM, "Add | extend TimeGenerated = now()", **flows("source | project Text = ts")
    ),
    "a time of another type": _error(
        TRANSFORM,
        "write TimeGenerated = todatetime(TimeGenerated)",
        **flows("source | project TimeGenerated = ts"),
    ),
    "a column of another type": _error(
        TRANSFORM,
        "in the table Events_CL it is string: write Text = tostring(Text)",
        **flows(f"source | project {NOW}, Text = d"),
    ),
    "int into real": _warning(
        TRANSFORM, "write Ratio = toreal(Ratio)", **flows(f"source | project {NOW}, Ratio = n")
    ),
    "a column that is lost": _warning(
        TRANSFORM,
        "add the columns to the table, or leave them out with project-away",
        **flows(f"source | extend {NOW}", a="int", b="int", c="int"),
    ),
}

CARD = {
    "an unknown key, nearly known": _warning(
        f"{UI}.dataTyps", "is dataTypes meant?", **card(dataTyps=[])
    ),
    "an unknown key": _warning(
        f"{UI}.mood", "leave it out, or see that the portal knows it", **card(mood="good")
    ),
    "no list": _warning(
        f"{UI}.dataTypes", "must be a list: put the value into one", **card(dataTypes={})
    ),
    "no object": _warning(
        f"{UI}.dataTypes[0]",
        "must be an object with name, lastDataReceivedQuery",
        **card(dataTypes=["x"]),
    ),
    "a missing key": _warning(
        f"{UI}.graphQueries[0]",
        "lacks metricName, baseQuery, which Microsoft's reference requires",
        **card(graphQueries=[{"legend": "x"}]),
    ),
    "an unknown criterion": _warning(
        f"{UI}.connectivityCriteria[0].type",
        "use IsConnectedQuery or HasDataConnectors",
        **card(connectivityCriteria=[{"type": "Telepathy"}]),
    ),
    "a criterion without a query": _warning(
        f"{UI}.connectivityCriteria[0].value",
        "give a list with at least one query",
        **card(connectivityCriteria=[{"type": "IsConnectedQuery"}]),
    ),
    "connected without an event": _warning(
        f"{UI}.connectivityCriteria",
        "says connected without any event, and every flow ends in a table that others fill too: "
        "give an IsConnectedQuery that picks this source's rows",
        **STANDARD,
    ),
    "no step": _warning(
        f"{UI}.instructionSteps[0]",
        "must be an object with title, description and instructions",
        **card(instructionSteps=["x"]),
    ),
    "the Deploy button": _warning(
        f"{INSTRUCTION}.type", "leave it out", **instruction("DeployPushConnectorButton", label="x")
    ),
    "an unknown instruction": _warning(
        f"{INSTRUCTION}.type", "is CopyableLabel meant?", **instruction("CopyableLable", label="x")
    ),
    "a label's stream": _warning(
        f"{INSTRUCTION}.parameters.value",
        "which the rule lacks: senders need one of Custom-Logins",
        **instruction("CopyableLabel", label="x", value="Custom-Logins_CL"),
    ),
    "a label's filling": _warning(
        f"{INSTRUCTION}.parameters.fillWith",
        "Moon is unknown to the portal: use value",
        **instruction("CopyableLabel", label="x", fillWith=["Moon"]),
    ),
    "a value that a template would fill": _error(
        f"{UI}.title",
        "Write it out, or use a placeholder such as $(endpoint.logsIngestion)",
        **card(title="[parameters('title')]"),
    ),
    "the same within a text": _warning(
        f"{UI}.descriptionMarkdown",
        "it is shown as it stands, so write it out, or use a placeholder",
        **card(descriptionMarkdown="Call {{yourTenant}}"),
    ),
    "an unknown placeholder": _error(
        f"{UI}.title", "Known: $(rule.id)", **card(title="$(rule.nope)")
    ),
}

QUERIES = {
    "a query's syntax": _warning(
        f"{UI}.sampleQueries[0].query",
        "correct the query, it would fail in the portal",
        **query("Logins_CL | where"),
    ),
    "a query's column": _warning(
        f"{UI}.sampleQueries[0].query",
        "correct the query, it would fail in the portal",
        **query("Logins_CL | where Nope == 1"),
    ),
    "a query's function": _warning(
        f"{UI}.sampleQueries[0].query",
        "correct it, or ignore this if it is a parser of the workspace",
        **query("Acme('x') | take 1"),
    ),
    "a query's table": _warning(
        f"{UI}.sampleQueries[0].query",
        "which this connector does not fill: it fills Logins_CL",
        **query("Other_CL | take 1"),
    ),
}

ROWS = {**LIMITS, **TRANSFORMS, **CARD, **QUERIES}
