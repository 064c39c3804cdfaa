"""`contosoctl rbac`: what it prints is typed into a shell, beside a stand-in for az."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from controller.cli.main import main
from controller.cli.manifests import load_all
from controller.cli.roles import ADMINISTRATOR, CONDITION
from controller.model.derived import derive
from controller.model.spec import parse
from controller.reconcile.actions import needs
from tests.cli.commands import MANIFEST
from tests.generated import ROOT

AZ = """\
#!{python}
import json, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
"""
IDS = {"OPERATOR_OBJECT_ID": "op", "SECRET_1_OBJECT_ID": "first", "SECRET_2_OBJECT_ID": "second"}
ROOT_SCOPE = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"
GROUP = f"{ROOT_SCOPE}/resourceGroups/sentinel-rg"
LEVELS = ("workspace", "resource group", "subscription", "optional subscription")


class Typed(NamedTuple):
    """What az was asked for: definitions by their names, and the options of each assignment."""

    definitions: Mapping[str, Mapping[str, Any]]
    assignments: list[Mapping[str, str]]

    def given(self) -> set[tuple[str, str, str]]:
        """Whom, which action, at which scope."""
        return {
            (one["--assignee-object-id"], action, one["--scope"])
            for one in self.assignments
            if one["--role"] != ADMINISTRATOR
            for action in self.definitions[one["--role"]]["Actions"]
        }

    def limited(self) -> list[Mapping[str, str]]:
        return [one for one in self.assignments if one["--role"] == ADMINISTRATOR]


Rbac = Callable[..., str]


@pytest.fixture
def rbac(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Rbac:
    """The command on a folder of these manifests: what it prints."""

    def run(*texts: str, words: tuple[str, ...] = ()) -> str:
        folder = tmp_path / "manifests"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts):
            (folder / f"{number}.yaml").write_text(text)
        assert main(["rbac", "-f", str(folder), *words]) == 0
        return capsys.readouterr().out

    return run


def typed(script: str, folder: Path, ids: Mapping[str, str] = IDS) -> Typed:
    """The script in a shell, az being one that writes down what it is asked."""
    log, program = folder / "az.log", folder / "bin" / "az"
    program.parent.mkdir(exist_ok=True)
    log.write_text("")
    program.write_text(AZ.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    subprocess.run(  # noqa: S603 - what is printed is what is tested
        ["bash", "-e", "-c", script],  # noqa: S607
        env={"PATH": path, **ids},
        cwd=folder,
        check=True,
    )
    definitions: dict[str, Mapping[str, Any]] = {}
    assignments: list[Mapping[str, str]] = []
    for words in map(json.loads, log.read_text().splitlines()):
        options = dict(pairwise(words))
        if words[:3] == ["role", "definition", "create"]:
            body = json.loads(options["--role-definition"])
            assert body["Name"] not in definitions
            definitions[body["Name"]] = body
        else:
            assert words[:3] == ["role", "assignment", "create"]
            assert options["--assignee-principal-type"] == "ServicePrincipal"
            assignments.append(options)
    return Typed(definitions, assignments)


def manifest(name: str = "acme", namespace: str = "default", **spec: Any) -> str:
    """The sample with another name and more in its spec; YAML takes JSON."""
    metadata = json.dumps({"name": name, "namespace": namespace})
    more = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in spec.items())
    return MANIFEST.replace("{name: acme}", metadata) + more


def needed(*texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for spec in texts:
        found = derive(parse(spec), namespace="default", name="acme", installation="test")
        for need in needs(found):
            yield need.action.name, need.scope


def test_what_a_sample_needs_is_given_and_nothing_else(tmp_path: Path, rbac: Rbac) -> None:
    (document,) = load_all(MANIFEST)
    found = typed(rbac(MANIFEST), tmp_path)
    by_condition = {
        "Microsoft.Authorization/roleAssignments/" + verb for verb in ("write", "delete")
    }
    assert found.given() == {
        ("op", action, scope)
        for action, scope in needed(document.value["spec"])
        if action not in by_condition
    }
    assert [one["--scope"] for one in found.limited()] == [GROUP]


def test_a_role_a_level_is_defined_and_takes_no_resource_as_assignable(
    tmp_path: Path, rbac: Rbac
) -> None:
    found = typed(rbac(MANIFEST), tmp_path).definitions
    assert list(found) == [f"contoso-connector-operator {level}" for level in LEVELS]
    scopes = [body["AssignableScopes"] for body in found.values()]
    assert scopes == [[GROUP], [GROUP], [ROOT_SCOPE], [ROOT_SCOPE]]
    for body in found.values():
        assert set(body) == {
            "Name",
            "IsCustom",
            "Description",
            "Actions",
            "NotActions",
            "DataActions",
            "NotDataActions",
            "AssignableScopes",
        }
        assert body["IsCustom"] is True


def test_roles_are_assigned_only_of_the_one_kind_and_to_service_principals(
    tmp_path: Path, rbac: Rbac
) -> None:
    """The whole of it, word for word: joined by OR, each half would let the other's action pass."""
    (one,) = typed(rbac(MANIFEST), tmp_path).limited()
    assert one["--condition-version"] == "2.0"
    assert one["--condition"] == (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
        "ForAnyOfAnyValues:GuidEquals {3913510d-42f4-4e42-8a64-420c390055eb} AND "
        "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] "
        "ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND "
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR "
        "(@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
        "ForAnyOfAnyValues:GuidEquals {3913510d-42f4-4e42-8a64-420c390055eb} AND "
        "@Resource[Microsoft.Authorization/roleAssignments:PrincipalType] "
        "ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))"
    )


