"""Every Pod of the chart meets the restricted Pod Security Standard.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ (profiles Baseline and
Restricted, as of Kubernetes 1.34): one line a control.
"""

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.chart.helm import WAYS, Json, documents

Control = Callable[[Json, Json], bool]
"""Pod spec, container -> it is kept"""

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def either(pod: Json, container: Json, field: str) -> object:
    """A field of the container's security context, else of the Pod's."""
    own = container.get("securityContext", {})
    return own[field] if field in own else pod.get("securityContext", {}).get(field)


CONTROLS: Mapping[str, Control] = {
    "no host process": lambda pod, box: either(pod, box, "windowsOptions") is None,
    "no host namespaces": lambda pod, _: (
        not any(pod.get(f"host{name}") for name in ("Network", "PID", "IPC"))
    ),
    "not privileged": lambda _, box: not box["securityContext"].get("privileged"),
    "all capabilities dropped, none added": lambda _, box: (
        box["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    ),
    "no volumes of the host, only the types allowed": lambda pod, _: all(
        set(volume) - {"name"} <= VOLUMES for volume in pod.get("volumes", ())
    ),
    "no host ports": lambda _, box: not any("hostPort" in port for port in box.get("ports", ())),
    "AppArmor, SELinux, proc and sysctls as they are": lambda pod, box: (
        not any(
            either(pod, box, field)
            for field in ("appArmorProfile", "seLinuxOptions", "procMount", "sysctls")
        )
    ),
    "seccomp": lambda pod, box: either(pod, box, "seccompProfile") == {"type": "RuntimeDefault"},
    "no escalation": lambda _, box: box["securityContext"]["allowPrivilegeEscalation"] is False,
    "not root": lambda pod, box: (
        either(pod, box, "runAsNonRoot") is True and either(pod, box, "runAsUser") != 0
    ),
    # the standard does not ask for it; the issue does
    "read-only root": lambda _, box: box["securityContext"]["readOnlyRootFilesystem"] is True,
}


def pods(values: tuple[str, ...]) -> Iterator[Json]:
    for document in documents(values):
        if "template" in document.get("spec", {}):
            yield document["spec"]["template"]["spec"]


@pytest.mark.parametrize("values", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_of_the_restricted_profile_is_kept(control: str, values: tuple[str, ...]) -> None:
    found = list(pods(values))
    assert found
    for pod in found:
        for container in [*pod["containers"], *pod.get("initContainers", ())]:
            assert CONTROLS[control](pod, container)


@pytest.mark.parametrize("values", WAYS.values(), ids=WAYS)
def test_no_volume_can_be_written(values: tuple[str, ...]) -> None:
    for pod in pods(values):
        assert all(set(volume) & {"configMap", "secret"} for volume in pod.get("volumes", ()))
        for container in pod["containers"]:
            assert all(mount["readOnly"] is True for mount in container.get("volumeMounts", ()))
