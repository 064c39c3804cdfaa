"""The settings say whom the operator serves, and refuse by name what cannot be meant."""

import json
from typing import Any

import pytest

from controller.config import (
    CREDENTIAL,
    INSTALLATION,
    NAMESPACE,
    NAMESPACES,
    OWN_NAMESPACE,
    Grant,
    Settings,
    SettingsError,
    Who,
    from_environ,
)

SUBSCRIPTION = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"
GROUP = f"{SUBSCRIPTION}/resourceGroups/sentinel-rg"


def settings(namespaces: Any = None) -> Settings:
    text = "" if namespaces is None else json.dumps(namespaces)
    named = {INSTALLATION: "lab", NAMESPACE: "operators", CREDENTIAL: "cli"}
    return from_environ({**named, NAMESPACES: text})


def test_without_namespaces_the_own_one_alone_is_served_with_the_own_identity() -> None:
    found = settings()
    assert found.served == ("operators",)
    assert found.grant("operators") == OWN_NAMESPACE
    assert found.grant("soc") is None


def test_with_namespaces_the_own_one_is_served_only_if_it_is_named() -> None:
    found = settings({"soc": {"scopes": [GROUP]}, "noc": {"scopes": ["/"]}})
    assert found.served == ("noc", "soc")
    assert found.grant("soc") == Grant((GROUP,), Who.OPERATOR)
    assert found.grant("operators") is None


def test_a_named_namespace_wins_over_the_star() -> None:
    star = {"scopes": [SUBSCRIPTION], "identity": "Secret"}
    found = settings({"*": star, "soc": {"scopes": [GROUP]}})
    assert found.served is None
    assert found.grant("soc") == Grant((GROUP,))
    assert found.grant("any") == Grant((SUBSCRIPTION,), Who.SECRET)


@pytest.mark.parametrize(
    ("namespaces", "said"),
    [
        ({}, "leave it out to serve operators alone"),
        (["soc"], "has to be an object of namespaces"),
        ({"Soc": {"scopes": ["/"]}}, "has 'Soc'"),
        ({"soc": ["/"]}, "CONTOSO_NAMESPACES.soc has to be an object"),
        ({"soc": {"scope": ["/"]}}, "CONTOSO_NAMESPACES.soc has to be an object"),
        ({"soc": {}}, "soc.scopes has to be a list"),
        ({"soc": {"scopes": []}}, "soc.scopes has to be a list"),
        ({"soc": {"scopes": "/"}}, "soc.scopes has to be a list"),
        ({"soc": {"scopes": [GROUP + "/"]}}, "soc.scopes has '/subscriptions/"),
        ({"soc": {"scopes": [GROUP + "/providers/x"]}}, "soc.scopes has"),
        ({"soc": {"scopes": [f"{SUBSCRIPTION}/resourceGroups/a/../b"]}}, "soc.scopes has"),
        ({"soc": {"scopes": ["/subscriptions/mine"]}}, "soc.scopes has '/subscriptions/mine'"),
        ({"soc": {"scopes": [7]}}, "soc.scopes has 7"),
        ({"soc": {"scopes": ["/"], "identity": "Me"}}, "soc.identity is 'Me'"),
        ({"soc": {"scopes": ["/"], "identity": []}}, "soc.identity is []"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(namespaces: Any, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(namespaces)
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["soc", "[" * 100_000])
def test_what_is_not_json_is_refused(text: str) -> None:
    named = {INSTALLATION: "lab", NAMESPACE: "operators", CREDENTIAL: "cli"}
    with pytest.raises(SettingsError, match="CONTOSO_NAMESPACES is not JSON"):
        from_environ({**named, NAMESPACES: text})
