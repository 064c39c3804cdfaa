"""What the definition's own criteria say about the data that arrived."""

from datetime import UTC, datetime
from typing import Any

import pytest

from controller.model.errors import Stalled, Throttled
from controller.model.reasons import Reason
from controller.model.resource import KindName, QueryError, Refs, Resource, Rows, Workspace
from controller.reconcile.connectivity.collector import Collector
from controller.reconcile.connectivity.criteria import Criterion, Questions, questions
from controller.reconcile.connectivity.judgement import Connectivity, silent
from controller.reconcile.plan import Action, Plan, Step
from tests.reconcile.fakes import Clock, Logs, rows
from tests.reconcile.samples import derived

PLACE = Workspace("/subscriptions/s", "francecentral", "customer", "tenant")
YES, NO, NONE = rows("IsConnected", True), rows("IsConnected", False), Rows(("IsConnected",), ())
BROKEN = QueryError("Syntax.")
THROTTLED = Throttled(Reason.THROTTLED, "Azure asks to come back later.")


def asked(*criteria: Criterion, **changed: Any) -> Questions:
    values = {
        "customer_id": "customer",
        "criteria": criteria,
        "match_some": False,
        "last_received": (),
        "has_connector": True,
        "billed_tables": (),
        **changed,
    }
    return Questions(**values)


def query(*queries: str) -> Criterion:
    return Criterion("IsConnectedQuery", queries)


async def ask(questions: Questions, logs: Logs) -> Connectivity:
    return (await Collector(logs, Clock()).ask(questions, None)).connectivity


async def answered(questions: Questions, **replies: Any) -> Connectivity:
    return await ask(questions, Logs(replies))


async def said(questions: Questions, **replies: Any) -> str:
    verdict = (await answered(questions, **replies)).verdict
    return f"{verdict.status}/{verdict.reason}"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (YES, "True/Connected"),
        (rows("IsConnected", 1), "True/Connected"),
        (rows("IsConnected", "true"), "True/Connected"),
        (NO, "False/NoData"),
        (NONE, "False/NoData"),
        (rows("IsConnected", None), "False/NoData"),
        (rows("IsConnected", False, True), "False/NoData"),
        (rows("Count", 0), "True/Connected"),
        (Rows(("Count",), ()), "False/NoData"),
        (QueryError("Failed to resolve A.", missing=True), "Unknown/TableNotFound"),
        (QueryError("Syntax."), "Unknown/QueryFailed"),
        (THROTTLED, "Unknown/Throttled"),
        (Stalled(Reason.ACCESS_DENIED, "No right."), "Unknown/AccessDenied"),
    ],
)
async def test_what_one_query_says(reply: Any, expected: str) -> None:
    assert await said(asked(query("A")), A=reply) == expected


async def test_any_query_of_a_criterion_meets_it() -> None:
    criterion = query("A", "B", "C")
    assert await said(asked(criterion), A=NO, B=BROKEN, C=YES) == "True/Connected"
    assert await said(asked(criterion), A=NO, B=BROKEN, C=NO) == "Unknown/QueryFailed"


async def test_criteria_are_joined_by_and() -> None:
    both = asked(query("A"), query("B"))
    assert await said(both, A=YES, B=YES) == "True/Connected"
    assert await said(both, A=BROKEN, B=NO) == "False/NoData"
    assert await said(both, A=YES, B=BROKEN) == "Unknown/QueryFailed"


async def test_criteria_that_match_some_are_joined_by_or() -> None:
    either = asked(query("A"), query("B"), match_some=True)
    assert await said(either, A=BROKEN, B=YES) == "True/Connected"
    assert await said(either, A=NO, B=NO) == "False/NoData"


@pytest.mark.parametrize(
    ("has_connector", "expected"),
    [(True, "True/Connected"), (False, "False/Inactive"), (None, "Unknown/Pending")],
)
async def test_a_definition_may_ask_for_its_connector_alone(
    has_connector: bool | None, expected: str
) -> None:
    criterion = Criterion("hasDataConnectors", ())
    assert await said(asked(criterion, has_connector=has_connector)) == expected


async def test_a_missing_connector_is_not_told_as_a_silent_source() -> None:
    questions = asked(Criterion("HasDataConnectors", ()), has_connector=False, last_received=("L",))
    assert await said(questions, L=rows("Time", "2026-11-24T11:00:00Z")) == "False/Inactive"


async def test_without_criteria_nothing_is_known() -> None:
    assert await said(asked()) == "Unknown/NoCriteria"
    assert await said(asked(Criterion("IsConnectedQuery", ()))) == "Unknown/NoCriteria"


async def test_the_newest_event_is_the_newest_answer() -> None:
    questions = asked(query("A"), last_received=("L1", "L2", "L3", "L4", "L5"))
    found = await answered(
        questions,
        A=YES,
        L1=rows("Time", "2026-11-24T11:00:00.1234567Z"),
        L2=rows("Time", "2026-11-24T11:30:00"),
        L3=THROTTLED,
        L4=rows("Time", None),
        L5=Rows(("Count", "Time"), ((20261231, "2026-11-24T10:00:00Z"),)),
    )
    assert found.last_received == datetime(2026, 11, 24, 11, 30, tzinfo=UTC)


