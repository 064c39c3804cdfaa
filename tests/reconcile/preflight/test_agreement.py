"""The preflight against the emulator's PUT of a rule, which shares no code with it.

What the emulator cannot tell is listed: its engine neither types nor knows all that Azure does.
"""

import os
from datetime import UTC, datetime

import pytest

from controller.emulator.azure.logs import Logs
from controller.reconcile.preflight.findings import Severity
from tests.emulator.azure import test_transforms as emulator_cases
from tests.kusto import needs_service
from tests.reconcile.preflight.connectors import STREAM, TABLE, checked, flowing

MORE = [
    "source | project Text = n",
    "source | project TimeGenerated = 1",
    "source | project Ratio = n",
    "source | project Count = toint(n), Uid = toguid(ts)",
    "source | extend Uid = ts",
    "source | serialize",
    "source | where ts has_any ('a')",
    "let a = 1; let b = source | where n > a; b",
    "range x from 1 to 2 step 1",
    "source | extend x = workspace('a')",
    "source | extend Text = Patch-Id",
]
ONLY_THE_CHECKER_KNOWS = {"source | extend g = geo_location(ts)"}
"""Azure has these functions; the emulator's engine has not, and says so at the PUT"""
ONLY_DUCKDB_MINDS = {"source | extend Ts = ts"}
"""names that differ only in case are two to Azure, one to the emulator's engine"""


def transforms() -> list[str]:
    """The emulator's own cases, and more."""
    cases = [
        mark.args[1]
        for test in (
            emulator_cases.test_a_supported_transform_is_accepted,
            emulator_cases.test_what_a_transform_may_not_contain_is_refused_by_name,
        )
        for mark in test.pytestmark  # type: ignore[union-attr]  # pytest sets it
    ]
    texts = [case[0] if isinstance(case, tuple) else case for each in cases for case in each]
    return [text for text in texts if text is not None] + MORE


@pytest.fixture(scope="module")
def logs() -> Logs:
    needs_service(os.environ)
    return Logs(lambda: datetime(2026, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize("transform", transforms())
def test_both_refuse_the_same_transforms(logs: Logs, transform: str) -> None:
    refused = logs.check_transform(STREAM, transform, TABLE)
    found = checked(flowing(transform)).findings
    errors = [str(finding) for finding in found if finding.severity is Severity.ERROR]
    if transform in ONLY_THE_CHECKER_KNOWS | ONLY_DUCKDB_MINDS:
        assert (refused is not None, errors) == (True, [])
    else:
        assert (refused is not None) == bool(errors), (refused, errors)
