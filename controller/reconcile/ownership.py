"""Whose a resource is, and whether a connector may take it for its own. Pure.

The claim is one tag on the rule; definition, metadata and data connector follow the rule's claim.
Tables and endpoints are shared, a role assignment serves whoever made it: nobody owns those.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from controller.model import claims
from controller.model.connector import TAKE_OVER, Connector
from controller.model.derived import Derived
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Body, Change, KindName, Resource
from controller.model.spec import Adoption
from controller.reconcile.kept import Known
from controller.reconcile.reach import ANYWHERE, Reach

CLAIMED = frozenset(
    {KindName.RULE, KindName.DEFINITION, KindName.METADATA, KindName.DATA_CONNECTOR}
)
"""what the claim on the rule speaks for"""

PATHS_MOST = 5

Rival = Callable[[Collection[str]], Stalled | None]
"""The conflict with an elder object of the cluster about these ids (folded)."""

LetsGo = Callable[[str, str], bool]
"""Whether the owner whom a claim names has no better right to the rule of that id."""


def _no_rival(_ids: Collection[str]) -> Stalled | None:
    return None


def _stays(_claim: str, _rule_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Standing:
    """What an object brings to a walk: its past, its permission, its neighbours. Ids are folded.

    A walk without an object (of a manifest) brings nothing: it knows what Azure tells.
    """

    created: frozenset[str] = frozenset()
    """what its status says that it made"""
    known: frozenset[str] = frozenset()
    """what its status says that it made or took over"""
    adopted: Mapping[KindName, str] = field(default_factory=dict)
    """ids of what it took over, as spelled: a hint to where the names left out lead"""
    kinds: frozenset[KindName] = frozenset()
    """the kinds that its status has a record of"""
    take_over: str = ""
    """the rule that it may take from whoever claims it"""
    kept: Known = field(default_factory=dict)
    """what Azure is known to keep otherwise"""
    reach: Reach = ANYWHERE
    """how far its namespace lets it go"""
    rival: Rival = _no_rival
    lets_go: LetsGo = _stays

    def knows(self, resource_id: str) -> bool:
        return resource_id.casefold() in self.known


NO_STANDING = Standing()


def standing(connector: Connector, rival: Rival, lets_go: LetsGo) -> Standing:
    """What the object's status and annotations give it."""
    records = [
        record
        for record in connector.status.get("resources", ())
        if record.get("id") and record.get("state") != "Orphaned"
    ]
    made = {r["id"].casefold() for r in records if r.get("origin") == "Created"}
    adopted = {KindName(r["kind"]): r["id"] for r in records if r.get("origin") == "Adopted"}
    taken = {r["id"].casefold() for r in records if r.get("origin") == "Adopted"}
    return Standing(
        created=frozenset(made),
        known=frozenset(made | taken),
        adopted=adopted,
        kinds=frozenset(KindName(record["kind"]) for record in records),
        take_over=connector.annotations.get(TAKE_OVER, "").casefold(),
        rival=rival,
        lets_go=lets_go,
    )


@dataclass(frozen=True, slots=True)
class Hold:
    """What of a connector's resources is its own, in one walk.

    `rule_is_ours` is None while there is no rule: then its status says what it knows. `asked`:
    an annotation asks to take the rule over, and with it all that its claim speaks for.
    """

    owner: str = ""
    adoption: Adoption = Adoption.IF_UNOWNED
    replaceable: frozenset[str] = frozenset()
    standing: Standing = NO_STANDING
    rule_is_ours: bool | None = None
    asked: bool = False

    def has(self, resource: Resource, body: Body) -> bool:
        """Whether an existing resource is ours: nobody else's claim is on it, and ours or our
        record of having made it is there."""
        if resource.kind is KindName.RULE:
            claim = claims.claimed_by(body)
            return claim == self.owner or (claim is None and self.standing.knows(resource.id))
        if resource.kind not in CLAIMED or resource.id.casefold() in self.standing.created:
            return True
        if self.rule_is_ours is None:
            return self.standing.knows(resource.id)
        return self.rule_is_ours

    def replaces(self, resource: Resource, body: Body) -> bool:
        """Whether it may be deleted to be made anew: only what is ours already."""
        return str(resource.kind) in self.replaceable and self.has(resource, body)

    def refusal(self, resource: Resource, body: Body, differ: tuple[Change, ...]) -> Stalled | None:
        """Why an existing resource is not taken for our own, None if it is ours or becomes so."""
        if self.has(resource, body):
            return None
        claim = claims.claimed_by(body) if resource.kind is KindName.RULE else None
        if claim is not None and not self._may_take(resource, claim):
            return _claimed(resource, claim)
        if self.adoption is Adoption.NEVER and not self.asked:
            return _not_ours(resource, differ)
        return None

    def _may_take(self, rule: Resource, claim: str) -> bool:
        """By annotation, from who has gone, or by policy; but not back from who took it from us."""
        if self.asked or self.standing.lets_go(claim, rule.id):
            return True
        return self.adoption is Adoption.ALWAYS and not self.standing.knows(rule.id)


def hold(derived: Derived, standing: Standing, rule: tuple[Resource, Body | None]) -> Hold:
    """What is the connector's own, by its rule's readback (None: there is none)."""
    policy, (resource, body) = derived.spec.policy, rule
    asked = resource.id.casefold() == standing.take_over
    replaceable = frozenset(policy.allow_replace)
    found = Hold(derived.owner, policy.adoption, replaceable, standing, asked=asked)
    return found if body is None else replace(found, rule_is_ours=found.has(resource, body))


def _claimed(rule: Resource, claim: str) -> Stalled:
    return Stalled(
        Reason.CONFLICT,
        f"Rule {rule.name} is claimed by {claim} (tag {claims.OWNER_TAG}), so nothing is written. "
        "Name another in spec.rule.name, or take this one over: annotate the object with "
        f"{TAKE_OVER}={rule.id}",
    )


def _not_ours(resource: Resource, differ: tuple[Change, ...]) -> Stalled:
    paths = [change.path for change in differ[:PATHS_MOST]]
    more = len(differ) - len(paths)
    listed = ", ".join(paths) + (f" and {more} more" if more else "")
    return Stalled(
        Reason.NOT_OURS,
        f"{resource.kind} {resource.name} was there before, and spec.policy.adoption is Never, so "
        f"nothing is written. It differs in {listed or 'nothing'}. Set adoption to IfUnowned to "
        "take it over, or name another one.",
    )
