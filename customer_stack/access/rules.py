"""What a route asks of its caller, whether a caller meets it, and who may be given what. Pure.

A route states one rule: `opt={"rule": rules.may(model.Permission.USERS_VIEW)}`. There are three kinds of it, none of
which says whose objects are meant: that is for the query, by the caller's account.

    public()          anybody; nobody is asked who they are
    signed_in(...)    whoever has a session, for what is their own
    may(permission)   who works here and holds the permissions, for what is others'

`fresh=True` asks for a second factor proved within five minutes. A machine with an API key cannot prove one, so a
fresh rule is never met by a key, and a key may come only where a permission of its scope, or `machines=True`, lets it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import msgspec

from boundary.kernel import errors, states
from customer_stack.access import model

FRESH = timedelta(minutes=5)
SKEW = timedelta(seconds=5)
"""How far ahead of ours the clock may be by which another process noted a factor."""

WORKERS = frozenset({model.Role.ADMIN, model.Role.STAFF})
"""The roles of who works here. Nobody else holds a permission, whatever is written."""


class StepUpRequired(errors.Forbidden):
    """A second factor must be proved first, or again: the last one is older than `seconds_max` says."""

    code = "step_up_required"


class SessionRequired(errors.Forbidden):
    """An API key cannot do this, whatever its scope: it takes a person with a session."""

    code = "session_required"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a route asks. A rule without roles is met by nobody, so that none is open by being empty."""

    public: bool = False
    roles: frozenset[model.Role] = frozenset()
    permissions: frozenset[model.Permission] = frozenset()
    fresh: bool = False
    machines: bool = False

    def __str__(self) -> str:
        """In words, for reviewers of the list of routes."""
        if self.public:
            return "public"
        words = [" and ".join(sorted(self.permissions)) or "signed in"]
        if self.roles != (WORKERS if self.permissions else frozenset(model.Role)):
            words.append(f"as {' or '.join(sorted(self.roles))}")
        words += ["with a fresh factor"] * self.fresh + ["or by key"] * self.machines
        return " ".join(words)


def public() -> Rule:
    """Anybody may, without saying who they are."""
    return Rule(public=True)


def signed_in(
    *, roles: Collection[model.Role] = frozenset(model.Role), fresh: bool = False, machines: bool = False
) -> Rule:
    """Whoever has a session; with `machines`, API keys as well. For objects of the caller's own."""
    return _checked(Rule(roles=frozenset(roles), fresh=fresh, machines=machines))


def may(*permissions: model.Permission, roles: Collection[model.Role] = WORKERS, fresh: bool = False) -> Rule:
    """Who works here and holds every one of these permissions; an API key too, if its scope has them."""
    if not permissions:
        raise ValueError("a rule that asks for permissions names one")
    if not WORKERS.issuperset(roles):
        raise ValueError("permissions are held by those who work here alone")
    return _checked(Rule(roles=frozenset(roles), permissions=frozenset(permissions), fresh=fresh))


def _checked(rule: Rule) -> Rule:
    if not rule.roles:
        raise ValueError("a rule without roles lets nobody in")
    if rule.fresh and rule.machines:
        raise ValueError("an API key proves no second factor")
    return rule


def decide(caller: model.Caller | None, rule: Rule, now: datetime) -> errors.Refusal | None:
    """Why this caller may not, or nothing. The first reason in a fixed order: who, as what, holding what, how fresh."""
    if rule.public:
        return None
    if caller is None:
        return errors.Unauthenticated("sign in first")
    if caller.role not in rule.roles:
        return errors.Forbidden("the account's role may not do this")
    if caller.api_key is not None and (rule.fresh or not (rule.permissions or rule.machines)):
        return SessionRequired("an API key cannot do this")
    if not rule.permissions <= caller.permissions:
        return errors.Forbidden("the account lacks a permission")
    if caller.api_key is None and not _proved(caller.factor_at, rule, now):
        return StepUpRequired("prove a second factor first", seconds_max=int(FRESH.total_seconds()))
    return None


def _proved(factor_at: datetime | None, rule: Rule, now: datetime) -> bool:
    """Nobody does what only those who work here do without having proved a second factor in the session."""
    if not rule.fresh:
        return not rule.roles <= WORKERS or factor_at is not None
    return factor_at is not None and -SKEW <= now - factor_at <= FRESH


def scoped(held: frozenset[model.Permission], scope: Collection[model.Permission]) -> frozenset[model.Permission]:
    """What an API key may: of its owner's permissions of this moment those that the key was made for."""
    return held & frozenset(scope)


# ---- who may be given what

OUTSIDER_MAX = timedelta(days=366)


class OwnRights(errors.Forbidden):
    """Nobody changes their own role or grants; somebody else must."""

    code = "own_rights"


class BeyondOwn(errors.Forbidden):
    """Nobody gives what they do not hold; the fact `permission` names the first such."""

    code = "beyond_own_rights"


class NoWorker(errors.Invalid):
    """Investors and issuers hold no permissions; the role comes first."""

    code = "role_without_permissions"


