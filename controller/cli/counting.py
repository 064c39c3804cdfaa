"""How many events the tables of some objects got lately: asked of Log Analytics, as whoever calls.

The operator does not keep them in the status, since they fall without any new event.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from controller.cli.edges import Edges, azure
from controller.cli.walks import settings_of
from controller.config import Settings, SettingsError
from controller.model.connector import Connector
from controller.model.derived import Derived, derive
from controller.model.errors import Fault, SpecError
from controller.model.facts import Key
from controller.model.reasons import Reason
from controller.model.spec import parse
from controller.reconcile.connectivity.collector import Collector
from controller.reconcile.connectivity.criteria import counts_only
from controller.reconcile.connectivity.judgement import Counts


@dataclass(frozen=True, slots=True)
class Counted:
    """By object, as far as they are known; `missing` says once each why others are not."""

    counts: Mapping[Key, Counts] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


async def count(connectors: Sequence[Connector], environ: Mapping[str, str]) -> Counted:
    """One call a workspace as a rule; never fails."""
    try:
        settings = settings_of(environ)
        async with azure(settings, environ) as edges:
            asked = Collector(edges.logs, lambda: datetime.now(UTC))
            answers = await asyncio.gather(
                *(_counts(each, settings, edges, asked) for each in connectors)
            )
    except (SettingsError, Fault) as error:
        return Counted(missing=(str(error),))
    told = dict(zip((each.key for each in connectors), answers, strict=True))
    return Counted(
        {key: counts for key, counts in told.items() if isinstance(counts, Counts)},
        tuple(dict.fromkeys(said for said in answers if isinstance(said, str))),
    )


async def _counts(
    connector: Connector, settings: Settings, edges: Edges, collector: Collector
) -> Counts | str | None:
    """None: there is nothing that could be counted for free; a text: why it is not known."""
    try:
        derived = _derived(connector, settings)
        place = derived.spec.workspace
        workspace = await edges.ports.inventory.workspace(
            place.subscription_id, place.resource_group, place.name
        )
    except SpecError:
        return None  # its own condition says it
    except Fault as fault:
        return fault.message
    asked = counts_only(workspace.customer_id, derived)
    if not asked.counts:
        return None
    found = (await collector.ask(asked, None)).connectivity
    if found.counts is not None or found.verdict.reason is Reason.TABLE_NOT_FOUND:
        return found.counts  # a table that is not made yet is no trouble of counting
    return f"{connector.namespace}/{connector.name}: {found.verdict.message}"


def _derived(connector: Connector, settings: Settings) -> Derived:
    namespace, name = connector.key
    return derive(
        parse(connector.spec), namespace=namespace, name=name, installation=settings.installation
    )
