"""The identity of a Secret: what its keys say, how long that counts, and whose tokens are whose."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from controller.azure.clouds import PUBLIC
from controller.azure.identities import Identity, Method, held
from controller.azure.lent import FRESH, Lent
from controller.model.errors import Fault, Stalled, Transient, Waiting
from controller.model.reasons import Reason

DATA = {
    "AZURE_TENANT_ID": b"tenant\n",
    "AZURE_CLIENT_ID": b" client",
    "AZURE_CLIENT_SECRET": b"hush\n",
}
CERTIFICATE = {"AZURE_CLIENT_CERTIFICATE": b"\x30\x82", "AZURE_CLIENT_SECRET": b""}


def test_a_line_break_of_an_editor_is_no_part_of_a_secret() -> None:
    assert held(DATA, "soc/azure") == Identity(
        Method.CLIENT_SECRET,
        tenant_id="tenant",
        client_id="client",
        client_secret="hush",
        secret="soc/azure",
    )


def test_a_certificate_is_taken_as_it_is_since_it_may_be_no_text() -> None:
    found = held({**DATA, **CERTIFICATE}, "soc/azure")

    assert found.method is Method.CLIENT_CERTIFICATE
    assert found.certificate == b"\x30\x82"
    assert found.client_secret == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"AZURE_TENANT_ID": b""}, "lacks AZURE_TENANT_ID: add"),
        ({"AZURE_CLIENT_ID": b""}, "lacks AZURE_CLIENT_ID: add"),
        (
            {"AZURE_CLIENT_SECRET": b""},
            "lacks AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE: add",
        ),
        (dict.fromkeys(DATA, b""), "AZURE_TENANT_ID and AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"),
    ],
)
def test_what_a_secret_lacks_is_waited_for_by_its_keys(
    changed: Mapping[str, bytes], said: str
) -> None:
    with pytest.raises(Waiting, match=said) as caught:
        held({**DATA, **changed}, "soc/azure")

    assert caught.value.reason is Reason.WAITING_FOR_SECRET
    assert "soc/azure" in caught.value.message


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"AZURE_CLIENT_CERTIFICATE": b"-----"}, "holds AZURE_CLIENT_SECRET and AZURE_CLIENT_CERT"),
        ({"AZURE_CLIENT_SECRET": b"\xff\xfe"}, "holds what is no text"),
    ],
)
def test_what_a_secret_should_not_hold_is_to_be_corrected(
    changed: Mapping[str, bytes], said: str
) -> None:
    with pytest.raises(Stalled, match=said) as caught:
        held({**DATA, **changed}, "soc/azure")

    assert caught.value.reason is Reason.CREDENTIALS_INVALID
    assert "hush" not in caught.value.message


def test_an_identity_of_a_secret_does_not_show_it() -> None:
    assert "hush" not in repr(held(DATA, "soc/azure"))
    assert "0x82" not in repr(held({**DATA, **CERTIFICATE}, "soc/azure"))


class Cluster:
    """Holds one Secret, or fails; counts how often it is read."""

    def __init__(self) -> None:
        self.data: Mapping[str, bytes] = DATA
        self.fault: Fault | None = None
        self.read = 0
        self.time = 0.0
        self.lent = Lent(self._read, ("soc", "azure"), PUBLIC, clock=lambda: self.time)

    async def _read(self, namespace: str, name: str) -> Mapping[str, bytes]:
        assert (namespace, name) == ("soc", "azure")
        self.read += 1
        if self.fault is not None:
            raise self.fault
        return self.data


GONE = Waiting(Reason.WAITING_FOR_SECRET, "gone")
SILENT = Transient(Reason.WAITING_FOR_SECRET, "no answer")


async def test_a_secret_is_read_once_for_all_calls_of_a_while() -> None:
    cluster = Cluster()
    first = await cluster.lent.now()
    cluster.time = FRESH - 1

    assert await cluster.lent.now() is first
    assert cluster.read == 1


async def test_the_same_secret_is_the_same_identity_and_a_changed_one_another() -> None:
    cluster = Cluster()
    first = await cluster.lent.now()
    cluster.time += FRESH
    assert await cluster.lent.now() is first

    cluster.data = {**DATA, "AZURE_CLIENT_SECRET": b"new"}
    cluster.time += FRESH
    assert await cluster.lent.now() is not first


async def test_an_api_server_that_is_silent_takes_nobodys_rights_away() -> None:
    cluster = Cluster()
    first = await cluster.lent.now()
    cluster.fault = SILENT
    cluster.time += FRESH

    assert await cluster.lent.now() is first


@pytest.mark.parametrize("fault", [GONE, SILENT])
async def test_without_a_first_reading_there_is_nobody(fault: Fault) -> None:
    cluster = Cluster()
    cluster.fault = fault

    with pytest.raises(type(fault)):
        await cluster.lent.now()
    with pytest.raises(type(fault)):
        await cluster.lent.last()


async def test_a_secret_that_has_gone_counts_for_deletions_alone() -> None:
    cluster = Cluster()
    first = await cluster.lent.now()
    cluster.fault = GONE
    cluster.time += FRESH

    with pytest.raises(Waiting):
        await cluster.lent.now()
    assert await cluster.lent.last() is first
