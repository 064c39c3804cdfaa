"""Before an uninstall the chart asks whether objects hold the operator's finalizer."""

import argparse

import pytest

from controller.cli.main import module
from tests.chart.helm import CLIENT_SECRET, EVERYTHING, MANAGED_IDENTITY, Json, container, rendered


def hook(values: tuple[str, ...]) -> Json:
    return rendered(values, hooks=True)["Job"]


def asked(job: Json) -> argparse.Namespace:
    """The command as contosoctl reads it."""
    (box,) = job["spec"]["template"]["spec"]["containers"]
    program, command, *words = box["command"]
    parser = argparse.ArgumentParser(program)
    module(command).arguments(parser)
    return parser.parse_args(words)


def test_the_hook_is_the_only_one_and_comes_before_the_release_goes() -> None:
    annotations = hook(EVERYTHING)["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-delete"
    assert set(rendered(EVERYTHING, hooks=True)) == {"Job"}


def test_a_refusal_is_printed_and_is_the_last_word() -> None:
    job = hook(EVERYTHING)
    assert job["metadata"]["annotations"]["helm.sh/hook-output-log-policy"] == "hook-failed"
    assert job["spec"]["backoffLimit"] == 0


@pytest.mark.parametrize(
    ("values", "namespaces"),
    [(EVERYTHING, ["operators"]), (MANAGED_IDENTITY, ["soc"]), (CLIENT_SECRET, None)],
)
def test_it_asks_about_the_namespaces_served(
    values: tuple[str, ...], namespaces: list[str] | None
) -> None:
    assert asked(hook(values)).namespaces == namespaces


def test_it_asks_with_the_operator_s_image_and_rights() -> None:
    pod, made = hook(EVERYTHING)["spec"]["template"]["spec"], rendered(EVERYTHING)
    assert pod["containers"][0]["image"] == container(made)["image"]
    operator = made["Deployment"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == operator["serviceAccountName"]


def test_its_pod_is_none_of_the_deployment_s() -> None:
    labels = hook(EVERYTHING)["spec"]["template"]["metadata"]["labels"]
    selector = rendered(EVERYTHING)["Deployment"]["spec"]["selector"]["matchLabels"]
    assert not selector.items() <= labels.items()
