"""The documents say what the code does: names, tables, links and commands are compared with it."""

import argparse
import ast
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from controller import config
from controller.azure import identities
from controller.azure.ids import resource_type
from controller.azure.versions import VERSIONS
from controller.cli import main, manifests, render
from controller.cli.main import module
from controller.cli.runbook import COMMANDS
from controller.kinds import KINDS
from controller.model import crd
from controller.model.connector import ANNOTATIONS, FINALIZER, GROUP, KIND, VERSION
from controller.model.derived import derive
from controller.model.errors import Stalled
from controller.model.reasons import ADVICE, Reason
from controller.model.resource import KindName
from controller.model.spec import parse
from controller.model.terms import Policy, RolePolicy
from controller.reconcile import actions, deletion
from controller.telemetry import table
from tests import generated
from tests.e2e import hostile
from tests.generated import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.md")]
)
DECISIONS = sorted(ROOT.glob("docs/decisions/0*.md"))
BEGIN, END = "<!-- reasons: begin -->\n", "<!-- reasons: end -->"
SETTINGS = sorted(
    value
    for name, value in vars(config).items()
    if name.isupper() and isinstance(value, str) and value.startswith("CONTOSO_")
)
ACTION_OF = {
    # associations are a type of their own to Azure's roles
    "microsoft.insights/datacollectionendpoints/associations": (
        "microsoft.insights/datacollectionruleassociations"
    ),
}
NAMES_OF_LINKS = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CLAIMS = "| claim | why | test |"
WITHOUT_CLAIMS = {"Limits", "Reporting"}
"""sections of the page on security that say what no test can hold"""
A_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PICTURES = re.compile(r"!\[[^\]]+\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text(page: str) -> str:
    return (ROOT / page).read_text()


def code(page: str) -> Iterator[str]:
    """Every line of a block, and every `span`, of a page."""
    whole = text(page)
    for _, block in FENCED.findall(whole):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", FENCED.sub("", whole))


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands() -> list[str]:
    """What the documents tell a user to type of contosoctl."""
    lines = (line for page in PAGES for line in code(page))
    return sorted({line for line in lines if line.startswith("contosoctl ")})


def targets() -> dict[str, str]:
    """The targets of the Makefile with the text that `make help` shows."""
    found = re.findall(r"^([a-z0-9]+):([^\n]*)", text("Makefile"), re.MULTILINE)
    return {name: rest.partition("## ")[2] for name, rest in found}


def rows(page: str, section: str) -> list[str]:
    """The lines of the tables in one section of a page."""
    body = text(page).partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [line for line in body.splitlines() if line.startswith("| ")]


def policies() -> set[str]:
    """The fields of spec.policy with their values, and what beside them holds the operator back."""

    def words(schema: Mapping[str, Any]) -> Iterator[str]:
        yield from map(str, schema.get("enum", ()))
        for name, below in schema.get("properties", {}).items():
            yield name
            yield from words(below)

    return {"suspend", "roleAssignment", *words(crd.schema(Policy)), *RolePolicy}


@pytest.mark.parametrize(
    ("page", "made"),
    [("docs/operations.md", render.reasons_table), ("docs/runbook.md", render.runbook)],
)
def test_the_reasons_are_what_the_code_says(page: str, made: Callable[[], str]) -> None:
    before, _, rest = text(page).partition(BEGIN)
    after = rest.partition(END)[2]
    generated.assert_equal(page, f"{before}{BEGIN}{made()}{END}{after}")


def test_the_table_of_metrics_is_what_the_code_says() -> None:
    begin, end = "<!-- metrics: begin -->\n", "<!-- metrics: end -->"
    before, _, rest = text("docs/metrics.md").partition(begin)
    after = rest.partition(end)[2]
    generated.assert_equal("docs/metrics.md", f"{before}{begin}{table.markdown()}{end}{after}")


def test_the_table_of_rights_in_azure_is_what_the_code_says() -> None:
    begin, end = "<!-- actions: begin -->\n", "<!-- actions: end -->"
    before, _, rest = text("docs/operations.md").partition(begin)
    after = rest.partition(end)[2]
    generated.assert_equal("docs/operations.md", f"{before}{begin}{actions.table()}{end}{after}")


@pytest.mark.parametrize("page", PAGES)
def test_every_metric_that_is_named_exists(page: str) -> None:
    known = {metric.full_name for metric in table.METRICS}
    named = set(re.findall(rf"\b{table.PREFIX}\w+", text(page)))
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in named} <= known


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained_to_operators(reason: Reason) -> None:
    assert any(row.startswith(f"| `{reason}` |") for row in text("docs/operations.md").splitlines())
    assert reason.lower() in anchors(ROOT / "docs" / "runbook.md")


