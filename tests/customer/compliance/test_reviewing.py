"""Held operations: once before staff, released for exactly what was held, once, and not for ever."""

import asyncio
import collections
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import clock, states
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.access import ports as access_ports
from customer_stack.compliance import model
from customer_stack.compliance.model import facts, reviews
from customer_stack.compliance.rules import reviewing as rules
from customer_stack.compliance.service import reviewing
from tests.customer.compliance import house

K, G, S = model.OperationKind, reviews.Ground, reviews.State
OFFICER = UUID(int=0xACE)
CALLER = access.Caller(
    account=OFFICER, role=access.Role.STAFF, permissions=frozenset({reviewing.NEEDS}), authenticated_at=house.NOON,
    factor_at=house.NOON,
)  # fmt: skip
THRESHOLD = 100_000_000
ALLOW, REVIEW = ("allow", ["risk_high"]), ("review", ["risk_high"])


def desk(room: house.Room) -> reviewing.Desk:
    return reviewing.Desk(house.law, room.ids)


async def held(room: house.Room, amount: int = 1_000, **more: Any) -> tuple[model.Operation, UUID]:
    room.neighbours.risks[room.one] = "HIGH"
    asked = room.operation(K.STAKE, amount, **more)
    (verdict,) = await room.evaluate(asked)
    assert verdict.answer is model.Answer.REVIEW
    return asked, verdict.id


async def release(room: house.Room, verdict: UUID) -> Any:
    return await room.db.run("t", lambda tx: desk(room).release(tx, CALLER, verdict, G.RISK_ACCEPTED, room.now))


async def states_of(room: house.Room) -> list[str]:
    return [row[0] for row in await room.query("SELECT state::text FROM clearance_review ORDER BY at, verdict")]


async def test_a_held_operation_stands_once_before_staff(room: house.Room) -> None:
    asked, _ = await held(room)
    for _ in range(3):
        assert await room.reasons(asked) == [REVIEW]
    found = await room.db.read("t", lambda tx: reviewing.some(tx, S.OPEN, None, 10))
    assert [(each.operation, each.amount, each.reasons) for each in found] == [
        (asked.id, 1_000, (model.Code.RISK_HIGH,))
    ]


async def test_a_release_is_good_for_one_evaluation_of_the_same(room: house.Room) -> None:
    asked, verdict = await held(room)
    assert (await release(room, verdict)).state is S.RELEASED
    assert await room.reasons(asked) == [ALLOW]
    assert await states_of(room) == ["used"]
    assert await room.reasons(asked) == [REVIEW]
    assert sorted(await states_of(room)) == ["open", "used"]
    decided = await room.entries(facts.ReviewDecided)
    assert [(each.verdict, each.state, each.ground, each.by) for each in decided] == [
        (verdict, "released", "risk_accepted", OFFICER)
    ]


async def test_it_is_good_for_nothing_else(room: house.Room) -> None:
    asked, verdict = await held(room)
    await release(room, verdict)
    other = [
        room.operation(K.STAKE, 1_001, id=asked.id),
        room.operation(K.STAKE, 1_000),
        room.operation(K.STAKE, 1_000, house.USD, id=asked.id),
    ]
    for each in other:
        assert await room.reasons(each) == [REVIEW]
    assert await room.reasons(asked) == [ALLOW]


async def test_it_covers_the_reasons_that_were_seen_and_no_refusal(room: house.Room) -> None:
    asked, verdict = await held(room)
    await release(room, verdict)
    room.neighbours.screened[room.one] = "REVIEW"
    assert await room.reasons(asked) == [("review", ["sanctions_unclear", "risk_high"])]
    assert sorted(await states_of(room)) == ["open", "released"]
    room.neighbours.screened[room.one] = "BLOCKED"
    assert await room.reasons(asked) == [("refuse", ["sanctions_blocked", "risk_high"])]
    room.neighbours.screened[room.one] = "CLEAR"
    assert await room.reasons(asked) == [ALLOW]


async def test_it_runs_out(room: house.Room) -> None:
    asked, verdict = await held(room)
    await release(room, verdict)
    room.now += rules.RELEASED_FOR
    assert await room.reasons(asked) == [REVIEW]
    assert sorted(await states_of(room)) == ["lapsed", "open"]


async def test_where_nothing_is_wrong_any_more_the_release_is_kept(room: house.Room) -> None:
    asked, verdict = await held(room)
    await release(room, verdict)
    room.neighbours.risks[room.one] = "LOW"
    assert await room.reasons(asked) == [("allow", [])]
    assert await states_of(room) == ["released"]


