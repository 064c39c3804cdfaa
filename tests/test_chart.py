"""The chart installs the CRD and an operator with the least rights, in the ways it promises."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from controller import config
from controller.azure.clouds import CLOUDS, Cloud
from controller.azure.identities import identity
from controller.cli import manifests
from controller.kube import lease
from tests import generated
from tests.chart import helm as charts
from tests.chart import install
from tests.chart.helm import (
    CHART,
    CLIENT_CERTIFICATE,
    CLIENT_SECRET,
    MANAGED_IDENTITY,
    NAMED,
    WORKLOAD_IDENTITY,
    Json,
    container,
    documents,
    helm,
    pod,
    rendered,
)
from tests.generated import ROOT

WAYS = pytest.mark.parametrize("values", charts.WAYS.values(), ids=charts.WAYS)


def environment(made: dict[str, Json]) -> dict[str, str]:
    """What Kubernetes gives the container of the chart's pod in the namespace `operators`."""
    fields = {"metadata.namespace": "operators", "metadata.name": "release-5d9f-x2x"}
    return {
        entry["name"]: entry["value"]
        if "value" in entry
        else fields[entry["valueFrom"]["fieldRef"]["fieldPath"]]
        for entry in container(made)["env"]
        if "secretKeyRef" not in entry.get("valueFrom", {})
    }


@WAYS
def test_lint_has_nothing_to_say(values: tuple[str, ...]) -> None:
    done = helm("lint", "--strict", str(CHART), values=values)
    assert done.returncode == 0, done.stdout + done.stderr


@WAYS
def test_the_operator_can_start_with_the_environment_it_gets(values: tuple[str, ...]) -> None:
    """Every variable is one that the settings know, and what they need is there."""
    environ = environment(rendered(values))
    known = {value for name, value in vars(config).items() if name.isupper()}
    assert {name for name in environ if name.startswith("CONTOSO_")} <= known
    settings = config.from_environ(environ)
    assert (settings.installation, settings.health_port) == ("lab", 8080)
    # the rest comes from the webhook or from the Secret
    outside = {
        f"AZURE_{name}": "x"
        for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "FEDERATED_TOKEN_FILE")
    }
    assert identity(settings.credential, {**outside, **environ}).method == settings.credential


@pytest.mark.parametrize(
    ("values", "served", "role"),
    [
        (WORKLOAD_IDENTITY, "operators", "Role"),
        (MANAGED_IDENTITY, "soc", "Role"),
        (CLIENT_SECRET, None, "ClusterRole"),
    ],
)
def test_rights_reach_as_far_as_the_namespaces_served(
    values: tuple[str, ...], served: str | None, role: str
) -> None:
    made = rendered(values)
    settings = config.from_environ(environment(made))
    assert (settings.namespace, settings.served) == ("operators", served and (served,))
    assert {kind for kind in made if "Role" in kind} == {role, f"{role}Binding"}
    assert made[role]["metadata"].get("namespace") == served
    binding = made[f"{role}Binding"]
    assert binding["roleRef"]["name"] == made[role]["metadata"]["name"]
    (subject,) = binding["subjects"]
    assert (subject["name"], subject["namespace"]) == ("release", "operators")


def test_a_secret_comes_from_the_environment() -> None:
    values = (*NAMED, "credential.method=client-secret", "credential.secretName=azure")
    assert container(rendered(values))["envFrom"] == [{"secretRef": {"name": "azure"}}]


def test_a_certificate_is_a_file_that_its_owner_may_renew() -> None:
    """The private key is in no environment variable."""
    objects = rendered(CLIENT_CERTIFICATE)
    operator = container(objects)
    (volume,) = (one for one in pod(objects)["spec"]["volumes"] if one["name"] == "credential")
    (mount,) = (one for one in operator["volumeMounts"] if one["name"] == "credential")
    (item,) = volume["secret"]["items"]
    taken = [one for one in operator["env"] if "secretKeyRef" in one.get("valueFrom", {})]

    assert volume["secret"]["secretName"] == "azure"
    assert environment(objects)["AZURE_CLIENT_CERTIFICATE_PATH"] == (
        f"{mount['mountPath']}/{item['path']}"
    )
    assert "envFrom" not in operator
    assert {one["name"]: one["valueFrom"]["secretKeyRef"] for one in taken} == {
        name: {"name": "azure", "key": name, "optional": name.endswith("PASSWORD")}
        for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PASSWORD")
    }


