"""An existing application is named by its ids; there is nothing to read or write."""

from controller.kinds.application import KIND
from tests.kinds.samples import APPLICATION, minimal


def test_it_gives_the_ids_of_the_spec_without_a_readback() -> None:
    derived = minimal()
    (resource,) = KIND.resources(derived)

    assert (resource.id, resource.managed) == ("", False)
    assert KIND.provides(derived, resource, {}) == {
        "application.appId": APPLICATION["existing"]["appId"],
        "application.servicePrincipalId": APPLICATION["existing"]["servicePrincipalId"],
    }
