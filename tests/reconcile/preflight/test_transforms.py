"""Each mistake in a transform is named with its place and what to do; what Azure takes is not."""

import os

import pytest

from controller.reconcile.preflight import supported
from controller.reconcile.preflight.findings import Finding, Severity
from tests.kusto import needs_service
from tests.reconcile.preflight.connectors import FIELD, checked, flowing

NOW = "TimeGenerated = now()"


@pytest.fixture(autouse=True)
def service() -> None:
    needs_service(os.environ)


def findings(transform: str | None) -> tuple[Finding, ...]:
    return checked(flowing(transform)).findings


@pytest.mark.parametrize(
    "transform",
    [
        f"source | project {NOW}, Text = ts",
        f"source\n| project {NOW}, Text = ts\n \n\n",
        "source | project TimeGenerated = iif(isnull(['time']), now(), ['time'])",
        "source | project TimeGenerated = datetime(1970-01-01) + n * 1ms, Text = ts",
        f"source | where ts has 'join' and not(b) | project {NOW}, Text = strcat(ts, '| take')",
        f"source | project {NOW}, Text = tostring(d.a.b), Ratio = toreal(d['x'][0])",
        f"source | project {NOW}, Text = ['Patch-Id'] // join\n",
        f'source | project {NOW}, Text = @"\\d"',
        f"source | project {NOW}, Text = iff(b, 'a', case(n > 1, 'b', 'c')), Uid = toguid(ts)",
        f"source | parse ts with 'a' X:long 'b' Text | project {NOW}, Text",
        f"let most = 5; source | where n < most | project {NOW}, Text = ts",
        f"let rows = source | where b; rows | project {NOW}, Text = ts",
        f"let low = (s: string) {{ tolower(s) }}; source | project {NOW}, Text = low(ts)",
        f"print {NOW}",
        f"source | project {NOW}, Text = tostring(parse_cef_dictionary(ts).Extension)",
        f"source | project {NOW}, Text = tostring(geo_location(ts).Country)",
        f"source | project {NOW}, Text = columnifexists('ts', '')",
        f"source | project {NOW}, Text = hash_sha256(base64_encodestring(ts))",
        f"source | where ts matches regex 'a' or ts !in ('a') | project {NOW}",
        f"source | project-away ['time'], n, i, b, d, ts, ['Patch-Id'] | extend {NOW}",
        f"source | project-rename Text = ts | project {NOW}, Text",
        f"source | project {NOW}, total = 1 | project-away total",
        f"source | project {NOW}, Count = int(1), Text = tostring(todynamic(ts))",
    ],
)
def test_what_azure_takes_is_silent(transform: str) -> None:
    assert findings(transform) == ()


@pytest.mark.parametrize(
    ("transform", "at", "words"),
    [
        ("source | extend Text = ", (1, 23), "Missing expression: correct the KQL"),
        ("source\n| extend X = Nope", (2, 14), "Nope is no column here: declare it in the"),
        ("source | extend X = TS", (1, 21), "TS is no column here: write ts, which the stream"),
        ("source | extend X = Time", (1, 21), "write ['time'], which"),
        ("source | extend X = tuguid(ts)", (1, 21), "does not refer to any known function"),
        ("source | where ts > 5", (1, 19), ""),
        ("SecurityEvent | project Text = 1", (1, 1), "does not refer to any known table"),
        (" ", (1, 2), "selects nothing: begin with source"),
        ("// only a comment", (1, 18), "selects nothing: begin with source"),
        ("source | extend d2 = dynamic({'a': 1})", (1, 22), "write parse_json('{…}')"),
        ("source | extend x = column_ifexists('a', '')", (1, 21), "it is called columnifexists"),
        ("source | extend t = ingestion_time()", (1, 21), "use now()"),
        ("externaldata (x: string) ['http://x']", (1, 1), "externaldata does not work in a"),
        (
            "source | parse ts with " + " ' ' ".join(f"c{i}:string" for i in range(11)),
            (1, 10),
            "parse makes 11 columns, Azure takes 10 a statement: split it",
        ),
    ],
)
def test_what_azure_refuses_is_an_error_at_its_place(
    transform: str, at: tuple[int, int], words: str
) -> None:
    first, *_ = (found for found in findings(transform) if found.severity is Severity.ERROR)
    assert words in first.message
    assert (first.field, (first.line, first.column)) == (FIELD, at)


