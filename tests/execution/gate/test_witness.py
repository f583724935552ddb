"""Heads, checkpoints and questions of a customer stack, as the receiver answers them."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from boundary.channel import witness
from boundary.kernel import audit_bytes, clock, primitives
from boundary.kernel.runtime import transcript_store
from boundary.wire import control, frame, messages, to_customer, to_execution, values, words
from execution_stack.gate import model
from execution_stack.gate.service import channels
from tests.boundary.channel import frames
from tests.execution.gate.house import House, Wire, added, codes, placed

pytestmark = pytest.mark.asyncio(loop_scope="module")
R, SEED = words.RefusalCode, bytes(range(32))
ZERO = values.ChannelHead(1, 0, 0, bytes(32))


async def signed(wire: Wire, seed: bytes = SEED, **changes: Any) -> to_execution.SignedHeads:
    """The customer stack's true heads, but for what the caller says."""
    house, at = wire.house, clock.to_micros(wire.house.time.now())
    row = await house.superuser.fetchrow(
        "SELECT i.epoch, i.due - 1, i.messages, i.head, o.epoch, o.due - 1, o.messages, o.head FROM channel_inbound i"
        " JOIN channel_outbound o USING (channel) WHERE channel = $1", wire.end.channel,
    )  # fmt: skip
    stated = audit_bytes.head_bytes(5, bytes(32), b"c" * 32, at)
    head = values.AuditHead(
        5, bytes(32), b"c" * 32, at, primitives.ed25519_public(seed), primitives.ed25519_sign(seed, stated)
    )
    fields: dict[str, Any] = {
        "at_micros": at, "sent": values.ChannelHead(*tuple(row)[:4]), "received": values.ChannelHead(*tuple(row)[4:]),
        "audit": head,
    } | changes  # fmt: skip
    return witness.sign(to_execution.SignedHeads, seed, wire.end.channel, **fields)


@pytest_asyncio.fixture(loop_scope="module")
async def known(wire: Wire, house: House) -> Wire:
    """A customer stack whose key is registered, and which has said something."""
    key = primitives.ed25519_public(SEED)
    assert not await house.as_operator(lambda tx: channels.register(tx, wire.end.channel, [key]))
    await wire.say(to_execution.ReserveRefs(3))
    return wire


async def halted(wire: Wire) -> bool:
    found: bool = await wire.house.superuser.fetchval(
        "SELECT halted FROM channel_inbound WHERE channel = $1", wire.end.channel
    )
    return found


async def test_true_heads_are_kept_with_every_field(known: Wire, house: House) -> None:
    heads, last = await signed(known), await house.last_entry()
    assert codes(await known.say(heads)) == [to_customer.MessageApplied]
    row = await house.superuser.fetchrow("SELECT * FROM channel_heads WHERE channel = $1", known.end.channel)
    assert (row["origin"], row["verdict"], row["signature"]) == ("theirs", "holds", heads.signature)
    assert (row["sent_head"], row["sent_messages"], row["audit_size"]) == (heads.sent.head, heads.sent.messages, 5)
    assert [type(each) for each in await house.entries(last)] == [model.HeadsWitnessed]


async def test_a_key_that_nobody_registered_is_refused_and_nothing_of_it_is_kept(known: Wire, house: House) -> None:
    before = await house.contents()
    assert codes(await known.say(await signed(known, b"\x07" * 31 + b"\x01"))) == [R.UNKNOWN_OPERATOR]
    assert "channel_heads" not in added(before, await house.contents())
    assert not await halted(known)


async def test_heads_out_of_time_or_of_another_epoch_are_refused(known: Wire) -> None:
    late = clock.to_micros(known.house.time.now() + timedelta(seconds=40))
    assert codes(await known.say(await signed(known, at_micros=late))) == [R.OUTSIDE_WINDOW]
    assert not await halted(known)


@pytest.mark.parametrize("which", ["sent", "received"])
async def test_a_contradiction_halts_this_channel_and_no_other(house: House, which: str) -> None:
    wire = await house.admitted(2)
    key = primitives.ed25519_public(SEED)
    await house.as_operator(lambda tx: channels.register(tx, wire.end.channel, [key]))
    await wire.say(to_execution.ReserveRefs(3))
    core = wire.end.core(await signed(wire, **{which: values.ChannelHead(1, 1, 1, b"\x55" * 32)}))
    answer = await wire.ask(wire.end.data(core))
    assert answer.said == control.Ack(1, core.sequence, core.core)
    assert await halted(wire)
    kept = "SELECT verdict::text FROM channel_heads WHERE channel = $1"
    assert await house.superuser.fetchval(kept, wire.end.channel) == "contradicts"
    assert len(await wire.participants(2, end=wire.ends[1])) == 2


async def test_totals_that_agree_are_applied_and_others_refused(known: Wire, house: House) -> None:
    listed = await house.listed()
    who = await known.participants(2)
    await known.say(*(placed(who[0], listed.ref) for _ in range(3)))
    heads = await signed(known)
    at = clock.to_micros(house.time.now()) // 1_000_000

    def totals(*figures: int, **changes: Any) -> to_execution.Checkpoint:
        return to_execution.Checkpoint(
            at, changes.get("sent", heads.sent), changes.get("received", heads.received), *figures
        )

    said = [
        totals(2, 3, 0, 0), totals(94_771_234_567, 3, 0, 0), totals(2, 4, 0, 0), totals(2, 3, 1, 0), totals(2, 3, 0, 1),
        totals(2, 3, 0, 0, sent=values.ChannelHead(1, 1, 1, b"N" * 32)), totals(2, 3, 0, 0, received=values.ChannelHead(9, 1, 1, b"N" * 32)),
    ]  # fmt: skip
    expected = [to_customer.MessageApplied, *[R.INCONSISTENT] * 4, R.HASH_MISMATCH, R.WRONG_STATE]
    assert codes(await known.say(placed(who[1], listed.ref), *said)) == [to_customer.IntentAccepted, *expected]
    assert not await halted(known)
    dumped = " ".join(text for _, text in await house.contents())
    assert "94771234567" not in dumped, "a number that is not ours is not kept"


async def test_nothing_is_opened_that_two_people_did_not_decide(known: Wire) -> None:
    end, none = known.end, control.Junction(0, bytes(32), bytes(32))
    asked = end.seal(frame.Kind.REOPEN, nowhere(control.Compare(1, 1, 1)))
    said = (await known.ask(asked)).said
    assert isinstance(said, control.Compared)
    assert (said.digest, said.epoch, said.to_execution.last) == (frame.digest(asked), 1, 1)
    for epoch in (1, 2):
        answer = await known.ask(end.seal(frame.Kind.REOPEN, nowhere(control.Reopen(epoch, 1, none, none))))
        assert isinstance(answer.said, control.Nack)
        assert answer.said.code is words.NackCode.HALTED
    assert codes(await known.say(to_execution.ReserveRefs(1))) == [to_customer.RefsIssued]


@pytest.mark.parametrize("message", [control.Ack(1, 1, bytes(32)), control.Seen(bytes(32), 1)])
async def test_a_question_is_a_question(known: Wire, message: control.Control) -> None:
    answer = await known.ask(known.end.seal(frame.Kind.REOPEN, nowhere(message)))
    assert isinstance(answer.said, control.Nack)
    assert answer.said.code is words.NackCode.MALFORMED


def nowhere(message: control.Control) -> transcript_store.Core:
    return frames.nowhere(messages.encode(message), 1)
