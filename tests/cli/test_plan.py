"""`plan -f` and `apply -f` against the emulated Azure: exit codes, and what is said of mistakes."""

import json

import pytest

from tests.cli.commands import MANIFEST, Place

WIDER = MANIFEST.replace("string}\n", "string}\n        - {name: Ip, type: string}\n")


async def test_a_plan_writes_nothing_and_exits_with_2(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    before = place.held()

    assert await place.run("plan", "-f", place.manifest()) == 2

    assert place.held() == before
    assert "7 to create, 1 as declared." in capsys.readouterr().out


async def test_apply_does_what_the_plan_says_and_then_there_is_nothing_to_do(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place.manifest()

    assert await place.run("apply", "-f", file) == 0
    assert "7 created, 1 as declared." in capsys.readouterr().out
    assert await place.run("plan", "-f", file) == 0
    assert "\n8 as declared.\n" in capsys.readouterr().out


async def test_a_column_more_is_two_updates_of_the_same_paths_in_plan_and_apply(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    await place.run("apply", "-f", place.manifest())
    capsys.readouterr()

    assert await place.run("plan", "-f", place.manifest(WIDER), "-o", "json") == 2
    plan = steps(capsys.readouterr().out)
    assert await place.run("apply", "-f", place.manifest(WIDER), "-o", "json") == 0
    done = steps(capsys.readouterr().out)

    assert plan == done
    assert plan["Table"] == ["/properties/schema/columns/Ip"]


def steps(told: str) -> dict[str, list[str]]:
    """The paths of each update."""
    (connector,) = json.loads(told)["connectors"]
    return {
        step["kind"]: [change["path"] for change in step["changes"]]
        for step in connector["steps"]
        if step["action"] == "update"
    }


async def test_markdown_is_printed_whole(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert await place.run("plan", "-f", place.manifest(), "-o", "markdown") == 2
    assert capsys.readouterr().out.startswith("### default/acme\n")


async def test_what_the_preflight_refuses_is_an_error_of_the_plan_too(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """No write would get past a column that Azure keeps for itself."""
    file = place.manifest(WIDER.replace("name: Ip", "name: id"))
    before = place.held()

    assert [await place.run("plan", "-f", file), await place.run("apply", "-f", file)] == [1, 1]

    assert place.held() == before
    assert capsys.readouterr().out.count("Refused: spec.tables[0].columns[1].name: id is") == 2


async def test_a_workspace_that_is_not_there_is_an_error(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place.manifest(MANIFEST.replace("LogAnalytics1", "Absent"))

    assert await place.run("plan", "-f", file) == 1
    assert "Refused: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            MANIFEST.replace("type: string", "type: text"),
            "acme.yaml:12:30: spec.tables[0].columns[0].type: ",
            id="a bad value",
        ),
        pytest.param(
            MANIFEST.replace("  tables:", "  tabels:"),
            "acme.yaml:9:3: spec.tabels: ",
            id="an unknown field",
        ),
        pytest.param(
            MANIFEST.replace("{name: acme}", "{}"),
            "acme.yaml:1: metadata.name is missing.",
            id="no name",
        ),
        pytest.param("kind: ConfigMap\n", "No ContosoConnector in ", id="no connector"),
        pytest.param("a: [\n", "acme.yaml: ", id="no YAML"),
    ],
)
async def test_a_manifest_that_is_wrong_is_refused_by_file_line_and_column(
    place: Place, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert await place.run("plan", "-f", place.manifest(text)) == 1

    told = capsys.readouterr()
    assert said in "".join(told.err.splitlines())
    assert told.out == ""


async def test_a_file_that_is_not_there_is_named(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await place.run("plan", "-f", "absent.yaml") == 1
    assert "absent.yaml cannot be read" in capsys.readouterr().err


async def test_a_setting_that_is_missing_is_named(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Place(place.azure, {}, place.folder)

    assert await bare.run("plan", "-f", place.manifest()) == 1
    assert "CONTOSO_INSTALLATION is not set" in capsys.readouterr().err
