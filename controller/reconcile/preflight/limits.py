"""Azure's documented limits and names, as data, against tables, rule and definition.

They move, so they are here and not in the schema.
"""

import re
from collections.abc import Iterator

from controller.model.columns import TIME_GENERATED, canonical
from controller.model.derived import Derived
from controller.model.spec import Column, Table
from controller.reconcile.preflight.findings import Finding, error, warning
from controller.reconcile.preflight.supported import MOST_CHARACTERS

# azure-monitor-limits-data-collection-rules (Azure Monitor documentation, fundamentals)
MOST_FLOWS = 10
MOST_STREAMS = 10
# azure-monitor-limits-workspaces (the same)
MOST_COLUMNS = 500
# create-custom-table, logs-ingestion-api-overview: names of a custom table's columns
COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,44}", re.ASCII)
RESERVED = frozenset(
    {
        *("id", "BilledSize", "IsBillable", "InvalidTimeGenerated", "TenantId", "Title", "Type"),
        *("UniqueId", "_ItemId", "_ResourceGroup", "_ResourceId", "_SubscriptionId"),
        "_TimeReceived",
    }
)
# OpenAPI 2025-07-01 of workspaces/tables
INTERACTIVE_DAYS = range(4, 731)
TOTAL_DAYS = range(4, 4384)
# OpenAPI 2025-09-01 of dataConnectorDefinitions
DEFINITION_NAME = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def limits(derived: Derived) -> Iterator[Finding]:
    """Everything that can be counted and matched without knowing KQL."""
    for place, table in enumerate(derived.tables):
        yield from _table(f"spec.tables[{place}]", derived.spec.tables[place], table)
    yield from _rule(derived)
    yield from _streams(derived)
    if not DEFINITION_NAME.fullmatch(derived.definition_name):
        yield error(
            "spec.definition.name",
            f"{derived.definition_name} may hold letters, digits, - and _ only: choose another",
        )


def _table(field: str, given: Table, table: Table) -> Iterator[Finding]:
    if len(table.columns) > MOST_COLUMNS:
        yield error(
            f"{field}.columns",
            f"{len(table.columns)} with {TIME_GENERATED}, a table has at most {MOST_COLUMNS}: "
            "put rarely used ones into one dynamic column",
        )
    for place, column in enumerate(given.columns):
        yield from _column(f"{field}.columns[{place}].name", column)
    yield from _days(f"{field}.retentionInDays", table.retention_in_days, INTERACTIVE_DAYS)
    yield from _days(f"{field}.totalRetentionInDays", table.total_retention_in_days, TOTAL_DAYS)
    if table.plan in ("Basic", "Auxiliary") and table.retention_in_days is not None:
        yield warning(
            f"{field}.retentionInDays",
            f"Azure sets it by itself for a table of plan {table.plan}: leave it out",
        )


def _column(field: str, column: Column) -> Iterator[Finding]:
    if column.name in RESERVED:
        yield error(field, f"{column.name} is a column of Azure's own: choose another name")
    elif not COLUMN_NAME.fullmatch(column.name):
        yield error(
            field,
            f"{column.name} is no name for a table's column: 2 to 45 letters, digits and _, "
            "beginning with a letter (a stream's column may be called so: rename it in the "
            "transform)",
        )


def _days(field: str, days: int | None, legal: range) -> Iterator[Finding]:
    if days is not None and days != -1 and days not in legal:
        yield warning(
            field,
            f"{days} is outside of what Azure documents: -1 or {legal.start} to {legal.stop - 1}",
        )


def _rule(derived: Derived) -> Iterator[Finding]:
    flows, streams = len(derived.flows), len(derived.streams)
    if flows > MOST_FLOWS:
        said = f"{flows} data flows, a rule has at most {MOST_FLOWS}: use a second connector"
        yield error("spec.rule.flows", said)
    if streams > MOST_STREAMS:
        said = f"{streams} streams, a rule has at most {MOST_STREAMS}: use a second connector"
        yield error("spec.rule.streams", said)
    for place, flow in enumerate(derived.flows):
        length = len(flow.transform or "")
        if length > MOST_CHARACTERS:
            yield error(
                f"spec.rule.flows[{place}].transformKql",
                f"{length} characters, Azure takes {MOST_CHARACTERS}: shorten it, or split the "
                "flow in two with a where each",
            )


def _streams(derived: Derived) -> Iterator[Finding]:
    rule = derived.spec.rule
    used = {flow.stream for flow in derived.flows}
    for place, stream in enumerate((rule and rule.streams) or ()):
        field = f"spec.rule.streams[{place}]"
        for index, column in enumerate(stream.columns):
            if canonical(column.type) == "guid":
                yield warning(
                    f"{field}.columns[{index}].type",
                    f"a stream has no guid, {column.name} is sent as string: declare string, and "
                    "make a guid of it with toguid() in the transform",
                )
        if stream.name not in used:
            yield warning(
                f"{field}.name",
                f"no flow takes {stream.name}, so that its events are dropped: add a flow to "
                "spec.rule.flows, or leave the stream out",
            )
    for place, push in enumerate(derived.pushes):
        if push.stream not in used and push.stream not in dict(derived.streams):
            yield warning(
                f"spec.dataConnectors[{place}].stream",
                f"no flow takes {push.stream}: name one of {', '.join(sorted(used))}",
            )