@pytest.mark.parametrize(
    ("values", "cloud"),
    [
        (WORKLOAD_IDENTITY, "public"),
        ((*WORKLOAD_IDENTITY, "cloud=china"), "china"),
        (MANAGED_IDENTITY, "/etc/contoso/cloud.json"),
    ],
)
def test_a_cloud_is_one_of_microsofts_or_a_file(values: tuple[str, ...], cloud: str) -> None:
    assert config.from_environ(environment(rendered(values))).cloud == cloud


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=list(CLOUDS))
def test_cilium_lets_out_to_the_hosts_of_the_cloud(cloud: Cloud) -> None:
    policies = ("networkPolicy.enabled=true", "networkPolicy.flavor=cilium")
    made = documents((*WORKLOAD_IDENTITY, *policies, f"cloud={cloud.name}"))
    (policy,) = (one for one in made if one["kind"] == "CiliumNetworkPolicy")
    named = [host for rule in policy["spec"]["egress"] for host in rule.get("toFQDNs", ())]
    hosts = {urlsplit(url).hostname for url in (cloud.authority, cloud.arm, cloud.logs)}
    ingestion = urlsplit(cloud.ingest_scope).hostname
    assert {host.get("matchName") for host in named} - {None} == hosts
    assert [host["matchPattern"] for host in named if "matchPattern" in host] == [
        f"*.ingest.{ingestion}"
    ]


def test_the_chart_and_the_edge_know_the_same_clouds() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["properties"]["cloud"]["enum"] == list(CLOUDS)


def test_the_rights_are_these_and_no_more() -> None:
    rules = rendered(WORKLOAD_IDENTITY)["Role"]["rules"]
    rights = {(rule["apiGroups"][0], *rule["resources"]): rule["verbs"] for rule in rules}
    assert rights == {
        ("sentinel.contoso.com", "contosoconnectors"): ["get", "list", "watch", "patch"],
        ("sentinel.contoso.com", "contosoconnectors/status"): ["patch"],
        ("", "events"): ["create", "get", "patch"],
    }


def test_secrets_are_read_only_where_every_object_has_to_name_one() -> None:
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    assert secrets not in rendered(CLIENT_SECRET)["ClusterRole"]["rules"]
    assert secrets in rendered(MANAGED_IDENTITY)["Role"]["rules"]


def test_workload_identity_is_on_only_when_chosen() -> None:
    use, client = "azure.workload.identity/use", "azure.workload.identity/client-id"
    made = rendered(WORKLOAD_IDENTITY)
    assert pod(made)["metadata"]["labels"][use] == "true"
    assert made["ServiceAccount"]["metadata"]["annotations"][client].startswith("11111111-")
    other = rendered(CLIENT_SECRET)
    assert use not in pod(other)["metadata"]["labels"]
    assert "annotations" not in other["ServiceAccount"]["metadata"]


def test_a_pod_gets_the_account_s_token_only_where_it_asks_for_it() -> None:
    made = documents(WORKLOAD_IDENTITY)
    (account,) = (one for one in made if one["kind"] == "ServiceAccount")
    pods = [one["spec"]["template"]["spec"] for one in made if "template" in one.get("spec", {})]
    assert account["automountServiceAccountToken"] is False
    assert [one["automountServiceAccountToken"] for one in pods] == [True, True]


