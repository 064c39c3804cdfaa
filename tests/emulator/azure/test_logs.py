"""Rows in, KQL out: the store of the emulated Log Analytics, without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.emulator.azure.logs import Logs, QueryError

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
ALERTS = "ContosoSecurityAlerts_CL"
COLUMNS = {"TimeGenerated": "dateTime", "EventSeverity": "string", "Count_": "int"}
STREAM = {"EventSeverity": "string", "Count_": "int"}
TRANSFORM = "source | extend TimeGenerated = now()"
IS_CONNECTED = (
    f"{ALERTS}\n| summarize LastLogReceived = max(TimeGenerated)\n"
    "| project IsConnected = LastLogReceived > ago(7d)"
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logs(clock: Clock) -> Logs:
    store = Logs(clock)
    store.set_table("ws", ALERTS, COLUMNS)
    return store


def push(store: Logs, *records: dict[str, object]) -> int:
    return store.ingest("ws", ALERTS, STREAM, TRANSFORM, list(records))


def answer(store: Logs, kql: str, timespan: str | None = None) -> Any:
    body: Any = store.query("ws", kql, timespan)
    return body["tables"][0]


def rows(store: Logs, kql: str, timespan: str | None = None) -> Any:
    return answer(store, kql, timespan)["rows"]


def refusal(store: Logs, kql: str) -> dict[str, Any]:
    with pytest.raises(QueryError) as caught:
        store.query("ws", kql, None)
    body: Any = caught.value.body()
    error: dict[str, Any] = body["error"]
    return error


def test_the_connectivity_query_of_an_empty_table_answers_one_row_with_null(logs: Logs) -> None:
    table = answer(logs, IS_CONNECTED)

    assert table == {
        "name": "PrimaryResult",
        "columns": [{"name": "IsConnected", "type": "bool"}],
        "rows": [[None]],
    }


def test_the_connectivity_query_turns_true_with_data_and_false_a_week_later(
    logs: Logs, clock: Clock
) -> None:
    push(logs, {"EventSeverity": "High"})
    fresh = rows(logs, IS_CONNECTED)
    clock.now += timedelta(days=8)

    assert [fresh, rows(logs, IS_CONNECTED)] == [[[True]], [[False]]]


def test_the_last_data_query_answers_no_row_for_an_empty_table(logs: Logs) -> None:
    query = f"{ALERTS} | summarize Time = max(TimeGenerated) | where isnotempty(Time)"
    empty = rows(logs, query)
    push(logs, {"EventSeverity": "High"})

    assert [empty, rows(logs, query)] == [[], [["2026-01-10T12:00:00Z"]]]


def test_events_are_counted(logs: Logs) -> None:
    push(logs, {"EventSeverity": "High"}, {"EventSeverity": "Low"})

    assert rows(logs, f"{ALERTS} | summarize Events = count()") == [[2]]


def test_a_fuzzy_union_leaves_out_a_table_that_is_not_there(logs: Logs) -> None:
    push(logs, {"EventSeverity": "High"})
    query = (
        f"union isfuzzy=true ({ALERTS} | summarize Events = count()), "
        "(Gone_CL | summarize Events = count())"
    )

    assert rows(logs, query) == [[1]]


def test_the_table_of_a_row_is_told_by_its_type(logs: Logs) -> None:
    push(logs, {"EventSeverity": "High"})

    assert rows(logs, f"union isfuzzy=true {ALERTS}, Syslog | summarize count() by Type") == [
        [ALERTS, 1]
    ]


def test_a_column_of_the_tables_own_that_is_called_type_is_left_alone(logs: Logs) -> None:
    logs.set_table("ws", "O_CL", {"type": "string"})
    logs.ingest("ws", "O_CL", {"type": "string"}, None, [{"type": "alert"}])

    assert rows(logs, "O_CL", "P1D") == [["alert"]]


def test_undeclared_values_are_dropped_and_missing_ones_are_empty(logs: Logs) -> None:
    stored = push(logs, {"EventSeverity": "High", "Secret": "x"}, {"Count_": 3})
    query = f"{ALERTS} | project EventSeverity, Count_ | sort by EventSeverity desc"

    assert (stored, rows(logs, query)) == (2, [["High", None], ["", 3]])


@pytest.mark.parametrize(
    ("kind", "pushed", "kept"),
    [
        ("string", 5, "5"),
        ("string", {"a": 1}, '{"a":1}'),
        ("string", None, ""),
        ("string", "é" * 40_000, "é" * 32_768),
        ("int", "12", 12),
        ("int", 2**31, None),
        ("int", 1.5, None),
        ("long", 2**31, 2**31),
        ("long", "x", None),
        ("real", 1, 1.0),
        ("real", "NaN", None),
        ("boolean", "True", True),
        ("boolean", "perhaps", None),
        ("datetime", "2026-01-01T02:00:00.1234567+02:00", "2026-01-01T00:00:00.123456Z"),
        ("datetime", 5, None),
        ("datetime", "0001-01-01T00:00:00+05:00", None),
        ("dynamic", {"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ("dynamic", None, None),
    ],
)
def test_a_value_is_kept_by_its_column_type_or_becomes_null(
    logs: Logs, kind: str, pushed: object, kept: object
) -> None:
    logs.set_table("ws", "V_CL", {"TimeGenerated": "datetime", "V": kind})
    logs.ingest("ws", "V_CL", {"V": kind}, None, [{"V": pushed}])

    assert rows(logs, "V_CL | project V") == [[kept]]


def test_a_guid_column_is_queried_as_text_and_garbage_becomes_empty(logs: Logs) -> None:
    logs.set_table("ws", "G_CL", {"TimeGenerated": "datetime", "G": "guid"})
    good = "0f8fad5b-d9cb-469f-a165-70867728950e"
    logs.ingest(
        "ws", "G_CL", {"G": "string"}, "source | extend G = toguid(G)", [{"G": good}, {"G": "no"}]
    )
    table = answer(logs, "G_CL | project G | sort by G desc")

    assert (table["columns"], table["rows"]) == ([{"name": "G", "type": "string"}], [[good], [""]])


def test_a_row_without_time_gets_the_time_of_its_arrival(logs: Logs) -> None:
    logs.ingest("ws", ALERTS, STREAM, None, [{"EventSeverity": "High"}])

    assert rows(logs, f"{ALERTS} | project TimeGenerated") == [["2026-01-10T12:00:00Z"]]


def test_a_transform_filters_and_computes_over_each_record(logs: Logs) -> None:
    stored = logs.ingest(
        "ws",
        ALERTS,
        {"level": "string", "time": "datetime"},
        "source\n| where level != 'debug'\n| project TimeGenerated = ['time'], "
        "EventSeverity = toupper(level), Extra = 1 // lost: no such column\n",
        [{"level": "high", "time": "2026-01-02T03:04:05Z"}, {"level": "debug"}],
    )

    assert (stored, rows(logs, f"{ALERTS} | project TimeGenerated, EventSeverity")) == (
        1,
        [["2026-01-02T03:04:05Z", "HIGH"]],
    )


def test_pushing_no_record_stores_nothing(logs: Logs) -> None:
    assert push(logs) == 0


def test_data_for_a_table_that_is_not_there_is_an_error(logs: Logs) -> None:
    with pytest.raises(KeyError, match="Gone_CL"):
        logs.ingest("ws", "Gone_CL", STREAM, None, [{}])


@pytest.mark.parametrize(
    ("timespan", "found"),
    [
        (None, 2),
        ("PT1H", 1),
        ("P2D", 2),
        ("2026-01-09T00:00:00Z/2026-01-10T00:00:00Z", 1),
        ("2026-01-09/P1D", 1),
        ("P1W/2026-01-08T00:00:00Z", 0),
    ],
)
def test_the_timespan_is_laid_over_the_query(
    logs: Logs, clock: Clock, timespan: str | None, found: int
) -> None:
    clock.now = NOW - timedelta(days=1)
    push(logs, {})
    clock.now = NOW
    push(logs, {})

    assert rows(logs, f"{ALERTS} | count", timespan) == [[found]]


def test_a_timespan_that_is_none_is_refused(logs: Logs) -> None:
    with pytest.raises(QueryError, match="'yesterday' is no ISO 8601 duration"):
        logs.query("ws", ALERTS, "yesterday")


def test_a_missing_table_is_refused_as_log_analytics_does(logs: Logs) -> None:
    error = refusal(logs, "Gone_CL | take 1")

    assert error == {
        "code": "BadArgumentError",
        "message": "The request had some invalid properties",
        "innererror": {
            "code": "SemanticError",
            "message": "A semantic error occurred.",
            "innererror": {
                "code": "SEM0100",
                "message": "'take' operator: Failed to resolve table or column expression "
                "named 'Gone_CL'",
            },
        },
    }


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        (f"{ALERTS} | where Gone == 1", "SEM0100", "named 'Gone'"),
        (f"{ALERTS} | where eventseverity == ''", "SEM0100", "named 'eventseverity'"),
        (f"{ALERTS.lower()} | count", "SEM0100", f"named '{ALERTS.lower()}'"),
        ("union isfuzzy=true Gone_CL", "SEM0100", "named 'Gone_CL'"),
        (f"{ALERTS} | project nope(1)", "SEM0260", "Unknown function: 'nope'"),
        (f"{ALERTS} | where EventSeverity > 3", "SEM0064", "Cannot compare"),
    ],
)
def test_what_does_not_bind_is_a_semantic_error(
    logs: Logs, query: str, code: str, words: str
) -> None:
    inner = refusal(logs, query)["innererror"]

    assert (inner["code"], inner["innererror"]["code"]) == ("SemanticError", code)
    assert words in inner["innererror"]["message"]


@pytest.mark.parametrize("query", [f"{ALERTS} | where", f"{ALERTS} | whre x", "", ".show tables"])
def test_what_does_not_parse_is_a_syntax_error(logs: Logs, query: str) -> None:
    assert refusal(logs, query)["innererror"]["code"] == "SyntaxError"


def test_a_query_beyond_the_engine_says_so(logs: Logs) -> None:
    inner = refusal(logs, "search 'x'")["innererror"]

    assert inner["code"] == "NotInEmulator"
    assert "SearchOperator" in inner["message"]


def test_workspaces_do_not_see_each_other(logs: Logs) -> None:
    with pytest.raises(QueryError, match="Failed to resolve table"):
        logs.query("other", ALERTS, None)


def test_a_standard_table_is_there_in_every_workspace(logs: Logs) -> None:
    assert logs.has_table("other", "CommonSecurityLog")
    assert logs.columns("other", "CommonSecurityLog")["TimeGenerated"] == "datetime"
    assert rows(logs, "CommonSecurityLog | count") == [[0]]


def test_columns_are_given_in_one_spelling(logs: Logs) -> None:
    logs.set_table("ws", "S_CL", {"T": "dateTime", "B": "Bool", "G": "GUID", "R": "double"})

    assert logs.columns("ws", "S_CL") == {
        "T": "datetime",
        "B": "boolean",
        "G": "guid",
        "R": "real",
    }


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({**COLUMNS, "New": "string"}, {"EventSeverity": "High", "Count_": 3, "New": ""}),
        ({"TimeGenerated": "datetime", "Count_": "int"}, {"Count_": 3}),
        ({**COLUMNS, "Count_": "string"}, {"EventSeverity": "High", "Count_": ""}),
        ({"Only": "long"}, {"Only": None}),
    ],
    ids=["one more", "one less", "another type", "all others"],
)
def test_a_changed_table_keeps_its_rows_and_shows_the_new_columns(
    logs: Logs, columns: Mapping[str, str], shown: Mapping[str, object]
) -> None:
    push(logs, {"EventSeverity": "High", "Count_": 3})
    logs.set_table("ws", ALERTS, columns)
    table = answer(logs, ALERTS)
    row = dict(zip((c["name"] for c in table["columns"]), table["rows"][0], strict=True))

    assert {k: v for k, v in row.items() if k not in ("TimeGenerated", "Type")} == shown


def test_a_dropped_table_is_gone_and_comes_back_empty(logs: Logs) -> None:
    push(logs, {})
    logs.drop_table("ws", ALERTS)
    logs.drop_table("ws", ALERTS)
    gone = logs.has_table("ws", ALERTS)
    logs.set_table("ws", ALERTS, COLUMNS)

    assert (gone, rows(logs, f"{ALERTS} | count")) == (False, [[0]])


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"url": "string", "Url": "string"},
            "table F_CL has columns 'url' and 'Url' that differ only in case",
        ),
        ({"a": "text"}, "column type 'text' is unknown: use one of string, int"),
    ],
)
def test_columns_that_the_engine_cannot_keep_are_refused(
    logs: Logs, columns: Mapping[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        logs.set_table("ws", "F_CL", columns)


def test_threads_push_and_ask_at_the_same_time(logs: Logs) -> None:
    def work(number: int) -> int:
        push(logs, {"Count_": number})
        logs.set_table("ws", f"T{number}_CL", COLUMNS)
        return int(rows(logs, f"{ALERTS} | count")[0][0])

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(work, range(20)))

    assert max(seen) == 20
    assert rows(logs, f"{ALERTS} | summarize sum(Count_)") == [[190]]
