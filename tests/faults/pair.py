"""Both ends of a channel in one process, on databases of their own, with a bad network and two clocks between them."""

import asyncio
import contextlib
import dataclasses
import functools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from boundary.kernel import clock, errors, ids, primitives, records
from boundary.kernel.runtime import epoch_store, sealing, transaction
from boundary.wire import keys
from customer_stack.gate.adapters import http
from customer_stack.gate.service import drill, references, relay
from customer_stack.gate.service import heads as customer_heads
from customer_stack.gate.service import reopening as customer_reopening
from customer_stack.markets import service as markets
from execution_stack.gate.service import announcements, channels, keyring, receiving
from execution_stack.gate.service import heads as execution_heads
from execution_stack.gate.service import reopening as execution_reopening
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as register
from tests import embedded, stacks
from tests.boundary.channel import frames
from tests.faults import checker, network

T = TypeVar("T")
PATIENCE = 30.0


class Shifted:
    """A clock that goes wrong by so much."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return clock.SystemClock().now() + self.by


@dataclasses.dataclass
class Pair:
    """`relay` is the customer's end, `receiver` the execution stack's; either may be made anew on another database."""

    servers: embedded.Servers
    names: dict[str, str]
    network: network.Network
    channel: uuid.UUID
    key: bytes
    time: Shifted
    random: ids.Ids
    customer: transaction.Database
    execution: transaction.Database
    receiver: receiving.Receiver
    seeds: dict[str, bytes]
    """With which each side signs its heads; both know the other's public key."""
    stop: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    running: "asyncio.Task[None] | None" = None

    async def post(self, body: bytes) -> bytes:
        """`ports.Exchange`, as far as the relay can tell."""
        try:
            return await self.network.carry(body)
        except (network.Lost, errors.Refusal):
            raise http.Unreachable("the execution stack did not answer") from None

    async def forward(self, body: bytes) -> bytes:
        return await self.receiver.exchange(body)

    def new_receiver(self) -> None:
        """A new process of the execution API, as far as memory goes."""
        rings = keyring.Keyring(frames.held({self.channel: {1: self.key}}))
        self.receiver = receiving.Receiver(self.execution, rings, clock.SystemClock(), self.random)

    def new_relay(self) -> relay.Relay:
        ring = keys.Ring(self.channel, {1: self.key})
        return relay.Relay(
            relay.Wiring(self.customer, self, ring, markets.Register(), self.time, self.random, self.signers())
        )

    def signers(self) -> frozenset[bytes]:
        return frozenset({primitives.ed25519_public(self.seeds["execution"])})

    async def as_worker(self, side: str, work: Callable[[transaction.Database], Awaitable[T]]) -> T:
        """In a worker of one side, with a pool of its own."""
        db = await transaction.connect(
            self.servers.url(self.names[side], f"{side}_worker"), application="tests", size=2
        )
        try:
            return await work(db)
        finally:
            await db.close()

    async def seal(self, side: str) -> None:
        """Everything that the side's audit log holds by now."""

        async def work(db: transaction.Database) -> None:
            sealer = sealing.Sealer(db, self.seeds[side], clock.SystemClock())
            await sealer.seal()
            while await sealer.seal():
                pass

        await self.as_worker(side, work)

    async def state_heads(self, side: str) -> bool:
        """Seal, and state signed heads if they are due."""
        await self.seal(side)
        now, seed = clock.SystemClock().now(), self.seeds[side]

        async def work(db: transaction.Database) -> bool:
            if side == "customer":
                return await db.run(
                    "gate.heads", lambda tx: customer_heads.state(tx, self.channel, seed, now, self.random)
                )
            return await db.run("gate.heads", lambda tx: execution_heads.state(tx, self.channel, seed, now))

        return await self.as_worker(side, work)

    async def as_operator(self, side: str, work: Callable[[transaction.Tx], Awaitable[T]]) -> T:
        db = await transaction.connect(
            self.servers.url(self.names[side], f"{side}_operator"), application="tests", size=1
        )
        try:
            return await db.run("test.operator", work)
        finally:
            await db.close()

    async def decide(self, side: str) -> None:
        """Two operators of the side decided; that they are two is tried elsewhere."""

        async def work(tx: transaction.Tx) -> None:
            here = await epoch_store.ends(tx, self.channel)
            assert here is not None
            assert here.halted
            assert await epoch_store.decide(tx, self.channel, here, bytes(32))

        await self.as_operator(side, work)

    def halt_service(self, side: str) -> Callable[[transaction.Tx], Awaitable[bool]]:
        """What `channel halt` does on this side."""
        service = customer_reopening if side == "customer" else execution_reopening
        return lambda tx: service.halt(tx, self.channel)

    async def runs(self, side: str) -> bool:
        return not await self.halted(side)

    async def replenish(self, tx: transaction.Tx) -> bool:
        return await references.replenish(tx, self.channel, self.random)

    async def reopened(self, seconds: float = 30.0) -> None:
        """Whoever is not halted is halted by an operator, both sides decide, and the channel runs again."""
        for side in ("customer", "execution"):
            if not await self.halted(side):
                await self.as_operator(side, self.halt_service(side))
            await self.decide(side)

        async def running() -> bool:
            return not await self.halted("customer") and not await self.halted("execution")

        await self.until(running, seconds)

    async def witnessed(self, side: str, verdict: str = "holds") -> int:
        """How many heads of the other side this one has kept."""
        query = "SELECT count(*) FROM channel_heads WHERE origin = 'theirs' AND verdict::text = $1"
        found: int = await self.look(side, query, verdict)
        return found

    def start(self) -> None:
        self.stop = asyncio.Event()
        self.running = asyncio.create_task(self.new_relay().loop(self.stop))

    async def halt(self) -> None:
        """Stop the relay in good order."""
        if self.running is not None:
            self.stop.set()
            await self.running
            self.running = None

    async def crash(self) -> None:
        """Stop it in none, wherever it is. Its database sessions end with it, as far as the lease can tell."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None
            await self.look("customer", "UPDATE channel_lease SET backend = 2147483647 RETURNING backend")

    async def operate(self, work: Callable[[transaction.Tx], Awaitable[Any]]) -> Any:
        """As the execution stack's operator."""
        url = self.servers.url(self.names["execution"], "execution_operator")
        db = await transaction.connect(url, application="tests", size=1)
        try:
            return await db.run("test.operator", work)
        finally:
            await db.close()

    async def look(self, side: str, query: str, *args: Any) -> Any:
        """One value, as the superuser."""
        name = stacks.StackDatabase(self.names[side], stacks.PLANS[side], self.servers)
        connection = await name.superuser()
        try:
            return await connection.fetchval(query, *args)
        finally:
            await connection.close()

    async def plant(self, side: str, script: str) -> None:
        """As a superuser whom no trigger stops."""
        database = stacks.StackDatabase(self.names[side], stacks.PLANS[side], self.servers)
        connection = await database.superuser()
        try:
            await connection.execute(f"SET session_replication_role = replica; {script}")
        finally:
            await connection.close()

    async def list_instrument(self) -> uuid.UUID:
        now = clock.SystemClock().now()
        listed = instruments.Instrument(
            ref=ids.SystemIds().ref(),
            code=f"T{await self.look('execution', 'SELECT count(*) FROM instrument')}",
            route=instruments.Route.OMNIBUS,
            product=instruments.Product.EVENT_CONTRACT,
            state=instruments.State.LISTED,
            tick_size=10_000,
            lot_size=1_000_000,
            price_max=99,
            cap_lots=500,
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=30),
            document=bytes(range(32)),
        )
        await self.operate(lambda tx: register.add(tx, listed, announcements.Announcer()))
        return listed.ref

    async def participants(self, count: int) -> list[uuid.UUID]:
        """So many, attached; the stock of references is asked for first, and the relay must be running."""
        await self.customer.run("test.replenish", lambda tx: references.replenish(tx, self.channel, self.random))
        await self.until(lambda: self.look("customer", "SELECT count(*) > 0 FROM channel_reference"))
        return await self.customer.run(
            "test.participants", lambda tx: drill.participants(tx, self.channel, count, self.random)
        )

    async def place(self, instrument: uuid.UUID, who: list[uuid.UUID], count: int, batch: int = 50) -> list[uuid.UUID]:
        """So many intents, through the outbox, in transactions of so many; their subjects."""
        subjects = [self.random.ref() for _ in range(count)]
        for start in range(0, count, batch):
            part = subjects[start : start + batch]
            write = functools.partial(drill.place, channel=self.channel, instrument=instrument, who=who, subjects=part)
            await self.customer.run("test.place", write)
        return subjects

    async def answered(self, count: int, seconds: float = PATIENCE) -> None:
        """Wait until so many subjects have an outcome, and the channel is at rest."""
        query = "SELECT count(*) >= $1 FROM channel_subject WHERE outcome <> 'sent'"
        await self.until(lambda: self.look("customer", query, count), seconds)
        await self.at_rest(seconds)

    async def at_rest(self, seconds: float = PATIENCE) -> None:
        async def resting() -> bool:
            for side in ("customer", "execution"):
                waits = await self.look(side, "SELECT count(*) FROM channel_outbox")
                behind = await self.look(side, "SELECT due - 1 - acked FROM channel_outbound")
                if waits or behind:
                    return False
            return True

        await self.until(resting, seconds)

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> float:
        """How long it took; raises what the relay raised, or that it takes too long."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        while not await condition():
            if self.running is not None and self.running.done():
                self.running.result()
            if loop.time() - started > seconds:
                raise AssertionError(f"not within {seconds} s; {await self.facts()}")
            await asyncio.sleep(0.02)
        return loop.time() - started

    async def back_up(self, side: str) -> str:
        """A copy of a side's database as it is now. Nobody may be connected meanwhile."""
        await self.halt()
        await self.disconnect()
        copied = await self.servers.copy(self.names[side])
        await self.connect()
        return copied

    async def restore(self, side: str, backup: str) -> None:
        """The side goes on from its backup, with new processes, and knows nothing of what happened since."""
        await self.halt()
        await self.disconnect()
        self.names = self.names | {side: backup}
        await self.connect()

    async def disconnect(self) -> None:
        await self.customer.close()
        await self.execution.close()

    async def connect(self) -> None:
        url = self.servers.url
        self.customer = await transaction.connect(url(self.names["customer"], "customer_worker"), application="tests")
        self.execution = await transaction.connect(url(self.names["execution"], "execution_gate"), application="tests")
        self.new_receiver()

    async def halted(self, side: str) -> bool:
        return bool(await self.look(side, "SELECT halted FROM channel_inbound"))

    async def entries(self, side: str, kind: type[records.Entry]) -> list[records.Entry]:
        """What the audit log of a side holds of a kind."""
        rows = await self.look(side, "SELECT array_agg(payload ORDER BY id) FROM audit_entry")
        return [each for each in (records.decode(row, records.Entry) for row in rows) if isinstance(each, kind)]

    async def facts(self) -> checker.Facts:
        dsns = (self.servers.url(self.names[side], f"{side}_auditor") for side in ("customer", "execution"))
        return await checker.check(*dsns, self.channel)

    async def holds(self) -> checker.Facts:
        """Every promise of the channel, or a failure that names those which are broken."""
        facts = await self.facts()
        assert not facts.faults, facts.faults
        return facts

    async def close(self) -> None:
        await self.crash()
        await self.customer.close()
        await self.execution.close()


