"""Messages that two people must have approved, over the channel: every forged decision is refused for its own reason."""

import dataclasses
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import operator_register, operator_states
from boundary.wire import messages, statements, to_execution, values, words
from tests.execution.gate.house import NOW, House, Wire, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")
R = words.RefusalCode
SECONDS = clock.to_micros(NOW) // 1_000_000
REF, OTHER, HASH = uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d"), uuid.UUID(int=0x4 << 76 | 0x2 << 62), bytes(32)
NOBODY = (values.Approval(REF, bytes(64)), values.Approval(REF, bytes(64)))
_distinct = itertools.count(1)


def unapproved() -> list[Any]:
    """One of each kind, never twice the same."""
    number = next(_distinct)
    return [
        to_execution.RestrictTransfer(REF, REF, words.Restriction.ALL, 0, SECONDS + number, SECONDS, NOBODY),
        to_execution.ForceTransfer(REF, REF, OTHER, number, SECONDS, NOBODY),
        to_execution.AuthoriseSettlementBatch(REF, number.to_bytes(32, "big"), SECONDS, NOBODY),
    ]


@dataclasses.dataclass
class Signers:
    """The operators of the first channel, and one of the stack itself; in the order of their references."""

    channel: uuid.UUID
    seeds: dict[uuid.UUID, bytes]
    pair: tuple[uuid.UUID, uuid.UUID]
    stack: uuid.UUID

    def by(self, hashed: bytes, *operators: uuid.UUID) -> tuple[values.Approval, ...]:
        return tuple(values.Approval(each, primitives.ed25519_sign(self.seeds[each], hashed)) for each in operators)

    def approved(self, message: Any, *operators: uuid.UUID, channel: uuid.UUID | None = None) -> Any:
        hashed = messages.statement_hash(message, channel or self.channel)
        return msgspec.structs.replace(message, approvals=self.by(hashed, *(operators or self.pair)))


async def operator(house: House, channel: uuid.UUID | None) -> tuple[uuid.UUID, bytes]:
    """One that is active, put there by the hand that a test has: how they come to be is tried elsewhere."""
    seed = house.ids.token(32)
    public = primitives.ed25519_public(seed)
    ref = await house.as_operator(lambda tx: operator_register.register(tx, public, house.ids, channel=channel))
    await house.superuser.execute("UPDATE operator SET state = 'active', activated_at = now() WHERE ref = $1", ref)
    return ref, seed


@pytest_asyncio.fixture(loop_scope="module")
async def signers(house: House, wire: Wire) -> Signers:
    found = [await operator(house, wire.end.channel) for _ in range(2)]
    stack, seed = await operator(house, None)
    first, second = sorted((ref for ref, _ in found), key=lambda each: each.bytes)
    return Signers(wire.end.channel, dict(found) | {stack: seed}, (first, second), stack)


async def test_what_two_operators_approved_is_consumed_as_not_enabled_and_used_up(
    wire: Wire, house: House, signers: Signers
) -> None:
    said = [signers.approved(each) for each in unapproved()]
    last = await house.last_entry()
    assert codes(await wire.say(*said)) == [R.NOT_ENABLED] * 3
    first, second = signers.pair
    assert await house.entries(last) == [
        operator_states.Decided(messages.statement_hash(each, signers.channel), first, second) for each in said
    ]
    assert codes(await wire.say(*said)) == [R.DUPLICATE] * 3, "replayed in a core of its own"
    assert codes(await wire.say(*(signers.approved(each) for each in said))) == [R.DUPLICATE] * 3, "signed anew"


async def test_the_same_decision_twice_in_one_core_counts_once(wire: Wire, signers: Signers) -> None:
    said = signers.approved(unapproved()[1])
    assert codes(await wire.say(said, said)) == [R.NOT_ENABLED, R.DUPLICATE]


def _over(message: Any, signers: Signers, other: Any) -> Any:
    """What was signed is another message."""
    return msgspec.structs.replace(message, approvals=signers.approved(other).approvals)


ATTACKS: dict[str, tuple[Callable[[Any, Signers], Any], words.RefusalCode]] = {
    "signed by nobody": (lambda m, _: m, R.APPROVALS_INVALID),
    "one person twice": (lambda m, s: s.approved(m, s.pair[0], s.pair[0]), R.APPROVALS_INVALID),
    "in the other order": (lambda m, s: s.approved(m, *reversed(s.pair)), R.APPROVALS_INVALID),
    "for another channel": (lambda m, s: s.approved(m, channel=REF), R.APPROVALS_INVALID),
    "signatures of zeros": (
        lambda m, s: msgspec.structs.replace(m, approvals=tuple(values.Approval(each, bytes(64)) for each in s.pair)),
        R.APPROVALS_INVALID,
    ),
    "signatures exchanged": (
        lambda m, s: msgspec.structs.replace(
            m,
            approvals=tuple(
                values.Approval(each, approval.signature)
                for each, approval in zip(reversed(s.pair), s.approved(m).approvals, strict=True)
            )[::-1],
        ),
        R.APPROVALS_INVALID,
    ),
    "over another decision of the same day": (
        lambda m, s: _over(m, s, msgspec.structs.replace(m, decided_at=m.decided_at - 1)),
        R.APPROVALS_INVALID,
    ),
    "by an operator of the stack": (
        lambda m, s: s.approved(m, *sorted((s.pair[0], s.stack), key=lambda each: each.bytes)),
        R.UNKNOWN_OPERATOR,
    ),
    "by a stranger": (
        lambda m, s: msgspec.structs.replace(
            m, approvals=tuple(sorted((s.approved(m).approvals[0], NOBODY[0]), key=lambda each: each.operator.bytes))
        ),
        R.UNKNOWN_OPERATOR,
    ),
    "decided eight days ago": (
        lambda m, s: s.approved(msgspec.structs.replace(m, decided_at=SECONDS - 8 * 86_400)),
        R.OUTSIDE_WINDOW,
    ),
    "decided tomorrow": (
        lambda m, s: s.approved(msgspec.structs.replace(m, decided_at=SECONDS + 86_400)),
        R.OUTSIDE_WINDOW,
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_decision_that_is_none_is_refused_and_blocks_nothing(wire: Wire, signers: Signers, attack: str) -> None:
    change, code = ATTACKS[attack]
    said = [change(each, signers) for each in unapproved()]
    assert codes(await wire.say(*said)) == [code] * 3
    assert codes(await wire.say(*(signers.approved(each) for each in unapproved()))) == [R.NOT_ENABLED] * 3


async def test_operators_of_one_channel_decide_nothing_on_another(house: House, signers: Signers) -> None:
    wire = await house.admitted()
    said = signers.approved(unapproved()[1], channel=wire.end.channel)
    assert codes(await wire.say(said)) == [R.UNKNOWN_OPERATOR]


async def test_nothing_that_a_revoked_operator_signs_counts(wire: Wire, house: House, signers: Signers) -> None:
    await house.superuser.execute("UPDATE operator SET state = 'revoked' WHERE ref = $1", signers.pair[1])
    assert codes(await wire.say(signers.approved(unapproved()[0]))) == [R.UNKNOWN_OPERATOR]


@pytest.mark.parametrize("place", range(3))
async def test_the_file_that_people_sign_says_the_very_message(signers: Signers, place: int) -> None:
    message = signers.approved(unapproved()[place])
    read, channel = statements.read(statements.write(message, signers.channel))
    assert messages.statement_hash(read, channel) == messages.statement_hash(message, signers.channel)
