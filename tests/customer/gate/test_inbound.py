"""What the execution stack's cores do here: once, in order, and nothing at all if anything about one is wrong."""

import asyncio
import uuid
from typing import Any

import pytest

from boundary.channel import transcript
from boundary.kernel import clock
from boundary.wire import control, frame, messages, to_customer, values, words
from customer_stack.gate import model
from customer_stack.gate.service import inbound, outbound
from tests.customer.gate.house import NOW, House, Side, added, intent

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = clock.to_micros(NOW) // 1_000_000
REF, HASH = uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d"), bytes(range(32))
R, N = words.RefusalCode, words.NackCode


def name(index: int, sequence: int = 1) -> values.MessageName:
    return values.MessageName(1, sequence, index)


def terms(**changes: Any) -> to_customer.Terms:
    fields: dict[str, Any] = {
        "route": words.Route.OMNIBUS,
        "product": words.Product.EVENT_CONTRACT,
        "tick_size": 10_000,
        "lot_size": 1_000_000,
        "price_max": 99,
        "grid": (),
        "cap_lots": 500,
        "opens_at": SECONDS,
        "closes_at": SECONDS + 60,
        "document": HASH,
    }
    return to_customer.Terms(**fields | changes)


async def test_every_outcome_lands_on_the_subject_that_it_names(side: Side) -> None:
    subjects = await side.placed(8)
    await side.hear(
        to_customer.MessageApplied(name(0)),
        to_customer.MessageRefused(name(1), R.ALREADY_ACTIVE),
        to_customer.IntentAccepted(name(2)),
        to_customer.IntentRefused(name(3), R.OVER_CAP),
        to_customer.IntentWorking(name(4), HASH),
        to_customer.IntentCancelled(name(5), 10, words.CancelReason.REQUESTED),
        to_customer.IntentExpired(name(6), 10),
    )
    assert await side.outcomes(subjects) == [
        ("applied", None),
        ("refused", R.ALREADY_ACTIVE),
        ("accepted", None),
        ("refused", R.OVER_CAP),
        ("working", None),
        ("cancelled", words.CancelReason.REQUESTED),
        ("expired", None),
        ("sent", None),
    ]


async def test_the_last_word_about_a_subject_stands_within_a_core_and_over_two(side: Side) -> None:
    subjects = await side.placed(2)
    await side.hear(
        to_customer.IntentAccepted(name(0)),
        to_customer.IntentWorking(name(0), HASH),
        to_customer.IntentCancelled(name(0), 10, words.CancelReason.OPERATOR),
        to_customer.IntentAccepted(name(1)),
    )
    await side.hear(to_customer.IntentExpired(name(1), 10))
    assert await side.outcomes(subjects) == [("cancelled", words.CancelReason.OPERATOR), ("expired", None)]


async def test_neighbours_keep_their_own_codes(side: Side) -> None:
    subjects = await side.placed(4)
    refused = (R.OVER_CAP, R.FROZEN, R.FROZEN, R.EXPIRED)
    await side.hear(*(to_customer.IntentRefused(name(index), code) for index, code in enumerate(refused)))
    assert await side.outcomes(subjects) == [("refused", code) for code in refused]


async def test_a_core_is_applied_with_its_place_and_one_entry(side: Side, house: House) -> None:
    await side.placed(1)
    before, last = await house.contents(), await house.last_entry()
    core = side.there.core(to_customer.IntentAccepted(name(0)))
    verdict = await side.take(side.there.data(core))
    assert verdict == inbound.Verdict(2, control.Ack(1, 1, core.core))
    moved = {"channel_inbound": 1, "channel_subject": 1}
    assert added(before, await house.contents()) == {
        "audit_entry": 1, "channel_received": 1, "channel_tally": 1, **moved, **{f"-{table}": 1 for table in moved},
    }  # fmt: skip
    assert await house.entries(last) == [model.CoreApplied(side.channel, 1, 1, 1, core.core)]


