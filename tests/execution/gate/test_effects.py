"""What each kind of message does, through a receiver on a real database, as the role that serves it."""

import uuid
from typing import Any

import pytest

from boundary.kernel import clock
from boundary.wire import frame, messages, to_customer, to_execution, values, words
from execution_stack.gate.service import channels, effects
from execution_stack.instruments import model as instruments
from execution_stack.intents import model as intents
from execution_stack.participants import model as participants
from execution_stack.participants import service as participants_service
from tests.execution.gate.house import NOW, House, Wire, added, codes, name, placed

pytestmark = pytest.mark.asyncio(loop_scope="module")
R = words.RefusalCode
APPLIED, ACCEPTED, CANCELLED = to_customer.MessageApplied, to_customer.IntentAccepted, to_customer.IntentCancelled
SECONDS = clock.to_micros(NOW) // 1_000_000


def status(ref: Any, to: words.ParticipantStatus, level: words.Level = words.Level.TWO) -> messages.Message:
    return to_execution.SetParticipantStatus(ref, to, level, words.Category.PROFESSIONAL)


async def participant_row(house: House, ref: Any) -> tuple[Any, ...]:
    found = await house.superuser.fetchrow("SELECT status, level, category FROM participant WHERE ref = $1", ref)
    return tuple(found)


async def intent_states(house: House, wire: Wire) -> list[tuple[Any, ...]]:
    rows = await house.superuser.fetch(
        """SELECT sequence, position, state::text, limit_ticks, lots, cost_cap FROM intent
        WHERE channel = $1 ORDER BY epoch, sequence, position""",
        wire.end.channel,
    )
    return [tuple(row) for row in rows]


# --- participants


async def test_references_are_minted_at_random_for_the_channel_that_asked(wire: Wire, house: House) -> None:
    outcomes = await wire.say(to_execution.ReserveRefs(1000), to_execution.ReserveRefs(1))
    assert [type(each) for each in outcomes] == [to_customer.RefsIssued] * 2
    assert [each.request.index for each in outcomes] == [0, 1]
    refs = [ref for each in outcomes for ref in each.refs]
    assert (len(refs), len(set(refs))) == (1001, 1001)
    assert all(ref.version == 4 for ref in refs)
    rows = await house.superuser.fetch("SELECT channel, status::text FROM participant WHERE ref = ANY($1)", refs)
    assert {tuple(row) for row in rows} == {(wire.end.channel, "issued")}
    chosen = sum(ref.int.bit_count() - 2 for ref in refs) / (len(refs) * 122)  # version and variant have one bit each
    assert 0.49 < chosen < 0.51, "as even as chance: seven deviations either way"


async def test_the_stock_of_references_has_a_bound_and_what_goes_over_it_is_refused_alone(wire: Wire) -> None:
    full = participants_service.STOCK_MAX // 1000
    outcomes = await wire.say(
        *[to_execution.ReserveRefs(1000)] * (full - 1),
        to_execution.ReserveRefs(999),
        to_execution.ReserveRefs(2),
        to_execution.ReserveRefs(1),
        to_execution.ReserveRefs(1),
    )
    issued = to_customer.RefsIssued
    assert codes(outcomes) == [issued] * full + [R.TOO_MANY, issued, R.TOO_MANY]
    assert codes(await wire.say(to_execution.ReserveRefs(1))) == [R.TOO_MANY]
    one = outcomes[0].refs[0]
    assert codes(await wire.say(to_execution.ActivateRef(one), to_execution.ReserveRefs(1))) == [APPLIED, issued]


async def test_a_reference_is_activated_once_ever(wire: Wire, house: House) -> None:
    (issued,) = await wire.say(to_execution.ReserveRefs(2))
    one, two = issued.refs
    activate = to_execution.ActivateRef
    same_core = await wire.say(activate(one), activate(one), activate(two))
    assert codes(same_core) == [APPLIED, R.ALREADY_ACTIVE, APPLIED]
    assert codes(await wire.say(activate(one))) == [R.ALREADY_ACTIVE]
    assert codes(await wire.say(status(one, words.ParticipantStatus.CLOSED), activate(one))) == [APPLIED, R.CLOSED]
    assert codes(await wire.say(activate(house.ids.ref()))) == [R.UNKNOWN_REF]


