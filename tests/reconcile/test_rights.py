"""Whose rights act for an object: by the grant of its namespace and the Secret it names, alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.config import Grant, Who
from controller.model.connector import Connector
from controller.reconcile.loop import Reconciler
from controller.reconcile.pace import Pace
from controller.reconcile.reach import Reach, granted
from controller.reconcile.rights import Edge, Memories, Rights, Secret
from tests.reconcile.fakes import Azure, Clock
from tests.reconcile.samples import connector

EVERYWHERE = ("/",)
GRANTS = {
    "soc": Grant(EVERYWHERE, Who.SECRET),
    "other": Grant(EVERYWHERE, Who.SECRET),
    "ours": Grant(EVERYWHERE),
}


class Bank:
    """Azure as each identity sees it: a fake of its own for each, made when it is asked for."""

    def __init__(self) -> None:
        self.own = Azure()
        self.lent: dict[Secret, Azure] = {}
        self.clock = Clock()
        self.memories: Memories = {}
        own = Edge(self.own.ports, self.own.logs)
        self.rights = Rights(own, self.lend, self.begin, self.reaches)

    async def lend(self, secret: Secret) -> Edge:
        assert secret not in self.lent, "opened twice"
        azure = self.lent[secret] = Azure()
        return Edge(azure.ports, azure.logs)

    def begin(self, edge: Edge, memories: Memories) -> Reconciler:
        self.memories = memories
        pace = Pace(jitter=lambda: 0.0)
        return Reconciler(edge.ports, edge.logs, "demo", self.clock, pace, memories=memories)

    def reaches(self, namespace: str) -> Reach:
        return granted(namespace, GRANTS[namespace])

    async def run(self, held: Connector) -> str:
        """One reconcile; the reason of Ready."""

        async def report(*_: Any, **__: Any) -> None:
            return

        outcome = await self.rights(held, (), report)
        conditions = (outcome.status or {}).get("conditions", ())
        return next((str(one["reason"]) for one in conditions if one["type"] == "Ready"), "")

    def called(self) -> list[Azure]:
        return [azure for azure in (self.own, *self.lent.values()) if azure.arm.calls]


def held(namespace: str, ref: Any = None, **changed: Any) -> Connector:
    found = connector()
    spec: Mapping[str, Any] = found.spec if ref is None else {**found.spec, "credentialsRef": ref}
    return replace(found, namespace=namespace, uid=f"{namespace}-{ref}", spec=spec, **changed)


AZURE = {"name": "azure"}


async def test_the_operators_own_identity_where_it_is_granted() -> None:
    bank = Bank()
    assert await bank.run(held("ours")) == "Provisioned"
    assert bank.called() == [bank.own]


async def test_a_secret_is_that_of_the_objects_namespace() -> None:
    bank = Bank()
    for namespace in ("soc", "other"):
        assert await bank.run(held(namespace, AZURE)) == "Provisioned"

    assert list(bank.lent) == [Secret("soc", "azure"), Secret("other", "azure")]
    assert bank.called() == list(bank.lent.values())


async def test_objects_that_name_the_same_secret_share_what_it_opens() -> None:
    bank = Bank()
    for uid in "ab":
        await bank.run(replace(held("soc", AZURE), uid=uid))

    assert list(bank.lent) == [Secret("soc", "azure")]


@pytest.mark.parametrize(
    ("namespace", "ref", "reason"),
    [
        ("soc", None, "NotAllowed"),
        ("ours", AZURE, "NotAllowed"),
        ("soc", {"name": "../kube-system"}, "InvalidSpec"),
        ("soc", {"name": ""}, "InvalidSpec"),
        ("soc", "azure", "InvalidSpec"),
        ("ours", {}, "InvalidSpec"),
    ],
)
async def test_what_is_not_granted_calls_nobody(namespace: str, ref: Any, *, reason: str) -> None:
    bank = Bank()

    assert await bank.run(held(namespace, ref)) == reason

    assert bank.lent == {}
    assert bank.called() == []


async def test_a_deletion_has_rights_that_outlive_the_secret() -> None:
    bank = Bank()
    await bank.run(held("soc", AZURE, deleting=True, finalizers=("sentinel.contoso.com/cleanup",)))

    assert list(bank.lent) == [Secret("soc", "azure", leaving=True)]


async def test_an_object_is_remembered_through_a_change_of_its_secret_and_then_forgotten() -> None:
    bank = Bank()
    found = held("soc", AZURE)
    await bank.run(found)
    await bank.run(replace(found, spec={**found.spec, "credentialsRef": {"name": "new"}}))
    assert list(bank.memories) == [found.uid]

    bank.rights.forget(found.uid)
    assert bank.memories == {}