def test_no_custom_role_may_assign_roles(tmp_path: Path, rbac: Rbac) -> None:
    """A custom role would be without the condition wherever somebody else assigns it."""
    found = typed(rbac(MANIFEST), tmp_path).definitions
    actions = {action for body in found.values() for action in body["Actions"]}
    assert {action for action in actions if "Authorization" in action} == {
        "Microsoft.Authorization/roleAssignments/read"
    }


@pytest.mark.parametrize("policy", ["Verify", "Ignore"])
def test_nothing_is_assigned_where_roles_are_not_ensured(
    policy: str, tmp_path: Path, rbac: Rbac
) -> None:
    assert typed(rbac(manifest(roleAssignment=policy)), tmp_path).limited() == []


def test_a_scope_of_several_manifests_is_named_once(tmp_path: Path, rbac: Rbac) -> None:
    """In whatever case: to Azure it is the same."""
    shouting = manifest("beta").replace("sentinel-rg", "SENTINEL-RG")
    assert rbac(MANIFEST, shouting).casefold() == rbac(MANIFEST).casefold()


def test_an_action_is_given_only_where_a_manifest_needs_it(tmp_path: Path, rbac: Rbac) -> None:
    other = manifest("beta", policy={"deletion": {"tables": "Delete"}})
    found = typed(rbac(MANIFEST, other.replace("LogAnalytics1", "Other")), tmp_path)
    places = {scope for _, action, scope in found.given() if action.endswith("tables/delete")}
    assert [place.rpartition("/")[2] for place in places] == ["Other"]
    assert "contoso-connector-operator workspace 2" in found.definitions


def test_what_one_needs_is_not_optional_for_it(tmp_path: Path, rbac: Rbac) -> None:
    kept = manifest("beta", policy={"deletion": {"created": "Retain"}})
    found = typed(rbac(kept, MANIFEST), tmp_path).definitions
    optional = found["contoso-connector-operator optional subscription"]["Actions"]
    assert "Microsoft.Insights/dataCollectionRules/read" not in optional


def test_what_is_optional_says_what_its_lack_costs(rbac: Rbac) -> None:
    told = rbac(MANIFEST)
    _, _, optional = told.partition("# Optional. Without it:\n")
    assert optional.startswith(
        "# - Microsoft.Insights/eventtypes/values/read: drift is told without ChangedBy\n"
        "# - Microsoft.Resources/subscriptions/providers/read: the providers count as registered\n"
        "az role definition create"
    )


