"""With its NetworkPolicy the operator reaches DNS, the API server, Azure, and nothing else."""

from urllib.parse import urlsplit

import pytest

from controller.azure.clouds import PUBLIC
from tests.chart.helm import CILIUM, EVERYTHING, MANAGED_IDENTITY, Json, documents, pod, rendered

METADATA_SERVICE = "169.254.169.254/32"
INGESTION = "*.ingest.monitor.azure.com"
"""an endpoint's name is its own: `<name>-<suffix>.<region>-1.ingest.monitor.azure.com`"""
CILIUM_PUBLIC = ("cloudConfigMap=", "credential.method=workload-identity", "credential.clientId=x")


def ports(rule: Json) -> set[object]:
    return {port["port"] for port in rule["ports"]}


def policy(values: tuple[str, ...]) -> Json:
    found: Json = rendered((*values, "networkPolicy.enabled=true"))["NetworkPolicy"]["spec"]
    return found


def cilium(*more: str) -> Json:
    found: Json = rendered((*CILIUM, *more))["CiliumNetworkPolicy"]["spec"]
    return found


def names(spec: Json) -> list[Json]:
    (rule,) = (rule for rule in spec["egress"] if "toFQDNs" in rule)
    found: list[Json] = rule["toFQDNs"]
    return found


def test_both_directions_are_closed_but_for_what_is_listed() -> None:
    assert policy(EVERYTHING)["policyTypes"] == ["Ingress", "Egress"]


def test_dns_the_api_server_and_azure_are_reached_and_nothing_else() -> None:
    egress = policy((*EVERYTHING, "tracesEndpoint="))["egress"]
    assert [ports(rule) for rule in egress] == [{53}, {443, 6443}, {443}]
    assert not any("to" in rule for rule in egress)


def test_only_a_managed_identity_reaches_the_metadata_service_of_the_node() -> None:
    *_, last = policy(MANAGED_IDENTITY)["egress"]
    assert (last["to"], ports(last)) == ([{"ipBlock": {"cidr": METADATA_SERVICE}}], {80})
    (node,) = (rule for rule in cilium()["egress"] if "toCIDR" in rule)
    assert node["toCIDR"] == [METADATA_SERVICE]
    assert not any("toCIDR" in rule for rule in cilium(*CILIUM_PUBLIC)["egress"])


@pytest.mark.parametrize("spec", [policy(EVERYTHING), cilium()], ids=["kubernetes", "cilium"])
def test_probes_and_prometheus_reach_the_operator_and_nobody_another_port(spec: Json) -> None:
    listened = {box["containerPort"] for box in container_ports()}
    named = {box["name"] for box in container_ports()}
    opened = {
        port["port"]
        for rule in spec["ingress"]
        for port in (rule["ports"] if "ports" in rule else rule["toPorts"][0]["ports"])
    }
    assert opened in (named, {str(port) for port in listened})


def container_ports() -> list[Json]:
    (box,) = pod(rendered(EVERYTHING))["spec"]["containers"]
    found: list[Json] = box["ports"]
    return found


def test_cilium_names_the_hosts_of_the_public_cloud() -> None:
    spec = cilium(*CILIUM_PUBLIC, "networkPolicy.hosts=null")
    hosts = {urlsplit(url).hostname for url in (PUBLIC.authority, PUBLIC.arm, PUBLIC.logs)}
    assert {entry["matchName"] for entry in names(spec) if "matchName" in entry} == hosts
    assert [entry["matchPattern"] for entry in names(spec) if "matchPattern" in entry] == [
        INGESTION
    ]


def test_cilium_names_only_the_hosts_given_for_a_cloud_of_a_file() -> None:
    assert names(cilium()) == [
        {"matchName": "arm.example.com"},
        {"matchPattern": "*.ingest.example.com"},
    ]


def test_the_hook_may_ask_the_api_server_too() -> None:
    selector = policy(EVERYTHING)["podSelector"]
    (expression,) = selector["matchExpressions"]
    for document in documents(EVERYTHING):
        if "template" in document.get("spec", {}):
            labels = document["spec"]["template"]["metadata"]["labels"]
            assert selector["matchLabels"].items() <= labels.items()
            assert labels[expression["key"]] in expression["values"]


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("http://collector.observability:4318", 4318),
        ("http://collector.observability", 80),
        ("https://collector.example.com/otlp", 443),
    ],
)
def test_the_collector_of_traces_is_reached_by_its_port(endpoint: str, port: int) -> None:
    traces = f"tracesEndpoint={endpoint}"
    assert {port} in [ports(rule) for rule in policy((*EVERYTHING, traces))["egress"]]
    opened = [
        rule["toPorts"]
        for rule in cilium(traces)["egress"]
        if "world" in rule.get("toEntities", ())
    ]
    assert opened == [[{"ports": [{"protocol": "TCP", "port": str(port)}]}]]
