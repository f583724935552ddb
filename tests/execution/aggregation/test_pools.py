"""Omnibus orders from window to last lot, against a venue that fills, crosses and cancels as it likes."""

import uuid
from collections.abc import AsyncIterator

import pytest

from execution_stack.aggregation import model
from execution_stack.aggregation.service import withdrawing
from execution_stack.intents import model as intents
from tests.execution.aggregation.floor import Floor
from tests.stacks import StackDatabase

CHANNEL = uuid.UUID("6f2f8a3e-51c2-4e7b-9a40-c1d2e3f40001")
OTHER = uuid.UUID("6f2f8a3e-51c2-4e7b-9a40-c1d2e3f40002")


@pytest.fixture
async def floor(execution_schema: StackDatabase) -> AsyncIterator[Floor]:
    floor = await Floor.opened(execution_schema, 1)
    yield floor
    await floor.closed()


async def test_intents_that_want_the_same_leave_as_one_order_under_a_sealed_manifest(floor: Floor) -> None:
    names = await floor.place(CHANNEL, [floor.terms(3), floor.terms(7)])
    others = await floor.place(OTHER, [floor.terms(1), floor.terms(5, limit_ticks=4_999)])
    await floor.settle()
    assert sorted(each.outgoing.lots for each in floor.venue.resting.values()) == [5, 11]
    (ref,) = [ref for ref, each in floor.venue.resting.items() if each.outgoing.lots == 11]
    sealed = await floor.superuser.fetchval(
        'SELECT bool_and(EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)) FROM audit_entry e '
        'JOIN omnibus_manifest m ON m.xid = e.xid WHERE m."order" = $1', ref,
    )  # fmt: skip
    assert sealed
    await floor.works(ref)
    root = await floor.superuser.fetchval('SELECT root FROM omnibus_manifest WHERE "order" = $1', ref)
    for channel, name in [(CHANNEL, names[0]), (CHANNEL, names[1]), (OTHER, others[0])]:
        assert floor.ears.told[channel, name].working == [root]
    await floor.fill(ref, 4, cost=4 * 4_999 * 100 + 37, fee=101)
    await floor.settle()
    shares = [floor.ears.told[key].shares for key in [(CHANNEL, names[0]), (CHANNEL, names[1]), (OTHER, others[0])]]
    assert [sum(each.share.lots for each in told.values()) for told in shares] == [1, 3, 0]
    told = [each for one in shares for each in one.values()]
    assert sum(each.share.lots * each.ticks * 100 - each.share.improvement for each in told) == 4 * 4_999 * 100 + 37
    assert sum(each.share.fee for each in told) == 101
    await floor.fill(ref, 7, cost=7 * 5_000 * 100)
    await floor.settle()
    await floor.end(ref)
    assert [floor.ears.told[key].filled for key in [(CHANNEL, names[0]), (CHANNEL, names[1]), (OTHER, others[0])]] == [
        3, 7, 1,
    ]  # fmt: skip
    states = await floor.superuser.fetch("SELECT state::text FROM intent WHERE limit_ticks = 5000")
    assert {row[0] for row in states} == {"closed"}


async def test_nothing_leaves_before_its_manifest_is_sealed(floor: Floor) -> None:
    await floor.place(CHANNEL, [floor.terms(3)])
    blocker = floor.superuser.transaction()
    await blocker.start()
    await floor.superuser.execute("SELECT pg_current_xact_id()")  # nothing younger than this can be sealed
    await floor.settle(seals=False)
    assert floor.venue.resting == {}
    await blocker.rollback()
    await floor.settle()
    assert len(floor.venue.resting) == 1


async def test_a_cancel_before_the_window_closes_is_done_at_once(floor: Floor) -> None:
    _kept, gone = await floor.place(CHANNEL, [floor.terms(3), floor.terms(7)])
    assert await floor.cancel(CHANNEL, gone) == withdrawing.Answer(at_once=True, lots=7)
    assert await floor.cancel(CHANNEL, gone) == intents.Refusal.TOO_LATE
    await floor.settle()
    assert [each.outgoing.lots for each in floor.venue.resting.values()] == [3]


async def test_an_order_that_nobody_wants_any_more_never_leaves(floor: Floor) -> None:
    (only,) = await floor.place(CHANNEL, [floor.terms(3)])
    await floor.cancel(CHANNEL, only)
    await floor.settle()
    assert floor.venue.resting == {}
    assert await floor.superuser.fetchval("SELECT state::text FROM omnibus_order") == "ended"


