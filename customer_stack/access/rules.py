"""What a route asks of its caller, and whether a caller meets it. Pure: the caller and the time are arguments.

A route states one rule: `opt={"rule": rules.may(model.Permission.USERS_VIEW)}`. There are three kinds of it, none of
which says whose objects are meant: that is for the query, by the caller's account.

    public()          anybody; nobody is asked who they are
    signed_in(...)    whoever has a session, for what is their own
    may(permission)   who works here and holds the permissions, for what is others'

`fresh=True` asks for a second factor proved within five minutes. A machine with an API key cannot prove one, so a
fresh rule is never met by a key, and a key may come only where a permission of its scope, or `machines=True`, lets it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from boundary.kernel import errors
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
    """Nobody uses a permission without having proved a second factor at some time in the session."""
    if not rule.fresh:
        return not rule.permissions or factor_at is not None
    return factor_at is not None and -SKEW <= now - factor_at <= FRESH


def scoped(held: frozenset[model.Permission], scope: Collection[model.Permission]) -> frozenset[model.Permission]:
    """What an API key may: of its owner's permissions of this moment those that the key was made for."""
    return held & frozenset(scope)
