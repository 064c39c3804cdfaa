"""Plans for the tests of how they are shown: made by real walks on the fake Azure."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

from controller.cli import manifests
from controller.cli.plans.result import Result, Subject
from controller.model.derived import Derived, derive
from controller.model.errors import SpecError, Stalled
from controller.model.reasons import Reason
from controller.model.spec import parse
from controller.reconcile import consent
from controller.reconcile.ownership import NO_STANDING
from controller.reconcile.plan import Plan
from controller.reconcile.walk import walk
from tests.generated import ROOT
from tests.reconcile import samples
from tests.reconcile.fakes import Azure
from tests.reconcile.stubborn import StubbornScene

Scene = Callable[[], Awaitable[Result]]

LARGE = "manifests/large.yaml"
SHORTENED = "What Azure makes of a longer description, which it cuts without a word."
TALKING = {"ui": {"title": "Acme", "descriptionMarkdown": "One\n\nTwo `$(rule.immutableId)`\n"}}


async def begin(_: Plan) -> None:
    """No object to tell."""


async def holding(derived: Derived) -> Azure:
    """An Azure where everything is as declared."""
    azure = Azure()
    assert (await walk(derived, azure.ports, begin=begin)).done
    return azure


async def planned(derived: Derived, azure: Azure, source: str = "acme.yaml") -> Result:
    _, namespace, name = derived.owner.split("/")
    return Result(Subject(source, namespace, name, derived), await walk(derived, azure.ports))


async def nothing() -> Result:
    """Everything is as declared."""
    derived = samples.derived()
    return await planned(derived, await holding(derived))


async def new() -> Result:
    """Nothing exists, and the preflight refuses."""
    result = await planned(samples.derived(definition=TALKING), Azure())
    refusal = SpecError("spec.rule.flows[0].outputStream", "Microsoft-X has no table")
    return Result(result.subject, result.plan, refusal)


async def done() -> Result:
    """Everything was created just now."""
    derived, azure = samples.derived(), Azure()
    subject = Subject("acme.yaml", "default", "acme", derived)
    return Result(subject, await walk(derived, azure.ports, begin=begin))


async def changed() -> Result:
    """Values of each sort differ, and text that Markdown could mistake."""
    azure = await holding(samples.derived())
    bodies = azure.arm.bodies
    del bodies[samples.METADATA.casefold()]
    rule = bodies[samples.RULE.casefold()]
    rule["tags"] = {"apiKey": "s3cret-old", "note": "a|b"}
    rule["properties"]["dataFlows"].append(
        {"streams": ["Custom-Logins"], "destinations": ["clv2ws1"], "transformKql": "source"}
    )
    tags = {"apiKey": "s3cret-new", "note": "```"}
    return await planned(samples.derived(rule={"tags": tags}, definition=TALKING), azure)


async def stuck() -> Result:
    """Azure is at work on one resource and refuses another: the rest is held up."""
    azure = await holding(samples.derived())
    endpoint = azure.arm.bodies[samples.ENDPOINT.casefold()]
    endpoint["properties"]["provisioningState"] = "Updating"
    refused = Stalled(Reason.ACCESS_DENIED, "No right to read <b>|</b> `it`.")
    azure.arm.fail("GET", samples.TABLE, refused)
    return await planned(samples.derived(), azure)


async def kept() -> Result:
    """Azure has made something else of a text, twice, and drops a key: an operator has seen it."""

    def rewrite(body: dict[str, Any]) -> None:
        card = body["properties"]["connectorUiConfig"]
        card |= {"descriptionMarkdown": SHORTENED, "publisher": None}

    operator = StubbornScene({samples.DEFINITION: rewrite})
    for _ in range(2):
        await operator.walk()
    derived = samples.derived()
    subject = Subject("cluster", "default", "acme", derived, _left_to(operator, derived))
    return Result(subject, await walk(derived, operator.azure.ports, leave=subject.leave))


def _left_to(operator: StubbornScene, derived: Derived) -> consent.Leave:
    """What the operator's status of the object says."""
    return consent.leave(operator.held, derived, NO_STANDING)


async def unreachable() -> Result:
    """No plan at all."""
    fault = Stalled(Reason.WORKSPACE_NOT_FOUND, "Workspace ws does not exist in soc.")
    return Result(Subject("acme.yaml", "default", "acme", samples.derived()), refusal=fault)


async def one_column() -> Result:
    """The nine tables of the large sample, and one column more, with stream and transform."""
    (document,) = manifests.load_all((ROOT / LARGE).read_text())
    spec = document.value["spec"]
    azure = await holding(_large(spec))
    changed: dict[str, Any] = deepcopy(spec)
    (table,) = [each for each in changed["tables"] if each["name"] == "FabrikamHttp_CL"]
    table["columns"].append({"name": "UserAgent", "type": "string"})
    changed["rule"]["streams"][0]["columns"].append({"name": "http_user_agent", "type": "string"})
    flow = changed["rule"]["flows"][2]
    flow["transformKql"] += ",\n    UserAgent = http_user_agent"
    return await planned(_large(changed), azure, LARGE)


def _large(spec: dict[str, Any]) -> Derived:
    return derive(parse(spec), namespace="soc", name="fabrikam-edge", installation="production")


ALL: tuple[Scene, ...] = (nothing, new, done, changed, stuck, kept, unreachable, one_column)
