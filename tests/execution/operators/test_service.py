"""The register of operators on a real database, as the roles that use it: states, first two, decisions, races."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import pytest

from boundary.kernel import ids, primitives, records, states
from boundary.kernel.runtime import approvals, operator_register, operator_states, transaction
from execution_stack.operators import service
from tests.stacks import StackDatabase

T = TypeVar("T")
NOW = 1_800_000_000
HASH = bytes(range(32))
S = operator_states.State


class Room:
    """A database of its own, a command's role and the gate's, and people with keys."""

    def __init__(self, schema: StackDatabase, operator: transaction.Database, gate: transaction.Database) -> None:
        self.schema, self.operator, self.gate = schema, operator, gate
        self.ids = ids.SystemIds()
        self.seeds: dict[uuid.UUID, bytes] = {}

    async def run(self, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        return await self.operator.run("test.operator", work)

    async def register(self, channel: uuid.UUID | None = None) -> uuid.UUID:
        seed = self.ids.token(32)
        public = primitives.ed25519_public(seed)
        ref = await self.run(lambda tx: operator_register.register(tx, public, self.ids, channel=channel))
        self.seeds[ref] = seed
        return ref

    async def statement(self, purpose: str, ref: uuid.UUID, **changes: Any) -> approvals.Statement:
        found = await self.run(lambda tx: operator_register.find(tx, ref))
        fields: dict[str, Any] = {"nonce": self.ids.ref(), "now": NOW, "seconds": 60}
        return approvals.statement("execution", purpose, ref, operator_register.facts_of(found), **fields | changes)

    def by(self, hashed: bytes, *operators: uuid.UUID) -> list[approvals.Approval]:
        return [approvals.Approval(each, primitives.ed25519_sign(self.seeds[each], hashed)) for each in operators]

    async def activate(self, ref: uuid.UUID, *others: uuid.UUID, own: bool = True) -> None:
        made = await self.statement(operator_register.ACTIVATE, ref)
        given = self.by(approvals.statement_hash(made), *([ref] if own else []), *others)
        await self.run(lambda tx: operator_register.activate(tx, "execution", made, given, NOW))

    async def revoke(self, ref: uuid.UUID, *by: uuid.UUID) -> None:
        made = await self.statement(operator_register.REVOKE, ref)
        given = self.by(approvals.statement_hash(made), *by)
        await self.run(lambda tx: operator_register.revoke(tx, "execution", made, given, NOW))

    async def first_two(self) -> tuple[uuid.UUID, uuid.UUID]:
        one, two = await self.register(), await self.register()
        await self.activate(one)
        await self.activate(two)
        return one, two

    async def decide(
        self, hashed: bytes, *operators: uuid.UUID, channel: uuid.UUID | None = None
    ) -> approvals.Refusal | None:
        given = self.by(hashed, *operators)
        return await self.gate.run("test.decide", lambda tx: service.judge_two(tx, hashed, given, channel=channel))

    async def states(self) -> dict[uuid.UUID, operator_states.State]:
        return {each.ref: each.state for each in await self.run(operator_register.every)}

    async def entries(self) -> list[records.Entry]:
        rows = await self.run(lambda tx: tx.fetch("SELECT payload FROM audit_entry ORDER BY id"))
        return [records.decode(row[0], records.Entry) for row in rows]


@pytest.fixture
async def room(execution_schema: StackDatabase) -> AsyncIterator[Room]:
    operator = await execution_schema.connect("execution_operator", size=4)
    gate = await execution_schema.connect("execution_gate", size=8)
    yield Room(execution_schema, operator, gate)
    await gate.close()
    await operator.close()


async def test_the_first_two_need_their_own_signature_and_every_later_one_two_more(room: Room) -> None:
    one, two = await room.first_two()
    three = await room.register()
    for others in ((), (one,), (one, one), (one, three)):
        with pytest.raises(approvals.NotApproved):
            await room.activate(three, *others)
    with pytest.raises(approvals.NotApproved):
        await room.activate(three, one, two, own=False)
    assert (await room.states())[three] is S.REGISTERED
    await room.activate(three, one, two)
    assert set((await room.states()).values()) == {S.ACTIVE}
    bootstraps = [each.bootstrap for each in await room.entries() if isinstance(each, operator_states.Activated)]
    assert bootstraps == [True, True, False]


async def test_of_many_who_want_to_be_among_the_first_two_only_two_are(room: Room) -> None:
    refs = [await room.register() for _ in range(12)]
    done = await asyncio.gather(*(room.activate(ref) for ref in refs), return_exceptions=True)
    assert sum(each is None for each in done) == 2
    assert {type(each) for each in done} == {type(None), approvals.NotApproved}


async def test_revoking_does_not_bring_the_time_of_the_first_two_back(room: Room) -> None:
    one, two = await room.first_two()
    three, four = await room.register(), await room.register()
    await room.activate(three, one, two)
    await room.revoke(one, two, three)
    with pytest.raises(approvals.NotApproved):
        await room.activate(four)
    with pytest.raises(operator_states.TooFew):
        await room.revoke(two, two, three)
    assert list((await room.states()).values()).count(S.ACTIVE) == 2


async def test_nobody_comes_back_from_being_revoked(room: Room) -> None:
    one, two = await room.first_two()
    three = await room.register()
    await room.activate(three, one, two)
    await room.revoke(three, one, two)
    with pytest.raises(states.IllegalTransition):
        await room.activate(three, one, two)
    public = primitives.ed25519_public(room.seeds[three])
    with pytest.raises(operator_states.KeyTaken):
        await room.run(lambda tx: operator_register.register(tx, public, room.ids))
    assert await room.decide(HASH, one, three) is approvals.Refusal.UNKNOWN_OPERATOR


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
async def test_what_is_no_key_is_not_registered(room: Room, key: bytes) -> None:
    with pytest.raises(operator_states.KeyTaken):
        await room.run(lambda tx: operator_register.register(tx, key, room.ids))
    assert await room.states() == {}


async def test_an_operator_who_is_only_registered_decides_nothing(room: Room) -> None:
    one, _ = await room.first_two()
    three = await room.register()
    assert await room.decide(HASH, one, three) is approvals.Refusal.UNKNOWN_OPERATOR


async def test_a_statement_decides_once_and_both_uses_are_in_the_log(room: Room) -> None:
    one, two = sorted(await room.first_two(), key=lambda each: each.bytes)
    assert await room.decide(HASH, two, one) is None
    assert await room.decide(HASH, one, two) is approvals.Refusal.USED
    assert (await room.entries())[-2:] == [
        operator_states.Decided(HASH, one, two),
        operator_states.DecisionRefused(HASH, 4),
    ]


async def test_of_a_hundred_uses_of_one_statement_at_once_one_counts(room: Room) -> None:
    one, two = await room.first_two()
    done = await asyncio.gather(*(room.decide(HASH, one, two) for _ in range(100)))
    assert done.count(None) == 1
    assert done.count(approvals.Refusal.USED) == 99


async def test_an_operator_of_a_channel_decides_for_that_channel_and_nothing_else(room: Room) -> None:
    one, two = await room.first_two()
    here, there = room.ids.ref(), room.ids.ref()
    with pytest.raises(operator_states.NoSuchChannel):
        await room.register(here)
    await room.run(lambda tx: tx.execute("INSERT INTO channel (id) VALUES ($1)", here))
    three, four = await room.register(here), await room.register(here)
    for each in (three, four):
        with pytest.raises(approvals.NotApproved):
            await room.activate(each)
        await room.activate(each, one, two)
    unknown = approvals.Refusal.UNKNOWN_OPERATOR
    assert await room.decide(HASH, three, four) is unknown
    assert await room.decide(HASH, three, four, channel=there) is unknown
    assert await room.decide(HASH, one, two, channel=here) is unknown
    assert await room.decide(HASH, one, three, channel=here) is unknown
    assert await room.decide(HASH, three, four, channel=here) is None


async def test_a_decision_that_raises_is_not_used_up(room: Room) -> None:
    one, two = await room.first_two()

    async def work(tx: transaction.Tx) -> None:
        await service.require_two(tx, HASH, room.by(HASH, one, two))
        raise approvals.BadStatement("something else was wrong")

    with pytest.raises(approvals.BadStatement):
        await room.run(work)
    await room.run(lambda tx: service.require_two(tx, HASH, room.by(HASH, one, two)))
    with pytest.raises(approvals.NotApproved):
        await room.run(lambda tx: service.require_two(tx, HASH, room.by(HASH, one, two)))


async def test_a_statement_about_one_operator_does_not_activate_another(room: Room) -> None:
    one, two = await room.first_two()
    three, four = await room.register(), await room.register()
    made = await room.statement(operator_register.ACTIVATE, three)
    other = await room.statement(operator_register.REVOKE, four)
    given = room.by(approvals.statement_hash(other), four, one, two)
    with pytest.raises(approvals.BadStatement):
        await room.run(lambda tx: operator_register.activate(tx, "execution", other, given, NOW))
    given = room.by(approvals.statement_hash(made), three, one, two)
    for stack, now in (("customer", NOW), ("execution", NOW + 61), ("execution", NOW - 1)):
        with pytest.raises(approvals.BadStatement):
            await room.run(lambda tx, s=stack, n=now: operator_register.activate(tx, s, made, given, n))


async def test_the_gate_may_decide_but_neither_register_nor_forget(room: Room) -> None:
    one, two = await room.first_two()
    await room.decide(HASH, one, two)
    gate = await asyncpg.connect(room.schema.url("execution_gate"), ssl=False)
    for statement in (
        "INSERT INTO operator (ref, public_key) SELECT gen_random_uuid(), public_key FROM operator LIMIT 1",
        "UPDATE operator SET state = 'active'",
        "DELETE FROM operator_decision",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await gate.execute(statement)
    await gate.close()
    superuser = await room.schema.superuser()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await superuser.execute("DELETE FROM operator_decision")
    await superuser.close()