async def test_of_a_hundred_evaluations_one_gets_the_release(room: house.Room) -> None:
    await room.fund(1_000_000)
    asked, verdict = await held(room)
    await release(room, verdict)
    found = await asyncio.gather(*(room.evaluate(asked) for _ in range(100)))
    assert collections.Counter(each[0].answer.value for each in found) == {"allow": 1, "review": 99}


async def test_from_the_threshold_on_it_takes_two(room: house.Room) -> None:
    _, small = await held(room, THRESHOLD - 1)
    assert isinstance(await release(room, small), reviews.Review)
    _, large = await held(room, THRESHOLD)
    proposal = await release(room, large)
    assert isinstance(proposal, access.Proposal)
    assert proposal.act == reviews.ReleaseHeld(large, G.RISK_ACCEPTED)
    assert (await room.db.read("t", lambda tx: reviewing.show(tx, large))).state is S.OPEN
    execute = reviewing.Execute(clock.ManualClock(room.now))
    second = UUID(int=0xBEE)
    approval = access_ports.Approval(proposal.hash, OFFICER, second)
    await room.db.run("t", lambda tx: execute(tx, proposal.act, approval))
    shown = await room.db.read("t", lambda tx: reviewing.show(tx, large))
    assert (shown.state, shown.decided_by, shown.approved_by) == (S.RELEASED, OFFICER, second)


async def test_what_cannot_be_told_in_the_jurisdictions_money_takes_two(room: house.Room) -> None:
    asked = room.operation(K.STAKE, 5, house.EURO)
    (verdict,) = await room.evaluate(asked)
    assert isinstance(await release(room, verdict.id), access.Proposal)


async def test_one_person_is_enough_to_refuse_and_that_is_the_end(room: house.Room) -> None:
    asked, verdict = await held(room, THRESHOLD)

    async def refuse(tx: transaction.Tx) -> reviews.Review:
        return await desk(room).refuse(tx, CALLER, verdict, G.NOT_EXPLAINED, room.now)

    assert (await room.db.run("t", refuse)).state is S.REFUSED
    for again in (refuse, lambda tx: desk(room).release(tx, CALLER, verdict, G.EXPLAINED, room.now)):
        with pytest.raises(states.IllegalTransition):
            await room.db.run("t", again)
    assert await room.reasons(asked) == [REVIEW]


async def test_of_two_who_decide_at_once_one_wins_and_the_other_sees_why(room: house.Room) -> None:
    _, verdict = await held(room)
    work = [
        lambda tx: desk(room).release(tx, CALLER, verdict, G.FALSE_ALARM, room.now),
        lambda tx: desk(room).refuse(tx, CALLER, verdict, G.NOT_EXPLAINED, room.now),
    ]
    found = await asyncio.gather(*(room.db.run("t", each) for each in work * 20), return_exceptions=True)
    kinds = collections.Counter(type(each) for each in found)
    assert kinds == {reviews.Review: 1, states.IllegalTransition: 39}


async def test_a_verdict_that_is_not_held_cannot_be_released(room: house.Room) -> None:
    (verdict,) = await room.evaluate(room.operation(K.STAKE, 5))
    for unknown in (verdict.id, UUID(int=1)):
        with pytest.raises(model.UnknownVerdict):
            await release(room, unknown)


def test_every_pair_that_the_machine_does_not_name_is_refused() -> None:
    for state, event in rules.REVIEW.illegal_pairs():
        with pytest.raises(states.IllegalTransition):
            rules.REVIEW.advance(state, event)
    assert timedelta(0) < rules.RELEASED_FOR <= timedelta(days=7)


async def test_nobody_decides_about_what_they_want_to_do_themselves(room: house.Room) -> None:
    mine = msgspec.structs.replace(CALLER, account=room.one)
    for amount in (1_000, THRESHOLD):
        _, verdict = await held(room, amount)
        for word in ("release", "refuse"):
            with pytest.raises(reviews.OwnOperation):
                await room.db.run(
                    "t", lambda tx, v=verdict, w=word: getattr(desk(room), w)(tx, mine, v, G.EXPLAINED, room.now)
                )
        for proposer, approver in ((room.one, OFFICER), (OFFICER, room.one)):
            approval = access_ports.Approval(bytes(32), proposer, approver)
            execute, act = reviewing.Execute(clock.ManualClock(room.now)), reviews.ReleaseHeld(verdict, G.EXPLAINED)
            with pytest.raises(reviews.OwnOperation):
                await room.db.run("t", lambda tx, e=execute, a=act, by=approval: e(tx, a, by))
    assert await room.entries(facts.ReviewDecided) == []