def test_the_deployment_selects_its_own_pods() -> None:
    deployment = rendered(WORKLOAD_IDENTITY)["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()


def test_kubernetes_asks_the_operator_how_it_is() -> None:
    box = container(rendered(WORKLOAD_IDENTITY))
    ports = {port["name"] for port in box["ports"]}
    asked = {name: box[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in asked.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {probe["port"] for probe in asked.values()} == ports


def test_no_label_of_the_user_takes_the_pod_from_its_deployment() -> None:
    name = r"app\.kubernetes\.io/name"
    values = (*WORKLOAD_IDENTITY, f"podLabels.{name}=foreign", "podLabels.team=soc")
    deployment = rendered(values)["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()
    assert ": foreign\n" not in charts.text(values)
    assert labels["team"] == "soc"


def test_the_charts_crd_is_the_crd() -> None:
    crd = (ROOT / "crds" / "contosoconnector.yaml").read_text()
    generated.assert_equal("charts/contoso-connector-operator/files/contosoconnector.yaml", crd)
    (document,) = manifests.load_all(crd)
    made = rendered(WORKLOAD_IDENTITY)["CustomResourceDefinition"]
    assert made["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    assert made == document.value


def test_the_plain_file_is_made_by_the_chart() -> None:
    generated.assert_equal(install.FILE, install.made())


def test_the_crd_has_no_rules_for_a_kubernetes_that_helm_knows_to_know_none() -> None:
    """Helm refuses fields that the server does not know; the operator checks the rules itself."""
    older = charts.text(WORKLOAD_IDENTITY, "--kube-version=1.24.17")
    newer = charts.text(WORKLOAD_IDENTITY, "--kube-version=1.25.0")
    assert "x-kubernetes-validations" not in older
    assert "x-kubernetes-validations" in newer
    (made,) = (
        document.value
        for document in manifests.load_all(older)
        if document.value["kind"] == "CustomResourceDefinition"
    )
    (crd,) = manifests.load_all((ROOT / "crds" / "contosoconnector.yaml").read_text())
    assert made["spec"] == without_rules(crd.value["spec"])


def without_rules(schema: Any) -> Any:
    if isinstance(schema, list):
        return [without_rules(item) for item in schema]
    if isinstance(schema, dict):
        kept = (key for key in schema if key != "x-kubernetes-validations")
        return {key: without_rules(schema[key]) for key in kept}
    return schema


def test_the_crd_can_be_left_out_or_go_with_the_release() -> None:
    assert "CustomResourceDefinition" not in rendered((*WORKLOAD_IDENTITY, "crds.install=false"))
    made = rendered((*WORKLOAD_IDENTITY, "crds.keep=false"))
    assert "annotations" not in made["CustomResourceDefinition"]["metadata"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (WORKLOAD_IDENTITY[1:], "installation is needed"),
        (NAMED, "credential.clientId is needed"),
        ((*NAMED, "credential.method=client-secret"), "credential.secretName is needed"),
        ((*NAMED, "credential.method=client-certificate"), "credential.secretName is needed"),
        ((*charts.EVERYTHING, "metricsPort=0"), "metricsPort is 0"),
        ((*charts.CILIUM, "networkPolicy.hosts=null"), "networkPolicy.hosts is needed"),
        ((*WORKLOAD_IDENTITY, "instalation=lab"), "instalation"),
        ((*WORKLOAD_IDENTITY, "credential.client=x"), "client"),
        ((*WORKLOAD_IDENTITY, "credential.method=cli"), "method"),
        ((*WORKLOAD_IDENTITY, "installation=a/b"), "installation"),
        ((*WORKLOAD_IDENTITY, "cloud=germany"), "cloud"),
        ((*WORKLOAD_IDENTITY, "namespaces.Not_A_Name.scopes={/}"), "Not_A_Name"),
        ((*WORKLOAD_IDENTITY, "namespaces.soc.identity=Secret"), "scopes"),
        ((*WORKLOAD_IDENTITY, "namespaces.soc.scopes={/subscriptions/x}"), "scopes"),
    ],
)
def test_values_that_cannot_work_are_refused_by_name(values: tuple[str, ...], said: str) -> None:
    done = helm("template", "release", str(CHART), values=values)
    assert done.returncode != 0
    assert said in done.stderr


@WAYS
def test_every_replica_may_lead_by_one_lease_of_the_operator_s_namespace(
    values: tuple[str, ...],
) -> None:
    role, binding = (one for one in documents(values) if one["metadata"]["name"].endswith("leader"))
    create, keep = role["rules"]
    assert {role["kind"], binding["kind"]} == {"Role", "RoleBinding"}
    assert {one["metadata"]["namespace"] for one in (role, binding)} == {"operators"}
    assert (create["resources"], create["verbs"]) == (["leases"], ["create"])
    assert (keep["resourceNames"], keep["verbs"]) == ([lease.NAME], ["get", "update"])


def test_a_new_replica_is_there_before_the_old_one_ends() -> None:
    spec = rendered((*WORKLOAD_IDENTITY, "replicas=2"))["Deployment"]["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
