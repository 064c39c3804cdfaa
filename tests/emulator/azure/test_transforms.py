"""What a rule's PUT says to a transform: refused with a code and one sentence, or silence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.emulator.azure.logs import Logs

STREAM = {
    "ts": "string",
    "time": "datetime",
    "n": "long",
    "r": "real",
    "b": "boolean",
    "d": "dynamic",
    "Patch-Id": "string",
}
TABLE = {"TimeGenerated": "dateTime", "Text": "string", "N": "int", "R": "real", "G": "guid"}


@pytest.fixture(scope="module")
def logs() -> Logs:
    return Logs(lambda: datetime(2026, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    "transform",
    [
        None,
        "source",
        "source\n \n\n",
        "source | extend TimeGenerated = now()",
        "source | extend TimeGenerated = coalesce(todatetime(['time']), now())",
        "source | extend TimeGenerated = iif(isnull(['time']), now(), ['time'])",
        "source | project TimeGenerated = datetime(1970-01-01) + n * 1ms, Text = ts",
        "source | where ts has 'summarize' and not(b) | project Text = strcat(ts, '| take 1')",
        "source | project Text = tostring(d.a.b), N = toint(d['n']), R = toreal(d.list[0])",
        "source | project Text = ['Patch-Id'] // join\n",
        'source | extend Text = @"\\d" | project-away n, r',
        "source | project-rename Text = ts | project Text, N = toint(n), R = n",
        "source | project Text = iff(b, 'a', case(n > 1, 'b', 'c')), G = toguid(ts)",
        "source | parse ts with 'a' X:long 'b' Text | project X, Text",
        "let limit_ = 5; source | where n < limit_ | project Text = ts",
        "let rows = source | where b; rows | project Text = ts",
        "let low = (s: string) { tolower(s) }; source | project Text = low(ts)",
        "print TimeGenerated = now()",
        "source | extend total = n | project Text = tostring(total), search = n",
        "source | project Text = hash_sha256(base64_encodestring(ts)), L = split(ts, ',')",
    ],
)
def test_a_supported_transform_is_accepted(logs: Logs, transform: str | None) -> None:
    assert logs.check_transform(STREAM, transform, TABLE) is None


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        ("source | summarize count() by ts", "operator 'summarize' is not supported"),
        ("source | take 5", "operator 'take' is not supported"),
        ("source|mv-expand d", "operator 'mv-expand' is not supported"),
        ("source | project-reorder n", "operator 'project-reorder' is not supported"),
        ("union source, source", "operator 'union' is not supported"),
        ("let a = union (source), (source); a", "operator 'union' is not supported"),
        ("source | join (source) on n", "operator 'join' is not supported"),
        ("externaldata (x: string) ['http://x']", "operator 'externaldata' is not supported"),
        ("SecurityEvent | project Text = Account", "'SecurityEvent' is no source"),
        ("source | extend x = column_ifexists('a', '')", "write columnifexists()"),
        ("source | extend t = ingestion_time()", "ingestion_time() is not supported"),
        ("source | extend d2 = dynamic({'a': 1})", "use parse_json('{...}')"),
        ("source | extend Text = tuguid(ts)", "Unknown function: 'tuguid'"),
        ("source | extend g = geo_location(ts)", "Unknown function: 'geo_location'"),
        ("source | extend Text = Nope", "named 'Nope'"),
        ("source | extend Text = TS", "named 'TS'"),
        ("source | extend Ts = ts", "'ts' and 'Ts' differ only in case"),
        ("source | extend Text = ", "could not be parsed at 1:"),
        ("source | where ts > 5", "Cannot compare"),
        (" ", "the transform is empty"),
        (f"source // {'x' * 15_360}", "at most 15360 are allowed"),
        (
            "source | parse ts with " + " ' ' ".join(f"c{i}:string" for i in range(11)),
            "more than 10 columns",
        ),
    ],
)
def test_what_a_transform_may_not_contain_is_refused_by_name(
    logs: Logs, transform: str, words: str
) -> None:
    answer = logs.check_transform(STREAM, transform, TABLE)

    assert answer is not None
    assert answer.startswith("InvalidTransformQuery: ")
    assert words in answer


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        ("source | project N = n", "N [produced: 'long', table: 'int']"),
        ("source | project Text = d", "Text [produced: 'dynamic', table: 'string']"),
        ("source | project G = ts", "G [produced: 'string', table: 'guid']"),
        ("source | extend TimeGenerated = ts", "TimeGenerated [produced: 'string'"),
    ],
)
def test_an_output_column_of_another_type_is_refused_with_both_types(
    logs: Logs, transform: str, words: str
) -> None:
    answer = logs.check_transform(STREAM, transform, TABLE)

    assert answer is not None
    assert answer.startswith("InvalidTransformOutput: ")
    assert words in answer


def test_time_generated_must_be_a_datetime_even_if_the_table_does_not_name_it(logs: Logs) -> None:
    answer = logs.check_transform({"TimeGenerated": "string"}, None, {"Text": "string"})

    assert answer is not None
    assert "TimeGenerated [produced: 'string', table: 'datetime']" in answer


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ({"url": "string", "Url": "string"}, "'url' and 'Url' that differ only in case"),
        ({"a": "text"}, "column type 'text' is unknown"),
        ({}, "the stream declares no column"),
    ],
)
def test_a_stream_that_the_engine_cannot_hold_is_refused(
    logs: Logs, stream: dict[str, str], words: str
) -> None:
    answer = logs.check_transform(stream, "source", TABLE)

    assert answer is not None
    assert words in answer