USES = {
    "join": "join (source) on n",
    "lookup": "lookup (source) on n",
    "union": "union (source)",
    "mv-expand": "mv-expand d",
    "mv-apply": "mv-apply d on (take 1)",
    "take": "take 1",
    "limit": "limit 1",
    "top": "top 1 by n",
    "top-nested": "top-nested 1 of ts by max(n)",
    "top-hitters": "top-hitters 1 of ts",
    "sort": "sort by n",
    "order": "order by n",
    "distinct": "distinct n",
    "make-series": "make-series max(n) on ['time'] step 1d",
    "evaluate": "evaluate bag_unpack(d)",
    "invoke": "invoke f()",
    "render": "render table",
    "search": "search 'a'",
    "parse-where": "parse-where ts with 'a' x",
    "parse-kv": "parse-kv ts as (x: string)",
    "project-keep": "project-keep n",
    "project-reorder": "project-reorder n",
    "sample": "sample 1",
    "sample-distinct": "sample-distinct 1 of n",
    "as": "as X",
    "facet": "facet by ts",
    "fork": "fork (take 1)",
    "partition": "partition by n (take 1)",
    "scan": "scan with (step s: true;)",
    "reduce": "reduce by ts",
    "summarize": "summarize count() by ts",
    "make-graph": "make-graph ts --> ts",
}
ALONE = {"count", "serialize", "getschema", "consume"}
ELSEWHERE = {"find", "externaldata", "range", "graph-match", "macro-expand"}
"""they do not come after a |, or only after another refused one"""


def test_every_refused_operator_has_its_case() -> None:
    assert {*USES, *ALONE, *ELSEWHERE} == supported.REFUSED_OPERATORS


@pytest.mark.parametrize("operator", sorted({*USES, *ALONE}))
def test_an_operator_over_several_events_is_an_error_that_names_it(operator: str) -> None:
    found = findings(f"source\n| extend TimeGenerated = now()\n| {USES.get(operator, operator)}")
    errors = [each for each in found if each.severity is Severity.ERROR]
    assert [(each.line, each.column) for each in errors] == [(3, 3)]
    assert errors[0].message.startswith(f"{operator} does not work in a transform")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("coalesce(ts, 'a')", "two field reports say that Azure refuses it"),
        ("base64_encode_tostring(ts)", "spelled base64_encodestring() in transforms"),
        ("trim('a', ts)", "trim() is not in Microsoft's list"),
        ("tostring(ts has_any ('a'))", "has_any is not in Microsoft's list"),
        ("tostring(ts hasprefix 'a')", "hasprefix is not in Microsoft's list"),
        ("tostring(n between (1 .. 2))", "between is not in Microsoft's list"),
        ("tostring(ts in~ ('a'))", "in~ is not in Microsoft's list"),
        ("tostring(dynamic([1]))", "write parse_json('…')"),
    ],
)
def test_what_microsoft_does_not_list_only_warns(expression: str, words: str) -> None:
    (found,) = findings(f"source | project {NOW}, Text = {expression}")
    assert found.severity is Severity.WARNING
    assert words in found.message


def test_one_mistake_is_told_once() -> None:
    assert len(findings("source | summarize count() by coalesce(ts, 'a') | take 5")) == 2


@pytest.mark.parametrize(
    ("transform", "severity", "words"),
    [
        (
            f"source | project {NOW}, Count = n",
            Severity.ERROR,
            "Count as long, in the table Events_CL",
        ),
        (f"source | project {NOW}, Text = d", Severity.ERROR, "write Text = tostring(Text)"),
        (f"source | project {NOW}, Uid = ts", Severity.ERROR, "write Uid = toguid(Uid)"),
        (f"source | project {NOW}, Ratio = 1d", Severity.ERROR, "Ratio as timespan"),
        ("source | project TimeGenerated = ts", Severity.ERROR, "= todatetime(TimeGenerated)"),
        (f"source | project {NOW}, Ratio = n", Severity.WARNING, "Ratio as long"),
        (f"source | project {NOW}, Ratio = i", Severity.WARNING, "Ratio as int"),
        ("source | project Text = ts", Severity.WARNING, "gives no TimeGenerated"),
        (f"source | project {NOW}, text = ts", Severity.WARNING, "gives text, which the table"),
    ],
)
def test_the_output_is_held_against_the_table(
    transform: str, severity: Severity, words: str
) -> None:
    (found,) = findings(transform)
    assert (found.field, found.severity) == (FIELD, severity)
    assert words in found.message


def test_lost_columns_are_one_warning_that_shows_five() -> None:
    (found,) = findings("source | extend TimeGenerated = now()")
    assert "gives ts, time, n, i, b and 2 more, which the table Events_CL lacks" in found.message


def test_a_flow_without_transform_is_compared_too() -> None:
    found = checked(flowing(None)).findings
    assert {each.message.split(":")[0] for each in found} == {
        "gives no TimeGenerated",
        "gives ts, time, n, i, b and 2 more, which the table Events_CL lacks, so Azure drops them",
    }
