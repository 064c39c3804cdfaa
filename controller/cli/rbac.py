"""`contosoctl rbac -f`: the rights in Azure that manifests need, as roles and `az` commands.

Decides how they are shown and by whose identity they are grouped. Asks neither Azure nor a cluster.
"""

import argparse
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.cli import plan, walks
from controller.cli.manifests import Unreadable
from controller.cli.plans.result import Subject
from controller.cli.roles import ADMINISTRATOR, CONDITION, CONDITION_VERSION, Role, Roles, roles
from controller.config import INSTALLATION
from controller.model.derived import Derived
from controller.reconcile.actions import Need, needs

NAME = "contoso-connector-operator"
EPILOG = """\
Paste the text into a shell that is signed in by az as who may define and assign roles. A role that
is there already is brought up to date by `az role definition update` instead of create.
Exit codes: 0 printed, 1 an error."""
GIVING = """\
# To let sources send: the condition allows Monitoring Metrics Publisher alone, to service
# principals alone. This built-in role of Azure reads all of the resource group too."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose rights they are: the operator's own, or those of a Secret (`namespace`, `secret`).

    `assignee` is an object id, or "" where the shell's `variable` has it.
    """

    variable: str
    given: Roles
    assignee: str = ""
    namespace: str = ""
    secret: str = ""

    @property
    def who(self) -> str:
        """In a comment, which some shells read as words: quoted, on one line."""
        if not self.secret:
            return "the operator"
        return f"the identity in the Secret {_quoted(f'{self.namespace}/{self.secret}')}"

    @property
    def word(self) -> str:
        """The object id for the shell, which stops where it has none."""
        return shlex.quote(self.assignee) if self.assignee else f'"${{{self.variable}:?}}"'


def arguments(parser: argparse.ArgumentParser) -> None:
    """-f and -n as for plan; whom the operator's roles are given to, and what they are called."""
    plan.manifests(parser)
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--assignee",
        metavar="OBJECT_ID",
        help="object id of the operator's service principal or managed identity (default: the "
        "shell's variable OPERATOR_OBJECT_ID)",
    )
    parser.add_argument(
        "--name",
        default=NAME,
        help="how the roles' names begin: they are unique in a tenant (default: %(default)s)",
    )
    parser.add_argument(
        "-o", dest="output", choices=["text", "json"], default="text", help="(default: text)"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 printed, 1 when a manifest could not be read."""
    installation = environ.get(INSTALLATION, "rbac")
    try:
        subjects = tuple(plan.read(arguments.files, arguments.namespace, installation))
    except Unreadable as error:
        return walks.complain(error)
    holders = list(_holders(subjects, arguments.name, arguments.assignee or ""))
    print(_json(holders) if arguments.output == "json" else "\n".join(_text(holders)))
    return 0


def _holders(subjects: Sequence[Subject], name: str, assignee: str) -> Iterator[Holder]:
    """The operator first, then the Secrets by namespace and name.

    Each has roles of its own: a Secret's identity may be another tenant's.
    """
    by_secret: dict[tuple[str, str], list[Need]] = {}
    for subject in subjects:
        if isinstance(subject.derived, Derived):  # `plan.read` has raised for what is none
            ref = subject.derived.spec.credentials_ref
            whose = ("", "") if ref is None else (subject.namespace, ref.name)
            by_secret.setdefault(whose, []).extend(needs(subject.derived))
    own = by_secret.pop(("", ""), None)
    if own is not None:
        yield Holder("OPERATOR_OBJECT_ID", roles(own, name), assignee)
    for number, (namespace, secret) in enumerate(sorted(by_secret), start=1):
        given = roles(by_secret[namespace, secret], f"{name} {namespace}/{secret}")
        yield Holder(f"SECRET_{number}_OBJECT_ID", given, namespace=namespace, secret=secret)


def _text(holders: Iterable[Holder]) -> Iterator[str]:
    for holder in holders:
        known = "" if holder.assignee else f", whose object id is in {holder.variable}"
        yield f"# Rights of {holder.who}{known}."
        for role in holder.given.custom:
            yield from _defined(role)
            yield from (_assigned(holder, role.name, scope) for scope in role.scopes)
        if holder.given.giving:
            yield GIVING
        for scope in holder.given.giving:
            limits = ("--condition", CONDITION, "--condition-version", CONDITION_VERSION)
            yield _assigned(holder, ADMINISTRATOR, scope, *limits)


def _defined(role: Role) -> Iterator[str]:
    if role.lacks:
        yield "# Optional. Without it:"
        yield from (f"# - {lack.replace('`', '')}" for lack in role.lacks)
    body = json.dumps(role.definition(), indent=2)
    yield f"az role definition create --role-definition {shlex.quote(body)}"


def _assigned(holder: Holder, role: str, scope: str, *more: str) -> str:
    """By object id and type: az asks Microsoft Graph nothing then."""
    words = ["--role", role, "--scope", scope, *more]
    return (
        f"az role assignment create --assignee-object-id {holder.word}"
        f" --assignee-principal-type ServicePrincipal {shlex.join(words)}"
    )


def _quoted(text: str) -> str:
    """One word of a shell: a namespace of a manifest may hold anything, line breaks too."""
    return shlex.quote(json.dumps(text)[1:-1])


def _json(holders: Iterable[Holder]) -> str:
    return json.dumps({"identities": [_shown(holder) for holder in holders]}, indent=2)


def _shown(holder: Holder) -> Mapping[str, Any]:
    secret = {"namespace": holder.namespace, "name": holder.secret} if holder.secret else None
    assigned = [
        {"role": role.name, "scope": scope} for role in holder.given.custom for scope in role.scopes
    ]
    limited = [
        {
            "role": ADMINISTRATOR,
            "scope": scope,
            "condition": CONDITION,
            "conditionVersion": CONDITION_VERSION,
        }
        for scope in holder.given.giving
    ]
    return {
        "secret": secret,
        "roleDefinitions": [role.definition() for role in holder.given.custom],
        "optional": {role.name: list(role.lacks) for role in holder.given.custom if role.lacks},
        "roleAssignments": assigned + limited,
    }