class EndDateWrong(errors.Invalid):
    """An end lies in the future; an outsider's must be given, and within `days_max`."""

    code = "end_date_wrong"


class OutsiderMixed(errors.Invalid):
    """An outsider is staff, with that preset and nothing beside it: what comes from outside only reads."""

    code = "outsider_mixed"


class GivenTwice(errors.Invalid):
    """The same preset or permission stands in the list twice."""

    code = "given_twice"


class LastSuperAdmin(errors.Conflict):
    """Somebody must stay who may do everything and whose rights do not end."""

    code = "last_super_admin"


def effective(standing: model.Standing, now: datetime) -> frozenset[model.Permission]:
    """What the account may at this moment: a grant that has ended gives nothing, whoever still holds its row."""
    return frozenset(sources(standing, now))


def sources(standing: model.Standing, now: datetime) -> Mapping[model.Permission, tuple[str, ...]]:
    """Of each permission that holds now, what it comes from: the role, presets, or itself alone."""
    if standing.role not in WORKERS:
        return {}
    found: dict[model.Permission, tuple[str, ...]] = dict.fromkeys(model.ROLES[standing.role], (standing.role.value,))
    for grant in standing.grants:
        if grant.until is None or grant.until > now:
            for permission in grant.permissions:
                found[permission] = (*found.get(permission, ()), grant.item.value)
    return dict(sorted(found.items()))


def check(role: model.Role, grants: Collection[model.Grant], now: datetime) -> None:
    """Raise unless an account of this role may hold these grants together."""
    items = [grant.item for grant in grants]
    if items and role not in WORKERS:
        raise NoWorker("investors and issuers hold no permissions")
    if len(set(items)) < len(items):
        raise GivenTwice("each item may be given once")
    outside = model.OUTSIDERS.intersection(items)
    if outside and (len(items) > 1 or role is not model.Role.STAFF):
        raise OutsiderMixed("an outsider holds that preset and nothing beside it")
    for grant in grants:
        late = grant.until is not None and grant.until > now + OUTSIDER_MAX
        if (grant.until is not None and grant.until <= now) or (outside and (grant.until is None or late)):
            raise EndDateWrong("the end is missing or out of range", days_max=OUTSIDER_MAX.days)


def judge(
    caller: model.Caller, standing: model.Standing, role: model.Role, grants: Collection[model.Grant], now: datetime
) -> bool:
    """Whether the change takes a second person; raises if the caller may not make it at all."""
    if caller.account == standing.account:
        raise OwnRights("somebody else must change your rights")
    check(role, grants, now)
    given = [grant for grant in grants if grant not in standing.grants]
    gained = frozenset[model.Permission]().union(*(grant.permissions for grant in given))
    gained |= model.ROLES[role] - model.ROLES[standing.role]
    for permission in sorted(gained - caller.permissions):
        raise BeyondOwn("nobody gives what they do not hold", permission=permission.value)
    return model.Permission.PERMISSIONS_MANAGE in gained


def lasting_super_admin(role: model.Role, grants: Collection[model.Grant]) -> bool:
    """Whether somebody can do everything, and for ever: those who end one day cannot be counted on."""
    return role in WORKERS and model.Grant(model.Preset.SUPER_ADMIN) in grants


# ---- what takes two people

_S, _E = model.ProposalState, model.ProposalEvent
PROPOSAL: states.Machine[model.ProposalState, model.ProposalEvent] = states.Machine(
    name="proposal",
    initial=_S.OPEN,
    transitions={
        (_S.OPEN, _E.APPROVE): _S.EXECUTED,
        (_S.OPEN, _E.REJECT): _S.REJECTED,
        (_S.OPEN, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.OPEN, _E.EXPIRE): _S.EXPIRED,
    },
    terminal=(_S.EXECUTED, _S.REJECTED, _S.WITHDRAWN, _S.EXPIRED),
)


class SecondPerson(errors.Forbidden):
    """Who proposed an act cannot approve or reject it, and nobody else can withdraw it."""

    code = "second_person_required"


class ProposalExpired(errors.Conflict):
    """The time to decide this proposal is over; propose it again."""

    code = "proposal_expired"


class ProposerLapsed(errors.Conflict):
    """Who proposed this may not propose it any more, so nobody can approve it."""

    code = "proposer_lapsed"


class ProposalAltered(errors.Conflict):
    """What is stored is not what the hash stands for. Nothing was done, and it must be looked into."""

    code = "proposal_altered"


def decide_proposal(
    caller: model.Caller, proposal: model.Proposal, event: model.ProposalEvent, now: datetime
) -> model.ProposalState:
    """The state that follows when this caller does this now; raises if they may not, or if it is over."""
    refusal = decide(caller, may(proposal.needs, fresh=True), now)
    own = caller.account == proposal.proposer
    if refusal is not None and not (own and event is _E.WITHDRAW):
        raise refusal
    if own != (event is _E.WITHDRAW):
        raise SecondPerson("who proposed it may only withdraw it, and nobody else may")
    following = PROPOSAL.advance(proposal.state, event)
    if now >= proposal.expires_at:
        raise ProposalExpired("the time to decide is over")
    return following