def test_each_secret_s_identity_has_roles_of_its_own(tmp_path: Path, rbac: Rbac) -> None:
    """The operator's does not act for these objects."""
    texts = [
        manifest("beta", namespace="soc", credentialsRef={"name": "azure"}),
        manifest("gamma", namespace="dev", credentialsRef={"name": "azure"}),
    ]
    found = typed(rbac(*texts), tmp_path)
    assert {whom for whom, _, _ in found.given()} == {"first", "second"}
    names = {one["--role"] for one in found.assignments if one["--assignee-object-id"] == "first"}
    assert names - {ADMINISTRATOR} == {
        f"contoso-connector-operator dev/azure {level}" for level in LEVELS
    }
    assert {whom for whom, _, _ in typed(rbac(*texts, MANIFEST), tmp_path).given()} == {
        "op",
        "first",
        "second",
    }


def test_without_an_object_id_the_shell_stops(tmp_path: Path, rbac: Rbac) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        typed(rbac(MANIFEST), tmp_path, {})


def test_the_operator_s_object_id_and_the_roles_names_can_be_given(
    tmp_path: Path, rbac: Rbac
) -> None:
    script = rbac(MANIFEST, words=("--assignee", "it's $me", "--name", "west's"))
    found = typed(script, tmp_path, {})
    assert {one["--assignee-object-id"] for one in found.assignments} == {"it's $me"}
    assert next(iter(found.definitions)) == "west's workspace"


def test_nothing_of_a_manifest_is_run_by_the_shell(tmp_path: Path, rbac: Rbac) -> None:
    namespace = "soc'\n touch run; $(touch run) `touch run` #"
    text = manifest("$(touch run)", namespace, credentialsRef={"name": "azure"})
    script = rbac(text)
    typed(script, tmp_path)
    typed(script.replace("# ", ": "), tmp_path)  # as a shell that knows no comments reads it
    assert not (tmp_path / "run").exists()


def test_a_role_s_name_is_as_long_as_azure_takes_and_still_its_own(
    tmp_path: Path, rbac: Rbac
) -> None:
    texts = [
        manifest(credentialsRef={"name": "a" * 200 + end}, namespace="soc") for end in ("b", "c")
    ]
    found = typed(rbac(*texts), tmp_path).definitions
    assert len(found) == 2 * len(LEVELS)
    assert max(map(len, found)) == 128


def test_json_has_the_same_for_machines(tmp_path: Path, rbac: Rbac) -> None:
    secret = manifest("beta", namespace="soc", credentialsRef={"name": "azure"})
    own, lent = json.loads(rbac(MANIFEST, secret, words=("-o", "json")))["identities"]
    found = typed(rbac(MANIFEST, secret), tmp_path)
    definitions = own["roleDefinitions"] + lent["roleDefinitions"]
    assert definitions == list(found.definitions.values())
    assert (own["secret"], lent["secret"]) == (None, {"namespace": "soc", "name": "azure"})
    assigned = [(one["role"], one["scope"]) for one in own["roleAssignments"]]
    assert assigned == [
        (one["--role"], one["--scope"])
        for one in found.assignments
        if one["--assignee-object-id"] == "op"
    ]
    assert own["roleAssignments"][-1]["condition"] == CONDITION
    assert list(own["optional"]) == ["contoso-connector-operator optional subscription"]


def test_the_order_of_manifests_does_not_count(rbac: Rbac) -> None:
    texts = [
        manifest("beta", policy={"deletion": {"tables": "Delete"}}).replace("Analytics1", "2"),
        manifest("gamma", rule={"resourceGroup": "rules-rg"}),
        manifest("delta", namespace="soc", credentialsRef={"name": "azure"}),
    ]
    assert rbac(*texts) == rbac(*reversed(texts))


def test_the_samples_can_be_given_rights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rbac", "-f", str(ROOT / "manifests")]) == 0
    assert typed(capsys.readouterr().out, tmp_path).given()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\n", "line 2"),
        ("kind: ConfigMap\napiVersion: v1\n", "No ContosoConnector in"),
        (MANIFEST.replace("type: string", "type: text"), "acme.yaml:12:30: spec.tables[0]"),
        (MANIFEST.replace("{name: acme}", "{}"), "acme.yaml:1: metadata.name is missing."),
    ],
)
def test_a_bad_manifest_is_named_and_nothing_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(text)
    assert main(["rbac", "-f", str(file)]) == 1
    told = capsys.readouterr()
    assert said in told.err.replace("\n", "")
    assert told.out == ""