@contextlib.asynccontextmanager
async def paired(servers: embedded.Servers, names: dict[str, str], seed: int) -> AsyncIterator[Pair]:
    """An admitted channel on two databases; the relay is not running yet."""
    random = ids.SystemIds()
    channel, key, time = random.ref(), random.token(32), Shifted()
    url = servers.url(names["execution"], "execution_operator")
    operator = await transaction.connect(url, application="tests", size=1)
    seeds = {side: random.token(32) for side in ("customer", "execution")}
    signer = primitives.ed25519_public(seeds["customer"])
    await operator.run("test.register", lambda tx: channels.register(tx, channel, [signer]))
    await operator.close()
    customer = await transaction.connect(servers.url(names["customer"], "customer_worker"), application="tests")
    execution = await transaction.connect(servers.url(names["execution"], "execution_gate"), application="tests")
    rings = keyring.Keyring(frames.held({channel: {1: key}}))
    receiver = receiving.Receiver(execution, rings, clock.SystemClock(), random)

    async def nowhere(_body: bytes) -> bytes:
        raise network.Lost

    between = network.Network(nowhere, seed)
    pair = Pair(servers, names, between, channel, key, time, random, customer, execution, receiver, seeds)
    between.forward = pair.forward
    try:
        yield pair
    finally:
        await pair.close()
