"""What Azure answered to what was sent is no drift, and what changes in it is.

Compared are the recordings beside this tree, the exchanges in `exchanges`, which we wrote, and the
examples of the OpenAPI descriptions. `--recordings DIR` takes a folder of exchanges instead.
"""

import json
from pathlib import Path

import pytest

from controller.kinds import KINDS
from controller.model.resource import KindName
from controller.reconcile.diff import changes
from controller.reconcile.kept import drift, kept
from tests.conftest import RECORDINGS
from tests.kinds.places import closed_lists, grown, replaced, values
from tests.kinds.published import published
from tests.kinds.recorded import BESIDE, WRITTEN, Exchange, recordings


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a recorded exchange; without any, one that is skipped and says so."""
    if "exchange" not in metafunc.fixturenames:
        return
    given = metafunc.config.getoption("--recordings")
    found = recordings(Path(given)) if given else recordings(BESIDE, WRITTEN)
    metafunc.config.stash[RECORDINGS] = str(found)
    compared = found.exchanges if given else [*found.exchanges, *published()]
    absent = pytest.mark.skip(reason=f"nothing that can be compared in {given}")
    exchanges = [pytest.param(exchange, id=exchange.name) for exchange in compared]
    metafunc.parametrize("exchange", exchanges or [pytest.param(None, marks=absent)])


def test_an_exchange_is_taken_in_whatever_form_it_was_written() -> None:
    """The file `shapes`: bodies as text, addresses in any spelling, answers that are none."""
    found = recordings(WRITTEN)
    shapes = [each.name for each in found.exchanges if each.name.startswith("shapes#")]

    assert [name.partition(" ")[0] for name in shapes] == [
        f"shapes#{place}" for place in (0, 2, 3, 5, 8, 15, 16)
    ]
    assert found.left_out == {
        "LISTs": 4,
        "refused writes": 3,
        "search tables": 3,
        "writes of types that are no kind of ours": 4,
        "writes without body or readback": 3,
    }


def test_only_keys_that_azure_dropped_differ_and_they_are_told_once(exchange: Exchange) -> None:
    found = changes(exchange.kind, exchange.sent, exchange.read)

    assert [change for change in found if change.actual is not None] == []
    assert drift(found, kept(found)) == ()


def test_one_value_replaced_shows_exactly_its_path(exchange: Exchange) -> None:
    kind, sent, read = exchange.kind, exchange.sent, exchange.read
    known = kept(changes(kind, sent, read))
    found = values(kind, sent, read)
    if not found:
        pytest.skip("nothing that is the kind's to send was sent and answered")

    for place in found:
        for body in replaced(read, place):
            differ = drift(changes(kind, sent, body), known)
            assert [change.path for change in differ] == [place.path]


def test_one_element_more_in_a_closed_list_shows_exactly_its_path(exchange: Exchange) -> None:
    kind, sent, read = exchange.kind, exchange.sent, exchange.read
    known = kept(changes(kind, sent, read))
    for place in closed_lists(kind, sent, read):
        body, path = grown(read, place)
        differ = drift(changes(kind, sent, body), known)
        assert [change.path for change in differ] == [path]


@pytest.mark.skipif(not BESIDE.is_dir(), reason="the recordings are not beside this tree")
def test_a_rule_made_in_the_portal_equals_itself_in_our_words() -> None:
    """The one recorded readback with transforms: another destination name, other line ends."""
    (call,) = json.loads((BESIDE / "dcr_custom_logs_readback.json").read_text())
    answered = call["resource"]
    rule = next(kind for kind in KINDS if kind.name is KindName.RULE)
    ours = json.loads(
        json.dumps(answered)
        .replace(answered["properties"]["destinations"]["logAnalytics"][0]["name"], "clv2ws1")
        .replace("resourcegroups", "resourceGroups")
        .replace("\\n", "\\r\\n")
    )
    del ours["properties"]["destinations"]["logAnalytics"][0]["workspaceId"]

    assert changes(rule, ours, answered) == ()