def test_every_alert_of_the_chart_links_to_its_heading() -> None:
    """By the template: the page's address, and the alert's name in lower case."""
    rules = text("charts/contoso-connector-operator/files/rules.yaml")
    alerts = re.findall(r"^ +- alert: (\w+)$", rules, re.MULTILINE)
    assert alerts
    assert {alert.lower() for alert in alerts} <= anchors(ROOT / "docs" / "runbook.md")


@pytest.mark.parametrize("reason", Reason)
def test_whoever_has_to_do_something_is_told_what_to_type(reason: Reason) -> None:
    assert reason in COMMANDS or ADVICE[reason].remedy.startswith("Nothing")


@pytest.mark.parametrize("variable", SETTINGS)
def test_every_setting_is_documented_and_set_by_the_chart(variable: str) -> None:
    assert any(
        row.startswith(f"| `{variable}` |") for row in rows("docs/operations.md", "Settings")
    )
    deployment = text("charts/contoso-connector-operator/templates/deployment.yaml")
    assert f"- name: {variable}\n" in deployment


@pytest.mark.parametrize("method", identities.Method)
def test_every_way_to_sign_in_is_documented_with_what_it_needs(method: str) -> None:
    (row,) = [row for row in rows("docs/operations.md", "Settings") if f"| `{method}` |" in row]
    assert [name for name in asked_for(method) if f"`{name}`" not in row] == []


def asked_for(method: str) -> list[str]:
    """The variables that the way misses in an empty environment."""
    try:
        identities.identity(method, {})
    except Stalled as fault:
        return re.findall(r"AZURE_\w+", fault.message)
    return []


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_every_annotation_is_documented(annotation: str) -> None:
    assert any(f"`{annotation}`" in row for row in rows("docs/operations.md", "Annotations"))


@pytest.mark.parametrize("kind", VERSIONS)
def test_the_right_to_read_every_type_that_is_asked_for_is_documented(kind: str) -> None:
    table = "\n".join(rows("docs/operations.md", "Rights in Azure")).lower()
    assert f"`{ACTION_OF.get(kind, kind)}/read`" in table


@pytest.mark.parametrize("word", sorted(policies()))
def test_every_policy_and_each_of_its_values_is_on_its_page(word: str) -> None:
    assert re.search(rf"\b{word}\b", text("docs/policies.md"))


def finalizers() -> set[str]:
    """What our code and our manifests put on objects."""
    manifested = "".join(path.read_text() for path in ROOT.glob("manifests/argocd/**/app*/*.yaml"))
    listed = re.findall(r"^  finalizers: \[(\S+)\]$", manifested, re.MULTILINE)
    return {FINALIZER, *listed}


def test_there_is_a_way_out_of_every_finalizer() -> None:
    named = {row.split("`")[1] for row in rows("docs/lifecycle.md", "Break glass")[1:]}
    assert len(finalizers()) > 1
    assert finalizers() <= named


def test_what_is_removed_by_hand_goes_as_the_operator_removes_it() -> None:
    spec = manifests.load_all(text("manifests/minimal.yaml"))[0].value["spec"]
    derived = derive(parse(spec), namespace="soc", name="minimal", installation="test")
    versions = {
        one.kind: VERSIONS[resource_type(one.id)][0]
        for kind in KINDS
        for one in kind.resources(derived)
        if one.kind in deletion.ORDER
    }
    typed = re.findall(r"^remove (\w+) (\S+)$", text("docs/lifecycle.md"), re.MULTILINE)
    assert typed == [(str(kind), versions[kind]) for kind in deletion.ORDER]


def test_every_import_contract_is_named_in_the_architecture() -> None:
    pyproject = tomllib.loads(text("pyproject.toml"))
    names = {contract["name"] for contract in pyproject["tool"]["importlinter"]["contracts"]}
    table = rows("docs/architecture.md", "The packages")
    assert {row.split(" | ")[0].removeprefix("| ") for row in table[1:]} == names