async def test_a_core_again_has_no_effect_and_the_same_answer(side: Side, house: House) -> None:
    subjects = await side.placed(1)
    core = side.there.core(to_customer.IntentAccepted(name(0)))
    data = side.there.data(core)
    await side.take(data)
    side.there.went(core)
    await side.hear(to_customer.IntentExpired(name(0), 10))
    before = await house.contents()
    head = side.there.position.head
    for again in (data, side.there.data(core)):
        assert await side.take(again) == inbound.Verdict(3, control.Ack(1, 2, head)), "up to here"
    assert added(before, await house.contents()) == {}
    assert await side.outcomes(subjects) == [("expired", None)], "what was said later stands"


async def test_one_core_delivered_by_twenty_at_once_is_applied_once(side: Side, house: House) -> None:
    last = await house.last_entry()
    core = side.there.core(to_customer.RefsIssued(name(0), (house.ids.ref(), house.ids.ref())))
    verdicts = await asyncio.gather(*(side.take(side.there.data(core)) for _ in range(20)))
    assert verdicts == [inbound.Verdict(2, control.Ack(1, 1, core.core))] * 20
    assert await house.entries(last) == [model.CoreApplied(side.channel, 1, 1, 1, core.core)]


@pytest.mark.parametrize("ahead", [1, 2, 1000])
async def test_a_core_ahead_of_its_turn_is_early_and_leaves_nothing(side: Side, house: House, ahead: int) -> None:
    await side.hear(to_customer.InstrumentResumed(REF))
    before = await house.contents()
    data = side.there.data(
        side.there.core(to_customer.InstrumentResumed(REF), sequence=side.there.position.due + ahead)
    )
    assert await side.take(data) == side.nacked(data, N.EARLY, early=True)
    assert added(before, await house.contents()) == {}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sequence": 1, "previous": transcript.GENESIS}, id="other messages under a delivered place"),
        pytest.param({"previous": bytes(32)}, id="another history"),
        pytest.param({"previous": HASH}, id="a head that never was"),
    ],
)
async def test_two_histories_halt_the_channel_for_good(side: Side, house: House, changes: dict[str, Any]) -> None:
    first = side.there.core(to_customer.InstrumentResumed(REF))
    await side.take(side.there.data(first))
    side.there.went(first)
    last = await house.last_entry()
    fork = side.there.core(to_customer.InstrumentHalted(REF, words.HaltReason.VENUE), **changes)
    data = side.there.data(fork)
    assert await side.take(data) == side.nacked(data, N.EQUIVOCATION, halted=True)
    assert await side.halted()
    assert await house.entries(last) == [model.ChannelHalted(side.channel, 1, fork.sequence, fork.core, 1)]
    before = await house.contents()
    sound = side.there.core(to_customer.InstrumentResumed(REF))
    for data in (side.there.data(sound), side.there.data(first), side.there.data(fork)):
        assert await side.take(data) == side.nacked(data, N.HALTED, halted=True)
    assert added(before, await house.contents()) == {}
    other = await house.side()
    await other.hear(to_customer.InstrumentResumed(REF))


async def test_another_epoch_is_refused_with_evidence_and_halts_nothing(side: Side, house: House) -> None:
    await side.hear(to_customer.InstrumentResumed(REF))
    for epoch in (2, 2**32 - 1):
        last = await house.last_entry()
        core = side.there.core(to_customer.InstrumentResumed(REF), epoch=epoch)
        data = side.there.data(core)
        assert await side.take(data) == side.nacked(data, N.OTHER_EPOCH)
        refused = model.CoreRefused(side.channel, epoch, core.sequence, frame.digest(data), len(data), "other_epoch")
        assert await house.entries(last) == [refused]
    assert not await side.halted()
    await side.hear(to_customer.InstrumentResumed(REF))