async def test_a_status_follows_the_table_and_keeps_level_and_category(wire: Wire, house: House) -> None:
    (issued,) = await wire.say(to_execution.ReserveRefs(1))
    (ref,) = issued.refs
    eligible, frozen, closed = words.ParticipantStatus
    assert codes(await wire.say(status(ref, eligible), status(ref, frozen), status(ref, closed))) == [R.NOT_ACTIVE] * 3
    assert await participant_row(house, ref) == ("issued", 0, "retail")
    moves = [status(ref, frozen), status(ref, eligible, words.Level.FIVE), status(ref, eligible, words.Level.THREE)]
    assert codes(await wire.say(to_execution.ActivateRef(ref), *moves)) == [APPLIED] * 4
    assert await participant_row(house, ref) == ("eligible", 3, "professional")
    last = [status(ref, closed), status(ref, eligible), status(ref, frozen), status(ref, closed)]
    assert codes(await wire.say(*last)) == [APPLIED, R.CLOSED, R.CLOSED, R.CLOSED]
    assert await participant_row(house, ref) == ("closed", 2, "professional")


# --- intents


async def test_an_intent_is_one_row_under_its_own_name(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    (who,) = await wire.participants()
    outcomes = await wire.say(placed(who, listed.ref), placed(who, listed.ref, lots=7))
    assert outcomes == [ACCEPTED(name(wire.end, 0)), ACCEPTED(name(wire.end, 1))]
    sequence = wire.end.position.due - 1
    assert await intent_states(house, wire) == [
        (sequence, 0, "open", 40, 10, 4_000_000),
        (sequence, 1, "open", 40, 7, 4_000_000),
    ]


async def test_each_reason_to_refuse_an_intent_comes_home_as_its_code_and_leaves_no_row(
    wire: Wire, house: House
) -> None:
    listed, halted, delisted = [await house.list_instrument() for _ in range(3)]
    await house.move(halted, instruments.StateEvent.HALT)
    await house.move(delisted, instruments.StateEvent.DELIST)
    early = await house.list_instrument(opens_at=NOW.replace(day=6))
    over = await house.list_instrument(closes_at=NOW)
    (stranger,) = await wire.participants()  # of this channel, but closed below
    who, frozen = await wire.participants(2)
    (minted,) = await wire.say(to_execution.ReserveRefs(1))
    (issued,) = minted.refs
    await wire.say(status(frozen, words.ParticipantStatus.FROZEN), status(stranger, words.ParticipantStatus.CLOSED))
    until = {"time_in_force": words.TimeInForce.UNTIL_TIME}
    wanted: list[tuple[messages.Message, Any]] = [
        (placed(who, listed.ref), ACCEPTED),
        (placed(house.ids.ref(), listed.ref), R.UNKNOWN_REF),
        (placed(issued, listed.ref), R.NOT_ACTIVE),
        (placed(frozen, listed.ref), R.FROZEN),
        (placed(stranger, listed.ref), R.CLOSED),
        (placed(who, house.ids.ref()), R.UNKNOWN_INSTRUMENT),
        (placed(who, delisted.ref), R.UNKNOWN_INSTRUMENT),
        (placed(who, halted.ref), R.HALTED),
        (placed(who, early.ref), R.OUTSIDE_WINDOW),
        (placed(who, over.ref), R.OUTSIDE_WINDOW),
        (placed(who, listed.ref, kind=words.IntentKind.MARKET), R.INCONSISTENT),
        (placed(who, listed.ref, limit_ticks=0), R.INCONSISTENT),
        (placed(who, listed.ref, expires_at=SECONDS + 60), R.INCONSISTENT),
        (placed(who, listed.ref, **until), R.INCONSISTENT),
        (placed(who, listed.ref, limit_ticks=100), R.PRICE_OFF_GRID),
        (placed(who, listed.ref, lots=501, cost_cap=10**15), R.OVER_CAP),
        (placed(who, listed.ref, cost_cap=3_999_999), R.OVER_CAP),
        (placed(who, listed.ref, **until, expires_at=SECONDS), R.EXPIRED),
        (placed(who, listed.ref, **until, expires_at=SECONDS + 366 * 86_400 + 1), R.OUTSIDE_WINDOW),
        (placed(who, listed.ref, **until, expires_at=SECONDS + 1), ACCEPTED),
    ]
    outcomes = await wire.say(*(message for message, _ in wanted))
    assert codes(outcomes) == [code for _, code in wanted]
    named = [each.intent for each in outcomes]
    assert named == [name(wire.end, index) for index in range(len(wanted))], "in order, each under its own name"
    assert [row[1] for row in await intent_states(house, wire)] == [0, len(wanted) - 1]


async def test_a_cancellation_takes_what_is_open_and_comes_too_late_the_second_time(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    (who,) = await wire.participants()
    await wire.say(placed(who, listed.ref), placed(who, listed.ref, lots=7), placed(who, listed.ref, lots=3))
    one, two, three = (name(wire.end, index) for index in range(3))
    cancel = to_execution.CancelIntent
    nowhere = [values.MessageName(1, 1, 0), values.MessageName(1, 2**63 - 1, 1999), values.MessageName(2, 1, 0)]
    outcomes = await wire.say(cancel(two), cancel(two), cancel(one), *map(cancel, nowhere))
    assert outcomes[0] == CANCELLED(two, 7, words.CancelReason.REQUESTED)
    assert outcomes[2] == CANCELLED(one, 10, words.CancelReason.REQUESTED)
    assert codes(outcomes) == [CANCELLED, R.TOO_LATE, CANCELLED, *[R.UNKNOWN_INTENT] * 3]
    assert codes(await wire.say(cancel(one), cancel(three))) == [R.TOO_LATE, CANCELLED]
    assert {row[2] for row in await intent_states(house, wire)} == {"cancelled"}


async def test_an_intent_can_be_cancelled_and_amended_by_the_core_that_places_it(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    (who,) = await wire.participants()
    here = values.MessageName(1, wire.end.position.due, 0)
    outcomes = await wire.say(
        placed(who, listed.ref), to_execution.AmendIntent(here, 20, 5, 10**7), to_execution.CancelIntent(here)
    )
    assert codes(outcomes) == [ACCEPTED, APPLIED, CANCELLED]
    assert outcomes[-1] == CANCELLED(here, 5, words.CancelReason.REQUESTED)


@pytest.mark.parametrize("left", [words.ParticipantStatus.FROZEN, words.ParticipantStatus.CLOSED])
async def test_whoever_is_frozen_or_closed_leaves_and_all_that_was_open_is_cancelled(
    wire: Wire, house: House, left: words.ParticipantStatus
) -> None:
    listed = await house.list_instrument()
    who, other = await wire.participants(2)
    await wire.say(placed(who, listed.ref), placed(other, listed.ref), placed(who, listed.ref, lots=7))
    outcomes = await wire.say(status(who, left), to_execution.CancelIntent(name(wire.end, 2)))
    reason = words.CancelReason.PARTICIPANT_STATUS
    one, two = name(wire.end, 0, back=2), name(wire.end, 2, back=2)
    assert outcomes[:3] == [APPLIED(name(wire.end, 0)), CANCELLED(one, 10, reason), CANCELLED(two, 7, reason)]
    assert codes(outcomes[3:]) == [R.TOO_LATE]
    assert [row[2] for row in await intent_states(house, wire)] == ["cancelled", "open", "cancelled"]
    row = await house.superuser.fetchrow("SELECT open_orders, open_value FROM risk_account WHERE participant = $1", who)
    assert tuple(row) == (0, 0), "and what was counted as open is open no more"
    again = await wire.say(to_execution.CancelIntent(one), to_execution.AmendIntent(two, 20, 5, 10**7))
    assert codes(again) == [R.TOO_LATE, R.TOO_LATE]


async def test_who_is_let_in_again_by_the_same_core_has_left_all_the_same(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    (who,) = await wire.participants()
    await wire.say(placed(who, listed.ref))
    frozen, eligible = words.ParticipantStatus.FROZEN, words.ParticipantStatus.ELIGIBLE
    outcomes = await wire.say(status(who, frozen), status(who, eligible), placed(who, listed.ref))
    assert codes(outcomes) == [APPLIED, APPLIED, CANCELLED, ACCEPTED]
    assert [row[2] for row in await intent_states(house, wire)] == ["cancelled", "open"]


async def test_an_amendment_is_judged_as_if_it_were_new_and_the_last_word_stands(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    (who,) = await wire.participants()
    await wire.say(placed(who, listed.ref), placed(who, listed.ref))
    one, two = name(wire.end, 0), name(wire.end, 1)
    amend = to_execution.AmendIntent
    outcomes = await wire.say(
        amend(one, 20, 5, 1_000_000),
        amend(one, 100, 5, 10**15),
        amend(one, 0, 5, 10**15),
        amend(one, 20, 501, 10**15),
        amend(one, 20, 5, 999_999),
        amend(one, 21, 6, 10**7),
        amend(values.MessageName(1, 1, 0), 20, 5, 10**7),
        amend(two, 30, 8, 10**7),
    )
    assert codes(outcomes) == [
        APPLIED, R.PRICE_OFF_GRID, R.INCONSISTENT, R.OVER_CAP, R.OVER_CAP, APPLIED, R.UNKNOWN_INTENT, APPLIED,
    ]  # fmt: skip
    assert [row[2:] for row in await intent_states(house, wire)] == [("open", 21, 6, 10**7), ("open", 30, 8, 10**7)]
    await house.move(listed, instruments.StateEvent.HALT)
    outcomes = await wire.say(to_execution.CancelIntent(two), amend(two, 20, 5, 10**7), amend(one, 20, 5, 10**9))
    assert codes(outcomes) == [CANCELLED, R.TOO_LATE, R.HALTED]


async def test_outcomes_come_home_in_the_order_of_their_messages_over_all_kinds(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    await wire.news()
    (who,) = await wire.participants()
    mixed = [
        to_execution.ReserveRefs(1),
        placed(who, listed.ref),
        placed(who, listed.ref, lots=501),
        to_execution.DeployToken(listed.ref),
        to_execution.ActivateRef(who),
        placed(who, listed.ref),
        status(who, words.ParticipantStatus.FROZEN),
        placed(who, listed.ref),
        to_execution.ReserveRefs(1),
    ]
    outcomes = await wire.say(*mixed)
    answered = [getattr(each, "intent", None) or getattr(each, "message", None) or each.request for each in outcomes]
    cancelled = [name(wire.end, 1), name(wire.end, 5)]
    here = [name(wire.end, index) for index in range(len(mixed))]
    assert answered == [*here[:7], *cancelled, *here[7:]], "news stand behind the outcome that they follow from"
    assert codes(outcomes) == [
        to_customer.RefsIssued, ACCEPTED, R.OVER_CAP, R.NOT_ENABLED, R.ALREADY_ACTIVE, ACCEPTED, APPLIED, CANCELLED,
        CANCELLED, R.FROZEN, to_customer.RefsIssued,
    ]  # fmt: skip


# --- kinds whose capability is not built yet

REF, HASH = uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d"), bytes(range(32))
NOT_ENABLED: list[messages.Message] = [
    to_execution.CreateToken(REF, words.TokenKind.SHARE, 1, 1, 1, 1, HASH),
    to_execution.DeployToken(REF),
    to_execution.MintTokens(REF, 1),
    to_execution.AllocateTokens(REF, REF, 1),
]
APPROVED = {to_execution.RestrictTransfer, to_execution.ForceTransfer, to_execution.AuthoriseSettlementBatch}
"""Not built yet either, but two people's signatures are checked first: `test_approving` tries them."""
WITNESSED = {to_execution.SignedHeads, to_execution.Checkpoint}
"""`test_witness` tries them."""
ENABLED = (APPROVED | WITNESSED) | {
    to_execution.ReserveRefs,
    to_execution.ActivateRef,
    to_execution.SetParticipantStatus,
    to_execution.PlaceIntent,
    to_execution.AmendIntent,
    to_execution.CancelIntent,
    to_execution.RegisterWallet,
    to_execution.RequestCustodyWallet,
}


async def test_every_kind_of_message_is_tried_here() -> None:
    known = set(messages.VOCABULARIES[frame.Direction.TO_EXECUTION].shapes)
    assert known == ENABLED | {type(each) for each in NOT_ENABLED}


async def test_a_kind_that_is_not_built_yet_is_consumed_as_not_enabled_and_leaves_nothing(
    wire: Wire, house: House
) -> None:
    before = await house.contents()
    outcomes = await wire.say(*NOT_ENABLED)
    assert codes(outcomes) == [R.NOT_ENABLED] * len(NOT_ENABLED)
    gained = added(before, await house.contents())
    transcript = {"channel_received": 1, "channel_nonce": 1, "channel_sent": 1}
    moved = {"channel_inbound": 1, "channel_outbound": 1}
    assert gained == transcript | moved | {f"-{table}": 1 for table in moved}
    assert codes(await wire.say(to_execution.ReserveRefs(1))) == [to_customer.RefsIssued], "and nothing is blocked"


# --- several channels


async def test_one_channels_references_and_intents_are_unknown_on_another(house: House) -> None:
    wire = await house.admitted(2)
    here, there = wire.ends
    listed = await house.list_instrument()
    for end in wire.ends:
        assert [type(each) for each in await wire.news(end)] == [to_customer.InstrumentListed], "both hear of it"
    (theirs,) = await wire.participants(end=there)
    await wire.say(placed(theirs, listed.ref), end=there)
    intent = name(there, 0)
    foreign = [
        to_execution.ActivateRef(theirs),
        status(theirs, words.ParticipantStatus.CLOSED),
        placed(theirs, listed.ref),
        to_execution.CancelIntent(intent),
        to_execution.AmendIntent(intent, 20, 5, 10**7),
    ]
    outcomes = await wire.say(*foreign, end=here)
    assert codes(outcomes) == [R.UNKNOWN_REF] * 3 + [R.UNKNOWN_INTENT] * 2
    assert (await participant_row(house, theirs))[0] == "eligible"
    assert codes(await wire.say(to_execution.CancelIntent(intent), end=there)) == [CANCELLED]


async def test_a_channel_that_is_admitted_late_hears_of_what_is_listed(house: House) -> None:
    listed, halted, delisted = [await house.list_instrument() for _ in range(3)]
    await house.move(halted, instruments.StateEvent.HALT)
    await house.move(delisted, instruments.StateEvent.DELIST)
    end = house.end()
    assert await house.as_operator(lambda tx: channels.register(tx, end.channel)) is True
    assert await house.as_operator(lambda tx: channels.register(tx, end.channel)) is False
    heard = await Wire(house, house.receiver(end), [end]).news()
    about = {ref: [type(each) for each in heard if each.instrument == ref] for ref in (listed.ref, halted.ref)}
    assert about[listed.ref] == [to_customer.InstrumentListed]
    assert about[halted.ref] == [to_customer.InstrumentListed, to_customer.InstrumentHalted]
    assert delisted.ref not in {each.instrument for each in heard}


# --- the tables from words to rules are complete


async def test_every_word_has_its_rule_and_every_refusal_its_word() -> None:
    assert {each.name for each in words.Side} == {each.name for each in intents.Side}
    assert {each.name for each in words.IntentKind} == {each.name for each in intents.Kind}
    assert {each.name for each in words.TimeInForce} == {each.name for each in intents.TimeInForce}
    assert {each.name for each in words.Category} == {each.name for each in participants.Category}
    assert set(effects._INTENT_REFUSAL) == set(intents.Refusal)
    assert set(effects._PARTICIPANT_REFUSAL) == set(participants.Refusal)
    assert set(effects._STATUS_EVENT) == set(words.ParticipantStatus)