def test_every_kind_is_named_in_the_architecture() -> None:
    words = set(re.findall(r"\w+", text("docs/architecture.md")))
    assert {str(kind) for kind in KindName} <= words


def test_every_file_that_the_architecture_names_is_there() -> None:
    files = {word for word in code("docs/architecture.md") if re.fullmatch(r"[a-z_/]+\.py", word)}
    assert files
    assert [file for file in sorted(files) if not (ROOT / "controller" / file).is_file()] == []


def test_every_target_of_make_says_what_it_does() -> None:
    assert [name for name, said in targets().items() if not said] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_target_that_is_named_exists(page: str) -> None:
    named = {match[1] for line in code(page) if (match := re.match(r"(?:\S+=1 )?make (\w+)", line))}
    assert named <= set(targets())


def test_contributors_are_told_of_every_target() -> None:
    assert {f"make {name}" for name in targets()} <= {
        " ".join(line.split()[:2]) for line in code("CONTRIBUTING.md")
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in NAMES_OF_LINKS.findall(FENCED.sub("", text(page))):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_is_there_and_small(page: str) -> None:
    for target in PICTURES.findall(text(page)):
        assert (ROOT / page).parent.joinpath(target).stat().st_size < 200_000, target


@pytest.mark.parametrize("line", commands())
def test_every_command_can_be_typed(line: str) -> None:
    _, name, *words = shlex.split(line, comments=True)
    assert name in main.COMMANDS
    if not words:
        return  # only its name, as prose has it
    parser = argparse.ArgumentParser(prog=f"contosoctl {name}", exit_on_error=False)
    module(name).arguments(parser)
    parser.parse_args(words)


def test_every_command_is_in_the_readme() -> None:
    table = rows("README.md", "The command line")
    assert {row.split()[2].rstrip("`") for row in table[1:]} == set(main.COMMANDS)


def test_the_object_of_the_readme_is_legal() -> None:
    (block,) = [block for kind, block in FENCED.findall(text("README.md")) if kind == "yaml"]
    (document,) = manifests.load_all(block)
    assert (document.value["apiVersion"], document.value["kind"]) == (f"{GROUP}/{VERSION}", KIND)
    spec = parse(document.value["spec"])
    assert derive(spec, namespace="soc", name="minimal", installation="test").flows


def test_the_object_of_the_readme_is_the_minimal_sample() -> None:
    (block,) = [block for kind, block in FENCED.findall(text("README.md")) if kind == "yaml"]
    assert block in text("manifests/minimal.yaml")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts_and_is_listed(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Experience"]
    assert f"({page.name})" in text("docs/decisions/README.md")


@pytest.mark.parametrize(("page", "most"), [("README.md", 240), ("CONTRIBUTING.md", 60)])
def test_a_page_that_is_read_first_is_short(page: str, most: int) -> None:
    assert len(text(page).splitlines()) <= most


def sections(page: str) -> dict[str, list[str]]:
    """The lines of tables below each heading, without the rulers."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", text(page), flags=re.MULTILINE)[1:]:
        heading, *lines = part.splitlines()
        found[heading] = [line for line in lines if re.match(r"\|(?!-)", line)]
    return found


def claims() -> list[str]:
    return [row for found in sections("docs/security.md").values() for row in found[1:]]


def functions(path: str) -> set[str]:
    """What the module defines at its top."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.parse(text(path)).body if isinstance(node, kinds)}


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim[2:50])
def test_every_claim_on_security_names_tests_that_exist(claim: str) -> None:
    _, said, _, tests, _ = re.split(r"(?<!\\)\|", claim)
    assert said.strip()
    assert A_TEST.sub("", tests).strip() == ""
    named = A_TEST.findall(tests)
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []


def test_the_hostile_objects_on_security_are_all_of_them() -> None:
    assert re.findall(r"(\d+) hostile objects", text("docs/security.md")) == [str(len(hostile.ALL))]


def test_every_section_on_security_holds_claims_or_says_that_it_cannot() -> None:
    found = sections("docs/security.md")
    assert {heading for heading, lines in found.items() if not lines} == WITHOUT_CLAIMS
    assert {lines[0] for lines in found.values() if lines} == {CLAIMS}