BROKEN = {
    "nothing": (b"", 0, "malformed"),
    "a reserved byte": (b"\xc1", 1, "malformed"),
    "a name": (b"\x91\xacNimal Perera", 1, "malformed"),
    "a count that does not fit": (messages.body([messages.encode(to_customer.InstrumentResumed(REF))]), 2, "malformed"),
    "a message of our own direction": (messages.body([messages.encode(intent())]), 1, "malformed"),
    "an unknown tag": (b"\x91\x92\xcd\x01\x2b\x05", 1, "unsupported"),
    "a long form": (b"\xdc\x00\x01" + messages.encode(to_customer.InstrumentResumed(REF)), 1, "malformed"),
    "a ref of version 1": (b"\x91\x92\xcc\xd5\xc4\x10" + bytes.fromhex("c232ab00941411ecb3c89f6bdeced846"), 1, "malformed"),
    "a byte behind": (messages.body([messages.encode(to_customer.InstrumentResumed(REF))]) + b"\0", 1, "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("body, count, code", list(BROKEN.values()), ids=list(BROKEN))
async def test_a_core_that_cannot_be_read_has_no_effect_but_its_evidence(
    side: Side, house: House, body: bytes, count: int, code: str
) -> None:
    before, last = await house.contents(), await house.last_entry()
    core = side.there.core_of(body, count)
    data = side.there.data(core)
    assert await side.take(data) == side.nacked(data, N[code.upper()])
    assert added(before, await house.contents()) == {"audit_entry": 1, "channel_refused": 1}
    for again in (data, side.there.data(core)):
        assert await side.take(again) == side.nacked(again, N[code.upper()])
    assert added(before, await house.contents()) == {"audit_entry": 1, "channel_refused": 1}, "once"
    assert await house.entries(last) == [model.CoreRefused(side.channel, 1, 1, frame.digest(data), len(data), code)]
    await side.hear(to_customer.InstrumentResumed(REF))


PLACE = values.ChainPlace(1, HASH, 1)
NOT_UNDERSTOOD: list[messages.Message] = [
    to_customer.FillAllocated(1, name(0), 1, 1, 0, 0, words.ResidueRule.EXACT, SECONDS),
    to_customer.FillReversed(1),
    to_customer.EventResolved(REF, 1, 1, SECONDS),
    to_customer.EventVoided(REF, 1, SECONDS),
    to_customer.EventAmended(REF, 2, 1, SECONDS),
    to_customer.Payout(REF, REF, 1, words.Side.BUY, 1, 1),
    to_customer.PayoutReversed(REF, REF, 1),
    to_customer.TokenCreated(name(0), REF),
    to_customer.TokenDeployed(REF, bytes(20), PLACE),
    to_customer.ChainConfirmed(name(0), PLACE),
    to_customer.BatchProposed(REF, 1, 1, HASH),
    to_customer.TradeSettled(1, REF, PLACE),
    to_customer.BatchSettled(REF, 1, 0, PLACE),
]


async def test_every_kind_is_either_handled_or_tried_below() -> None:
    known = set(messages.VOCABULARIES[frame.Direction.TO_CUSTOMER].shapes)
    assert set(inbound.HANDLERS) | {type(each) for each in NOT_UNDERSTOOD} == known
    assert not set(inbound.HANDLERS) & {type(each) for each in NOT_UNDERSTOOD}


@pytest.mark.parametrize("message", NOT_UNDERSTOOD, ids=[type(each).__name__ for each in NOT_UNDERSTOOD])
async def test_a_kind_that_is_not_understood_yet_keeps_its_whole_core_waiting(
    side: Side, house: House, message: messages.Message
) -> None:
    subjects = await side.placed(1)
    last = await house.last_entry()
    data = side.there.data(side.there.core(to_customer.IntentAccepted(name(0)), message))
    assert await side.take(data) == side.nacked(data, N.UNSUPPORTED), "no acknowledgement: it will come again"
    assert await side.outcomes(subjects) == [("sent", None)]
    refused = model.CoreRefused(side.channel, 1, 1, frame.digest(data), len(data), "unsupported")
    assert await house.entries(last) == [refused]


async def test_an_outcome_of_a_name_that_is_not_ours_changes_nothing(side: Side, house: House) -> None:
    other = await house.side()
    theirs = await other.placed(1)
    ours = await side.placed(1)
    await side.hear(
        to_customer.IntentRefused(name(7), R.OVER_CAP),
        to_customer.IntentRefused(name(0, sequence=9), R.OVER_CAP),
        to_customer.IntentRefused(values.MessageName(2, 1, 0), R.OVER_CAP),
    )
    assert await side.outcomes(ours) == [("sent", None)]
    await side.hear(to_customer.IntentRefused(name(0), R.OVER_CAP))
    assert await side.outcomes(ours) == [("refused", R.OVER_CAP)]
    assert await other.outcomes(theirs) == [("sent", None)]


async def test_references_come_into_stock_once_each(side: Side, house: House) -> None:
    refs = tuple(house.ids.ref() for _ in range(3))
    await side.hear(to_customer.RefsIssued(name(0), refs))
    await side.hear(
        to_customer.RefsIssued(name(1), refs), to_customer.RefsIssued(name(2), (*refs[:1], house.ids.ref()))
    )
    rows = await house.superuser.fetch(
        "SELECT state::text, count(*) FROM channel_reference WHERE channel = $1 GROUP BY 1", side.channel
    )
    assert [tuple(row) for row in rows] == [("spare", 4)]


async def test_instruments_follow_the_execution_stacks_register(side: Side, house: House) -> None:
    one = house.ids.ref()
    states = "SELECT state::text, cap_lots FROM instrument WHERE ref = $1"

    async def state() -> tuple[Any, ...]:
        return tuple(await house.superuser.fetchrow(states, one))

    await side.hear(to_customer.InstrumentListed(one, terms()))
    assert await state() == ("listed", 500)
    await side.hear(to_customer.InstrumentHalted(one, words.HaltReason.OPERATOR))
    await side.hear(to_customer.InstrumentChanged(one, terms(cap_lots=400)))
    assert await state() == ("halted", 400), "new terms do not resume it"
    await side.hear(
        to_customer.InstrumentResumed(one), to_customer.InstrumentHalted(one, words.HaltReason.VENUE),
        to_customer.InstrumentResumed(one),
    )  # fmt: skip
    assert await state() == ("listed", 400)
    await side.hear(to_customer.InstrumentDelisted(one))
    assert await state() == ("delisted", 400)


async def test_a_void_takes_the_place_of_a_core_that_could_not_be_read(side: Side, house: House) -> None:
    unreadable = side.there.core_of(b"\xc1", 1)
    data = side.there.data(unreadable)
    assert await side.take(data) == side.nacked(data, N.MALFORMED)
    last = await house.last_entry()
    applied = inbound.Verdict(2, control.Ack(1, 1, unreadable.core))
    for _ in range(2):
        assert await side.take(side.there.void(unreadable)) == applied
    assert await house.entries(last) == [model.SequenceVoided(side.channel, 1, 1, unreadable.core)]
    side.there.went(unreadable)
    await side.hear(to_customer.InstrumentResumed(REF))


@pytest.mark.parametrize(
    "changes",
    [{"sequence": 2}, {"epoch": 2}, {}, {"core": b"N" * 32}],
    ids=["another place", "another epoch", "one that was never refused", "one that never was"],
)
async def test_a_void_that_names_another_core_voids_nothing(side: Side, house: House, changes: dict[str, Any]) -> None:
    before = await house.contents()
    data = side.there.void(side.there.core(to_customer.InstrumentResumed(REF)), **changes)
    assert await side.take(data) == side.nacked(data, N.MALFORMED)
    assert added(before, await house.contents()) == {"audit_entry": 1, "channel_refused": 1}


async def test_said_subjects_never_leave_with_the_message(side: Side, house: House) -> None:
    """What a message is about in our own terms stays here: the core holds the message and nothing else."""
    subject = house.ids.ref()
    core = await side.sent(outbound.Said(intent(), subject))
    assert core.body == messages.body([messages.encode(intent())])
    assert subject.bytes not in core.body