async def test_a_source_that_fell_silent_is_not_one_that_never_sent() -> None:
    verdict = (await answered(asked(query("A")), A=NO)).verdict
    assert silent(verdict, None) == verdict
    told = silent(verdict, "2026-11-01T11:00:00Z")
    assert (told.status, told.reason) == ("False", Reason.NO_RECENT_DATA)
    assert "2026-11-01T11:00:00Z" in told.message


async def test_what_is_connected_is_not_silent() -> None:
    verdict = (await answered(asked(query("A")), A=YES)).verdict
    assert silent(verdict, "2026-11-01T11:00:00Z") == verdict


@pytest.mark.parametrize("reply", [YES, NO])
async def test_the_message_does_not_move_with_every_event(reply: Rows) -> None:
    """A status that differs is written: with data arriving that was each five minutes."""
    questions = asked(query("A"), last_received=("L",))
    first = await answered(questions, A=reply, L=rows("Time", "2026-11-24T11:00:00Z"))
    later = await answered(questions, A=reply, L=rows("Time", "2026-11-24T11:05:00Z"))
    assert first.verdict == later.verdict


async def test_each_query_is_run_once() -> None:
    logs = Logs({"A": YES})
    await ask(asked(query("A"), query("A", "B"), last_received=("B",)), logs)
    assert sorted(logs.asked) == ["A", "B"]


async def test_queries_of_a_billed_table_are_not_run() -> None:
    logs = Logs()
    questions = asked(query("Cheap_CL | take 1"), billed_tables=("Cheap_CL",))
    assert (await ask(questions, logs)).verdict.reason is Reason.QUERY_BILLED
    assert logs.asked == []


async def test_a_table_whose_name_ends_like_a_billed_ones_is_asked() -> None:
    questions = asked(query("NotCheap_CL | take 1"), billed_tables=("Cheap_CL",))
    assert await said(questions, NotCheap=YES) == "True/Connected"


def plan_with(ui: dict[str, Any] | None, *steps: Step) -> Plan:
    """A plan with that card in its definition."""
    desired = None if ui is None else {"properties": {"connectorUiConfig": ui}}
    card = Step(Resource(KindName.DEFINITION, "acme", "/d"), Action.NONE, desired=desired)
    return Plan(PLACE, (card, *steps), Refs())


def taken(ui: dict[str, Any], *steps: Step, **spec: Any) -> Questions:
    found = questions(derived(**spec), plan_with(ui, *steps))
    assert found is not None
    return found


def test_the_questions_are_taken_from_the_card() -> None:
    found = taken(
        {
            "graphQueriesTableName": "Logins_CL",
            "connectivityCriteria": [
                {"type": "IsConnectedQuery", "value": ["{{graphQueriesTableName}} | take 1"]}
            ],
            "dataTypes": [{"name": "x", "lastDataReceivedQuery": "{{graphQueriesTableName}} | b"}],
            "isConnectivityCriteriasMatchSome": True,
        }
    )
    assert found == Questions(
        customer_id="customer",
        criteria=(Criterion("IsConnectedQuery", ("Logins_CL | take 1",)),),
        match_some=True,
        last_received=("Logins_CL | b",),
        has_connector=False,
        own_tables=("Logins_CL",),
    )


@pytest.mark.parametrize(
    "junk", ["text", None, ["text"], [{}], [{"type": "IsConnectedQuery", "value": "text"}], [None]]
)
def test_a_card_of_another_shape_is_for_azure_to_refuse(junk: Any) -> None:
    found = taken({"connectivityCriteria": junk, "dataTypes": junk})
    assert found.queries == ()


def test_there_is_nothing_to_ask_without_a_card() -> None:
    assert questions(derived(), plan_with(None)) is None


@pytest.mark.parametrize(("seconds", "runs"), [(None, False), (600, True)])
def test_billed_tables_are_asked_only_if_the_object_says_how_often(
    seconds: int | None, runs: bool
) -> None:
    tables = [
        {"name": "Logins_CL", "plan": "Basic", "columns": [{"name": "A", "type": "string"}]},
        {"name": "Free_CL", "plan": "Analytics", "columns": [{"name": "A", "type": "string"}]},
    ]
    interval = {} if seconds is None else {"connectivityIntervalSeconds": seconds}
    queries = [{"lastDataReceivedQuery": f"{name} | take 1"} for name in ("Logins_CL", "Free_CL")]
    found = taken({"dataTypes": queries}, tables=tables, **interval)
    assert found.billed == ("Logins_CL | take 1",)
    assert ("Logins_CL | take 1" in found.asked) is runs
    assert "Free_CL | take 1" in found.asked
    assert list(found.counts) == ["Free_CL"]


def connector(readback: Any, **changed: Any) -> Step:
    place = Resource(KindName.DATA_CONNECTOR, "acme", "/c")
    return Step(place, changed.pop("action", Action.NONE), readback=readback, **changed)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (connector({"properties": {}}), True),
        (connector({"properties": {"isActive": True}}), True),
        (connector({"properties": {"isActive": False}}), False),
        (connector(None), False),
        (connector(None, action=Action.FAILED, fault=THROTTLED), None),
    ],
)
def test_a_definition_has_a_connector_that_does_not_read_inactive(
    step: Step, expected: bool | None
) -> None:
    assert taken({}, step).has_connector is expected
