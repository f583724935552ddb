"""What a rule lets in, over every combination that decides; and how rules are made."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from boundary.kernel import errors, states
from customer_stack.access import model, rules

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
VIEW, MANAGE = model.Permission.USERS_VIEW, model.Permission.USERS_MANAGE
ACCOUNT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
FACTORS: list[timedelta | None] = [None, timedelta(0), rules.FRESH, rules.FRESH + timedelta(seconds=1)]


def caller(role: model.Role = model.Role.STAFF, *permissions: model.Permission, **more: Any) -> model.Caller:
    given = {"account": ACCOUNT, "authenticated_at": NOW, "factor_at": NOW, **more}
    return model.Caller(role=role, permissions=frozenset(permissions), **given)


def code(who: model.Caller | None, rule: rules.Rule) -> str | None:
    refusal = rules.decide(who, rule, NOW)
    return refusal.code if refusal else None


def test_anybody_may_do_what_is_public_and_nothing_else() -> None:
    assert code(None, rules.public()) is None
    for rule in (rules.signed_in(), rules.signed_in(machines=True), rules.may(VIEW), rules.Rule()):
        assert code(None, rule) == "unauthenticated"


@pytest.mark.parametrize("role", model.Role)
def test_an_empty_rule_lets_nobody_in(role: model.Role) -> None:
    assert code(caller(role, *model.Permission), rules.Rule()) == "forbidden"


@pytest.mark.parametrize("role", model.Role)
def test_a_role_that_is_not_named_is_refused(role: model.Role) -> None:
    others = set(model.Role) - {role}
    assert code(caller(role), rules.signed_in(roles=others)) == "forbidden"
    assert code(caller(role), rules.signed_in(roles={role})) is None


def test_every_permission_that_is_named_is_needed() -> None:
    both = rules.may(VIEW, MANAGE)
    assert [code(caller(model.Role.STAFF, *held), both) for held in ((), (VIEW,), (MANAGE,), (VIEW, MANAGE))] == [
        "forbidden",
        "forbidden",
        "forbidden",
        None,
    ]


@pytest.mark.parametrize("role", [model.Role.INVESTOR, model.Role.ISSUER])
def test_a_customer_who_somehow_holds_a_permission_may_still_not_use_it(role: model.Role) -> None:
    assert code(caller(role, VIEW), rules.may(VIEW)) == "forbidden"


@pytest.mark.parametrize("age, key, fresh", list(itertools.product(FACTORS, [False, True], [False, True])))
def test_a_fresh_rule_wants_a_factor_of_five_minutes_from_a_session(
    age: timedelta | None, key: bool, fresh: bool
) -> None:
    who = caller(model.Role.STAFF, VIEW, factor_at=None if age is None else NOW - age, api_key=OTHER if key else None)
    expected = {
        (True, True): "session_required",
        (True, False): None,
        (False, True): None if age is not None and age <= rules.FRESH else "step_up_required",
        (False, False): None if age is not None else "step_up_required",
    }[key, fresh]
    assert code(who, rules.may(VIEW, fresh=fresh)) == expected


def test_what_is_ones_own_takes_no_factor_unless_the_rule_says_so() -> None:
    assert code(caller(model.Role.INVESTOR, factor_at=None), rules.signed_in()) is None
    assert code(caller(model.Role.INVESTOR, factor_at=None), rules.signed_in(fresh=True)) == "step_up_required"


def test_where_only_those_come_who_work_here_nobody_comes_without_a_factor() -> None:
    rule = rules.signed_in(roles=rules.WORKERS)
    assert code(caller(factor_at=None), rule) == "step_up_required"
    assert code(caller(factor_at=NOW - timedelta(days=1)), rule) is None


def test_a_factor_from_the_future_is_none() -> None:
    ahead = [NOW + rules.SKEW, NOW + rules.SKEW + timedelta(microseconds=1)]
    answers = [code(caller(factor_at=at), rules.signed_in(fresh=True)) for at in ahead]
    assert answers == [None, "step_up_required"]


def test_step_up_says_how_fresh() -> None:
    refusal = rules.decide(caller(factor_at=None), rules.signed_in(fresh=True), NOW)
    assert isinstance(refusal, errors.Forbidden)
    assert refusal.facts == {"seconds_max": 300}


def test_a_key_comes_only_where_its_scope_or_the_rule_says_machines() -> None:
    key = caller(model.Role.STAFF, VIEW, api_key=OTHER)
    assert code(key, rules.signed_in()) == "session_required"
    assert code(key, rules.signed_in(machines=True)) is None
    assert code(key, rules.may(VIEW)) is None
    assert code(key, rules.may(MANAGE)) == "forbidden"


def test_a_key_has_no_more_than_its_owner_at_this_moment_and_no_more_than_its_scope() -> None:
    assert rules.scoped(frozenset({VIEW}), {VIEW, MANAGE}) == {VIEW}
    assert rules.scoped(frozenset({VIEW, MANAGE}), {VIEW}) == {VIEW}


@pytest.mark.parametrize(
    "make",
    [
        rules.may,
        lambda: rules.may(VIEW, roles=()),
        lambda: rules.may(VIEW, roles=model.Role),
        lambda: rules.signed_in(roles=()),
        lambda: rules.signed_in(fresh=True, machines=True),
    ],
)
def test_a_rule_that_cannot_be_meant_is_not_made(make: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()


@given(some.sampled_from(model.Role), some.frozensets(some.sampled_from(model.Permission)), some.booleans())
def test_more_permissions_never_open_less(role: model.Role, held: frozenset[model.Permission], fresh: bool) -> None:
    rule = rules.may(VIEW, fresh=fresh)
    if code(caller(role, *held), rule) is None:
        assert code(caller(role, *held, MANAGE), rule) is None


# ---- rights


def standing(role: model.Role, *grants: model.Grant) -> model.Standing:
    return model.Standing(OTHER, role, 1, grants)


def lasting(*items: model.Item) -> tuple[model.Grant, ...]:
    return tuple(model.Grant(item) for item in items)


def test_effective_rights_are_those_of_role_presets_and_single_grants_together() -> None:
    held = standing(model.Role.ADMIN, *lasting(model.Preset.COMPLIANCE_OFFICER, model.Permission.WALLET_VIEW))
    assert rules.effective(held, NOW) == (
        model.ROLES[model.Role.ADMIN] | model.PRESETS[model.Preset.COMPLIANCE_OFFICER] | {model.Permission.WALLET_VIEW}
    )
    assert rules.sources(held, NOW)[model.Permission.AUDIT_VIEW] == ("admin", "compliance_officer")


def test_a_grant_ends_at_its_very_moment() -> None:
    held = standing(model.Role.STAFF, model.Grant(model.Preset.REGULATOR, NOW))
    assert rules.effective(held, NOW - timedelta(microseconds=1)) == model.PRESETS[model.Preset.REGULATOR]
    assert rules.effective(held, NOW) == frozenset()


@pytest.mark.parametrize("role", [model.Role.INVESTOR, model.Role.ISSUER])
def test_whatever_is_written_a_customer_has_no_rights(role: model.Role) -> None:
    assert rules.effective(standing(role, *lasting(model.Preset.SUPER_ADMIN)), NOW) == frozenset()


def test_no_role_hands_out_rights() -> None:
    assert all(model.Permission.PERMISSIONS_MANAGE not in held for held in model.ROLES.values())


def test_outsiders_only_read() -> None:
    for preset in model.OUTSIDERS:
        assert {permission.rsplit(".")[1] for permission in model.PRESETS[preset]} == {"view"}


SOON, LATE = NOW + timedelta(days=30), NOW + rules.OUTSIDER_MAX + timedelta(seconds=1)
STAFF = model.Role.STAFF


@pytest.mark.parametrize(
    "role, grants, refused",
    [
        (STAFF, [(model.Preset.SUPPORT, None)], None),
        (STAFF, [(model.Preset.SUPPORT, SOON)], None),
        (STAFF, [(model.Preset.SUPPORT, NOW)], "end_date_wrong"),
        (STAFF, [(model.Preset.SUPPORT, None), (model.Preset.SUPPORT, SOON)], "given_twice"),
        (STAFF, [(model.Preset.REGULATOR, SOON)], None),
        (STAFF, [(model.Preset.REGULATOR, None)], "end_date_wrong"),
        (STAFF, [(model.Preset.REGULATOR, LATE)], "end_date_wrong"),
        (STAFF, [(model.Preset.PRIVACY_AUDITOR, None)], "end_date_wrong"),
        (STAFF, [(model.Preset.REGULATOR, SOON), (model.Preset.SUPPORT, None)], "outsider_mixed"),
        (STAFF, [(model.Preset.REGULATOR, SOON), (model.Preset.PRIVACY_AUDITOR, SOON)], "outsider_mixed"),
        (STAFF, [(model.Preset.REGULATOR, SOON), (VIEW, SOON)], "outsider_mixed"),
        (model.Role.ADMIN, [(model.Preset.REGULATOR, SOON)], "outsider_mixed"),
        (model.Role.INVESTOR, [], None),
        (model.Role.INVESTOR, [(VIEW, None)], "role_without_permissions"),
        (model.Role.ISSUER, [(model.Preset.SUPPORT, None)], "role_without_permissions"),
    ],
)
def test_what_may_be_held_together(role: model.Role, grants: list[Any], refused: str | None) -> None:
    if refused is None:
        rules.check(role, [model.Grant(*each) for each in grants], NOW)
        return
    with pytest.raises(errors.Invalid) as error:
        rules.check(role, [model.Grant(*each) for each in grants], NOW)
    assert error.value.code == refused


def test_nobody_changes_their_own_rights_even_to_what_they_are() -> None:
    me = caller(STAFF, *model.Permission)
    with pytest.raises(rules.OwnRights):
        rules.judge(me, standing(STAFF)._replace(account=ACCOUNT), STAFF, (), NOW)


def test_nobody_gives_what_they_do_not_hold_but_may_take_it() -> None:
    me = caller(STAFF, model.Permission.PERMISSIONS_MANAGE, VIEW)
    held = standing(STAFF, *lasting(model.Preset.FINANCE_MANAGER))
    assert rules.judge(me, held, STAFF, (), NOW) is False
    assert rules.judge(me, held, STAFF, (*held.grants, model.Grant(VIEW)), NOW) is False
    with pytest.raises(rules.BeyondOwn) as error:
        rules.judge(me, held, STAFF, lasting(model.Preset.SUPPORT), NOW)
    assert error.value.facts == {"permission": "audit.view"}
    with pytest.raises(rules.BeyondOwn):
        rules.judge(me, held, STAFF, [model.Grant(model.Preset.FINANCE_MANAGER, SOON)], NOW)
    with pytest.raises(rules.BeyondOwn):
        rules.judge(me, standing(STAFF), model.Role.ADMIN, (), NOW)


@pytest.mark.parametrize("preset", model.Preset)
def test_whatever_newly_hands_out_rights_takes_two(preset: model.Preset) -> None:
    me = caller(STAFF, *model.Permission)
    grant = model.Grant(preset, SOON)
    assert rules.judge(me, standing(STAFF), STAFF, [grant], NOW) is (preset is model.Preset.SUPER_ADMIN)
    assert rules.judge(me, standing(STAFF, grant), STAFF, [grant], NOW) is False
    prolonged = model.Grant(preset, SOON + timedelta(days=1))
    assert rules.judge(me, standing(STAFF, grant), STAFF, [prolonged], NOW) is (preset is model.Preset.SUPER_ADMIN)


# ---- proposals


@pytest.mark.parametrize("state, event", rules.PROPOSAL.illegal_pairs())
def test_what_has_ended_stays_as_it_ended(state: model.ProposalState, event: model.ProposalEvent) -> None:
    with pytest.raises(states.IllegalTransition):
        rules.PROPOSAL.advance(state, event)


def test_there_are_sixteen_such_pairs() -> None:
    assert len(rules.PROPOSAL.illegal_pairs()) == len(model.ProposalState) * len(model.ProposalEvent) - 4 == 16


def proposal(**more: Any) -> model.Proposal:
    given = {
        "nonce": uuid.UUID(int=7),
        "payload": b"payload",
        "needs": VIEW,
        "proposer": OTHER,
        "proposed_at": NOW,
        "expires_at": NOW + timedelta(days=1),
    }
    return model.Proposal(**{**given, **more})


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": uuid.UUID(int=8)},
        {"payload": b"payloae"},
        {"needs": MANAGE},
        {"proposer": ACCOUNT},
        {"expires_at": NOW + timedelta(days=1, microseconds=1)},
    ],
)
def test_the_hash_stands_for_all_that_is_proposed(change: dict[str, Any]) -> None:
    assert proposal(**change).hash != proposal().hash
    assert proposal(state=model.ProposalState.REJECTED, decided_by=ACCOUNT).hash == proposal().hash


_E = model.ProposalEvent


@pytest.mark.parametrize(
    "who, event, outcome",
    [
        (caller(STAFF, VIEW), _E.APPROVE, model.ProposalState.EXECUTED),
        (caller(STAFF, VIEW), _E.REJECT, model.ProposalState.REJECTED),
        (caller(STAFF, VIEW), _E.WITHDRAW, "second_person_required"),
        (caller(STAFF, VIEW, account=OTHER), _E.APPROVE, "second_person_required"),
        (caller(STAFF, VIEW, account=OTHER), _E.REJECT, "second_person_required"),
        (caller(STAFF, VIEW, account=OTHER), _E.WITHDRAW, model.ProposalState.WITHDRAWN),
        (caller(STAFF, account=OTHER), _E.WITHDRAW, model.ProposalState.WITHDRAWN),
        (caller(STAFF, MANAGE), _E.APPROVE, "forbidden"),
        (caller(STAFF, MANAGE), _E.REJECT, "forbidden"),
        (caller(STAFF, VIEW, factor_at=NOW - timedelta(minutes=6)), _E.APPROVE, "step_up_required"),
        (caller(STAFF, VIEW, factor_at=None), _E.REJECT, "step_up_required"),
        (caller(STAFF, VIEW, api_key=OTHER), _E.APPROVE, "session_required"),
        (caller(model.Role.INVESTOR, VIEW), _E.APPROVE, "forbidden"),
    ],
)
def test_who_may_end_a_proposal_and_how(who: model.Caller, event: model.ProposalEvent, outcome: str) -> None:
    if isinstance(outcome, model.ProposalState):
        assert rules.decide_proposal(who, proposal(), event, NOW) is outcome
        return
    with pytest.raises(errors.Forbidden) as error:
        rules.decide_proposal(who, proposal(), event, NOW)
    assert error.value.code == outcome


@pytest.mark.parametrize("event", [_E.APPROVE, _E.REJECT])
def test_nobody_decides_what_has_expired(event: model.ProposalEvent) -> None:
    rules.decide_proposal(caller(STAFF, VIEW), proposal(expires_at=NOW + timedelta(microseconds=1)), event, NOW)
    with pytest.raises(rules.ProposalExpired):
        rules.decide_proposal(caller(STAFF, VIEW), proposal(expires_at=NOW), event, NOW)