async def test_a_cancel_of_a_working_order_is_a_reduction_under_a_new_manifest(floor: Floor) -> None:
    first, second = await floor.place(CHANNEL, [floor.terms(10), floor.terms(30)])
    await floor.settle()
    (ref,) = floor.venue.resting
    await floor.works(ref)
    await floor.fill(ref, 4, cost=4 * 500_000)
    await floor.settle()
    assert await floor.cancel(CHANNEL, first) == withdrawing.Answer(at_once=False, lots=0)
    await floor.settle()
    assert floor.venue.reductions == [(ref, 9)]
    await floor.fill(ref, 8, cost=8 * 500_000)  # crosses the reduction: the first still has its share of it
    await floor.settle()
    await floor.obey()
    told = floor.ears.told[CHANNEL, first]
    assert (told.filled, told.given_up, told.endings[0].why) == (3, 7, model.Why.REQUESTED)
    left = floor.venue.resting[ref].left
    await floor.fill(ref, left, cost=left * 500_000)
    await floor.settle()
    await floor.end(ref)
    await floor.settle()  # what the reduction took too much of is asked for again
    (again,) = floor.venue.resting
    assert floor.venue.resting[again].outgoing.lots == 30 - floor.ears.told[CHANNEL, second].filled == 2
    await floor.works(again)
    await floor.fill(again, 2, cost=2 * 500_000)
    await floor.settle()
    await floor.end(again)
    assert floor.ears.told[CHANNEL, second].filled == 30


async def test_a_freeze_takes_everything_of_a_participant_out(floor: Floor) -> None:
    terms = floor.terms(5)
    await floor.place(CHANNEL, [terms, floor.terms(5)])
    await floor.settle()
    (ref,) = floor.venue.resting
    await floor.works(ref)
    gathering = await floor.place(CHANNEL, [floor.terms(2, participant=terms.participant)])
    answers = await floor.gate.run(
        "test.expel",
        lambda tx: withdrawing.expel(tx, CHANNEL, [terms.participant], model.Reason.PARTICIPANT),
    )
    assert answers[gathering[0]] == withdrawing.Answer(at_once=True, lots=2)
    await floor.settle()
    await floor.obey()
    (ending,) = [each for told in floor.ears.told.values() for each in told.endings]
    assert (ending.lots, ending.why) == (5, model.Why.PARTICIPANT)


async def test_more_wanted_goes_through_a_new_window(floor: Floor) -> None:
    (name,) = await floor.place(CHANNEL, [floor.terms(5)])
    await floor.settle()
    (ref,) = floor.venue.resting
    await floor.works(ref)
    await floor.fill(ref, 2, cost=1_000_000)
    await floor.settle()
    await floor.superuser.execute("UPDATE intent SET lots = 9")  # as an amendment that was accepted
    await floor.reduce(CHANNEL, {name: withdrawing.Wish(9, model.Reason.AMENDED, floor.pool)})
    await floor.settle()
    await floor.obey()
    await floor.end(ref)
    await floor.settle()
    (again,) = floor.venue.resting
    assert floor.venue.resting[again].outgoing.lots == 7
    assert floor.ears.told[CHANNEL, name].endings == []


async def test_a_fill_that_the_venue_takes_back_is_undone_for_everybody(floor: Floor) -> None:
    names = await floor.place(CHANNEL, [floor.terms(3), floor.terms(7)])
    await floor.settle()
    (ref,) = floor.venue.resting
    await floor.works(ref)
    fill = await floor.fill(ref, 10, cost=5_000_000, fee=7)
    await floor.settle()
    await floor.end(ref)
    await floor.take_back(fill)
    await floor.settle()
    for name, lots in zip(names, [3, 7], strict=True):
        told = floor.ears.told[CHANNEL, name]
        assert (told.filled, told.given_up, told.endings[0].why) == (0, lots, model.Why.VENUE)
    assert set(floor.ears.held.values()) == {0}


async def test_what_must_trade_at_once_ends_unfilled(floor: Floor) -> None:
    at_once = {"time_in_force": intents.TimeInForce.AT_ONCE_OR_CANCEL}
    names = await floor.place(CHANNEL, [floor.terms(3, **at_once), floor.terms(7, **at_once)])
    await floor.settle()
    (ref,) = floor.venue.resting
    await floor.works(ref)
    await floor.fill(ref, 5, cost=2_500_000)
    await floor.settle()
    await floor.end(ref, model.Why.UNFILLED)
    for name, lots in zip(names, [3, 7], strict=True):
        told = floor.ears.told[CHANNEL, name]
        assert told.filled + told.given_up == lots
