"""What the bench makes of its figures; that they are good is no test's business."""

from datetime import date
from pathlib import Path

import pytest

from controller.emulator.azure import Request
from controller.emulator.azure.entra import Application
from tests.bench import calls, chain, report
from tests.bench.__main__ import DOCUMENT
from tests.bench.converge import LATENCY, PAUSE, section
from tests.bench.report import Row, Section
from tests.bench.scale import connector
from tests.bench.scene import allocator

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
SENTINEL = f"{WORKSPACE}/providers/Microsoft.SecurityInsights"
INSIGHTS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights"
TABLE = f"{WORKSPACE}/tables/Alerts_CL"
ENDPOINT = f"{INSIGHTS}/dataCollectionEndpoints/dce"
RULE = f"{INSIGHTS}/dataCollectionRules/dcr"
ROLES = f"{RULE}/providers/Microsoft.Authorization/roleAssignments"
DEFINITION = f"{SENTINEL}/dataConnectorDefinitions/Push"
POLL = (
    "/subscriptions/s/providers/Microsoft.OperationalInsights/locations/l/operationstatuses/number"
)


def call(method: str, path: str, start: float = 0.0, end: float | None = 1.0) -> Request:
    return Request(1, method, path, "", None, {}, start, end, 200 if end is not None else None)


def test_the_chain_of_the_walk_through_is_the_design_s() -> None:
    needed = chain.seconds(chain.CHAIN, latency=LATENCY, pause=PAUSE)
    assert needed == pytest.approx(4.8)
    assert chain.limit(needed) == pytest.approx(6.28)


def test_a_chain_adds_calls_and_pauses() -> None:
    links = (chain.Link("one", 3), chain.Link("other", 2, pauses=4))
    assert chain.seconds(links, latency=0.5, pause=10) == pytest.approx(42.5)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/tenant/oauth2/v2.0/token", "token"),
        (TABLE, "table Alerts_CL"),
        (ENDPOINT, "endpoint dce"),
        (ROLES, "roles, LIST"),
        (f"{ROLES}/number", "role number"),
        (f"{SENTINEL}/metadata/M", "metadata M"),
        (f"{SENTINEL}/dataConnectors/C", "data connector C"),
        (f"{SENTINEL}/onboardingStates/default", "onboardingStates/default"),
        (WORKSPACE, "workspaces/w"),
        (POLL, "poll of the table's operation"),
        ("/v1/workspaces/number/query", "query"),
    ],
)
def test_a_call_is_named_by_what_it_is_about(path: str, said: str) -> None:
    assert calls.what(call("GET", path)) == said


def test_polls_and_lists_and_writes_are_no_reads_of_a_resource() -> None:
    made = [call("GET", TABLE), call("PUT", TABLE), call("GET", TABLE), call("GET", ROLES)]
    assert calls.reads([*made, call("GET", POLL), call("GET", WORKSPACE)]) == {"table Alerts_CL": 2}


@pytest.mark.parametrize(("start", "found"), [(0.5, True), (1.0, False), (2.0, False)])
def test_two_writes_are_together_when_each_begins_before_the_other_ends(
    start: float, found: bool
) -> None:
    made = [call("PUT", TABLE, 0.0, 1.0), call("PUT", ENDPOINT, start, start + 1)]
    assert calls.together(made, "table", "endpoint") is found
    assert calls.together(made, "endpoint", "table") is found


def test_what_was_never_written_was_not_written_together() -> None:
    assert not calls.together([call("PUT", TABLE)], "table", "endpoint")


def test_a_timeline_has_a_line_a_call_that_fits_100_columns() -> None:
    long = call("GET", f"{WORKSPACE}/tables/{'x' * 200}_CL", 3.0, 4.8)
    open_end = call("PUT", TABLE, 4.8, None)
    lines = calls.timeline([call("POST", "/tenant/oauth2/v2.0/token", 0.0, 0.2), long, open_end])
    assert [len(line) <= 100 for line in lines] == [True] * 3
    assert lines[0].startswith(" 0.00  0.20  200 POST  token")
    assert lines[2].startswith(" 4.80  4.80    - PUT   table Alerts_CL")


def made() -> list[Request]:
    """A small convergence that meets every claim, five seconds long."""
    return [
        call("GET", TABLE, 0.0, 0.2),
        call("PUT", TABLE, 0.2, 0.4),
        call("PUT", ENDPOINT, 0.3, 0.5),
        call("PUT", f"{ROLES}/number", 4.0, 4.9),
        call("PUT", DEFINITION, 4.5, 5.0),
    ]


def test_a_convergence_within_its_limits_is_good() -> None:
    assert section("Kubernetes", 5.5, made()).good


def test_a_convergence_over_its_limit_is_not() -> None:
    assert not section("Kubernetes", 6.3, made()).good


def test_a_third_read_of_one_resource_is_not_good() -> None:
    assert not section("Kubernetes", 5.5, [*made(), call("GET", TABLE), call("GET", TABLE)]).good


def test_figures_become_a_table_with_machine_command_and_date() -> None:
    part = Section("Speed", (Row("fast", "1 s", "≤ 2 s", True), Row("size", "3")), ("line",))
    text = report.markdown([part], machine="2 cores", command="make bench", day=date(2026, 11, 24))
    assert text.splitlines() == [
        "Measured on 2026-11-24 with `make bench`:",
        "2 cores.",
        "",
        "### Speed",
        "",
        "| what | measured | target | met |",
        "|---|---|---|---|",
        "| fast | 1 s | ≤ 2 s | yes |",
        "| size | 3 |  |  |",
        "",
        "```text",
        "line",
        "```",
    ]


def test_only_what_is_between_the_markers_is_replaced() -> None:
    document = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    again = report.replaced(report.replaced(document, "new"), "newer")
    assert again == f"before\n{report.BEGIN}\n\nnewer\n\n{report.END}\nafter\n"


def test_a_document_without_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        report.replaced("text", "new")


def test_our_document_has_the_markers() -> None:
    assert "new" in report.replaced(DOCUMENT.read_text("utf-8"), "new")


def test_the_machine_is_named_by_its_processor(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nmodel name : Some CPU @ 2 GHz\n", "utf-8")
    assert report.machine(2, info).startswith("2 cores, Some CPU @ 2 GHz, ")
    assert "processor unknown" in report.machine(2, tmp_path / "absent")


def test_no_two_connectors_of_the_crowd_share_more_than_the_endpoint() -> None:
    push = Application("t", "app", "principal")
    one, other = (connector(number, push, 60)["spec"] for number in (0, 10))
    assert one["workspace"] == other["workspace"]
    assert "endpoint" not in one
    for part in ("tables", "rule", "dataConnectors"):
        assert one[part] != other[part]
    assert one["definition"]["name"] != other["definition"]["name"]
    assert one["definition"]["metadata"]["source"] != other["definition"]["metadata"]["source"]


def test_what_is_measured_holds_memory_as_the_image_does() -> None:
    """An operator whose memory is left to glibc's defaults needs some 10 MiB more."""
    assert set(allocator()) == {"MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_"}
