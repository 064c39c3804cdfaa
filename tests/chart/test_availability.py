"""Two replicas outlive a node, and Prometheus sees every one of them."""

import pytest

from controller.cli import manifests
from tests.chart.helm import CHART, EVERYTHING, WORKLOAD_IDENTITY, Json, pod, rendered

CONFIGMAP_BYTES = 2**20
"""more is refused by Kubernetes"""
TWO = (*WORKLOAD_IDENTITY, "replicas=2")


def labels(values: tuple[str, ...]) -> Json:
    found: Json = pod(rendered(values))["metadata"]["labels"]
    return found


def test_a_drained_node_takes_one_replica_at_a_time() -> None:
    budget = rendered(TWO)["PodDisruptionBudget"]
    assert budget["apiVersion"] == "policy/v1"
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels(TWO).items()


def test_one_replica_has_no_budget_that_would_hold_up_a_drain() -> None:
    assert "PodDisruptionBudget" not in rendered(WORKLOAD_IDENTITY)


def test_replicas_are_spread_over_nodes_without_insisting() -> None:
    (rule,) = pod(rendered(TWO))["spec"]["topologySpreadConstraints"]
    assert (rule["topologyKey"], rule["whenUnsatisfiable"]) == (
        "kubernetes.io/hostname",
        "ScheduleAnyway",
    )
    assert rule["labelSelector"]["matchLabels"].items() <= labels(TWO).items()


def test_constraints_of_the_user_take_the_place_of_ours() -> None:
    (rule,) = pod(rendered(EVERYTHING))["spec"]["topologySpreadConstraints"]
    assert rule["topologyKey"] == "zone"


def test_the_service_has_every_replica_and_no_address() -> None:
    service = rendered(TWO)["Service"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"].items() <= labels(TWO).items()


@pytest.mark.parametrize(
    ("kind", "of"), [("ServiceMonitor", "Service"), ("PodMonitor", "Deployment")]
)
def test_a_monitor_finds_the_port_by_its_name(kind: str, of: str) -> None:
    made = rendered(EVERYTHING)
    monitor, spec = made[kind], made[kind]["spec"]
    ((endpoint,),) = (value for key, value in spec.items() if key.lower().endswith("endpoints"))
    assert endpoint == {"port": "metrics", "interval": "30s"}
    assert monitor["metadata"]["labels"]["team"] == "soc"
    selected = made[of]["metadata"] if of == "Service" else pod(made)["metadata"]
    assert spec["selector"]["matchLabels"].items() <= selected["labels"].items()


def test_the_rules_are_those_that_promtool_tests_with_a_link_for_each_alert() -> None:
    (rules,) = manifests.load_all((CHART / "files" / "rules.yaml").read_text())
    unlinked = (*EVERYTHING, "monitoring.prometheusRule.runbookUrl=")
    assert rendered(unlinked)["PrometheusRule"]["spec"] == rules.value

    for rule in (rule for group in rules.value["groups"] for rule in group["rules"]):
        heading = rule["alert"].lower()
        rule["annotations"]["runbook_url"] = f"https://wiki.example.com/runbook#{heading}"
    assert rendered(EVERYTHING)["PrometheusRule"]["spec"] == rules.value


def test_the_dashboards_are_the_files_in_one_configmap_that_grafana_finds() -> None:
    config = rendered(EVERYTHING)["ConfigMap"]
    files = {path.name: path.read_text() for path in (CHART / "files").glob("*.json")}
    assert files
    assert config["data"] == files
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert sum(map(len, files.values())) < CONFIGMAP_BYTES
