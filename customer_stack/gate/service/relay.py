"""The relay: one process at a time carries the channel, cores out and answers home, and keeps it alive while it is idle.

Its memory is a convenience. What was sequenced is in the database before it is sent; what was answered is in the
database before it is believed; a relay that starts anew sends again whatever is not acknowledged, which the execution
stack answers without doing it twice. So even two relays at once would do no harm, and a lease may be short.
"""

import asyncio
import functools
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, NamedTuple

import prometheus_client

from boundary.channel import witness
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import server, tasks, telemetry, transaction, transcript_store
from boundary.wire import control, keys
from customer_stack.gate import ports, repo
from customer_stack.gate.service import exchanging, heads, hearing, inbound, keyring, links, reopening, sending

LEASE_SECONDS = 5
RENEW_SECONDS = 1.0
RETRY_SECONDS = 0.3
RETRY_SECONDS_MAX = 3.0
ALARM_EVERY_SECONDS = 10.0
BEATS_MAX = 2

LAG_SECONDS_ALARM = 5

HALTED = telemetry.Event("gate.halted")
OVERDUE = telemetry.Event("gate.heads_overdue", seconds=int)
LINK_LOST = telemetry.Event("gate.link_lost")
LAGGING = telemetry.Event("gate.lagging", waiting=int, seconds=int)
NO_DATABASE = telemetry.Event("gate.no_database", code=telemetry.Word)
BACKLOG = prometheus_client.Gauge("channel_backlog", "Messages in the outbox, not sequenced yet")
OLDEST = prometheus_client.Gauge("channel_oldest_unacknowledged_seconds", "Age of the oldest core without an answer")
HEADS_AGE = prometheus_client.Gauge(
    "channel_heads_age_seconds", "Since the execution stack's signed heads were last found good"
)
HALTED_NOW = prometheus_client.Gauge("channel_halted", "1 while the channel waits for people to open a new epoch")


class Wiring(NamedTuple):
    """What the relay works with."""

    db: transaction.Database
    exchange: ports.Exchange
    ring: keys.Ring
    markets: ports.Markets
    clock: clock.Clock
    ids: ids.Ids
    signers: frozenset[bytes] = frozenset()


class Relay:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._db = wiring.db
        self._clock = wiring.clock
        self._channel = wiring.ring.channel
        self._holder = wiring.ids.ref()
        self._alarmed_at = -ALARM_EVERY_SECONDS
        self._lag = transcript_store.Lag(self._channel, 0, 0)
        self._patience = RETRY_SECONDS
        self._lost = False
        self._age: int | None = 0
        self._started_at = 0.0

    async def loop(self, stop: asyncio.Event) -> None:
        """Carry the channel while holding its lease; wait for it otherwise."""
        self._started_at = asyncio.get_running_loop().time()
        await self._db.run("gate.register", lambda tx: links.register(tx, self._channel))
        while not stop.is_set():
            try:
                state = await self._db.run("gate.lease", self._lease)
            except (errors.Unavailable, errors.OutcomeUnknown) as refusal:
                telemetry.emit(NO_DATABASE, "warning", code=telemetry.Word(refusal.code))
                state = None
            if state is None:
                await server.pause(stop, RETRY_SECONDS)
            else:
                await self._carry(stop, state)
        await self._db.run("gate.release", lambda tx: repo.release(tx, self._channel, self._holder))

    async def _lease(self, tx: transaction.Tx) -> transcript_store.State | None:
        """The channel's state, if it is ours to carry for the next seconds."""
        held = await repo.lease(tx, self._channel, self._holder, LEASE_SECONDS)
        return await transcript_store.state(tx, self._channel) if held else None

    async def _carry(self, stop: asyncio.Event, state: transcript_store.State) -> None:
        """Until we are told to stop, or the lease is lost, or the channel's state is another. A halted one only beats."""
        wiring = self._wiring
        ear = hearing.Ear(
            self._db, inbound.Hearing(self._channel, wiring.markets, wiring.signers, self._clock), halted=state.halted
        )
        line = exchanging.Line(wiring.exchange, wiring.ring, wiring.clock, wiring.ids, ear.hear)
        works: list[Coroutine[Any, Any, None]] = [
            self._renew(stop, state, line), self._beat(stop, line), ear.loop(line),
            keyring.ask_for_pending(line, wiring.ring),
        ]  # fmt: skip
        if state.halted:
            works.append(reopening.Reopener(self._db, self._channel, line).loop())
        else:
            works.append(sending.Sender(self._db, self._channel, line).loop(stop))
        running = [asyncio.create_task(each) for each in works]
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set() and not state.halted:
                await asyncio.wait(running[-1:], timeout=2 * sending.DRAIN_SECONDS)  # the sender lets its cores land
        finally:
            faults = await tasks.end(running)
        for fault in faults[1:]:
            telemetry.fault(fault)
        if faults:
            raise faults[0]

    async def _renew(self, stop: asyncio.Event, state: transcript_store.State, line: exchanging.Line) -> None:
        """Every second: the lease, and whether the other side was heard."""
        while not stop.is_set():
            self._alarm(halted=state.halted)
            renewing = functools.partial(self._note, line.answered, self._clock.now())
            self._lost = False
            try:
                found = await self._db.run("gate.lease", renewing)
                if self._lost:
                    telemetry.emit(LINK_LOST, "error")
                if found != state:
                    return
                line.answered = None
            except (errors.Unavailable, errors.OutcomeUnknown) as refusal:
                telemetry.emit(NO_DATABASE, "warning", code=telemetry.Word(refusal.code))
            await server.pause(stop, RENEW_SECONDS)

    async def _note(self, answered: bytes | None, now: datetime, tx: transaction.Tx) -> transcript_store.State | None:
        if answered is not None:
            await links.answered(tx, self._channel, answered, now)
        else:
            self._lost = await links.check_silence(tx, self._channel, now)
        self._age = await heads.age(tx, self._channel) if self._wiring.signers else 0
        self._lag = next(each for each in await transcript_store.lag(tx) if each.channel == self._channel)
        return await self._lease(tx)

    def _alarm(self, *, halted: bool) -> None:
        """Not every second, but again and again as long as it lasts."""
        HALTED_NOW.set(halted)
        BACKLOG.set(self._lag.waiting)
        OLDEST.set(self._lag.seconds)
        now = asyncio.get_running_loop().time()
        if now - self._alarmed_at < ALARM_EVERY_SECONDS:
            return
        if halted:
            telemetry.emit(HALTED, "error")
        if self._lag.seconds >= LAG_SECONDS_ALARM:
            telemetry.emit(LAGGING, "error", waiting=self._lag.waiting, seconds=self._lag.seconds)
        late = self._heads_are_overdue(halted=halted)
        if late:
            telemetry.emit(OVERDUE, "error", seconds=int(self._age or 0))
        if halted or late or self._lag.seconds >= LAG_SECONDS_ALARM:
            self._alarmed_at = now

    def _heads_are_overdue(self, *, halted: bool) -> bool:
        """Nobody can state them while the channel is halted, or could before this process began."""
        HEADS_AGE.set(self._age or 0)
        missed = self._age is None or self._age > witness.OVERDUE_SECONDS
        since = asyncio.get_running_loop().time() - self._started_at
        return missed and not halted and since > witness.OVERDUE_SECONDS

    async def _beat(self, stop: asyncio.Event, line: exchanging.Line) -> None:
        """One exchange always asks for news, and the other side holds it until there are some.

        A word that finds no exchange to go along with is taken by another heartbeat, which ends the hold of the first.
        """
        beating: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                if not beating or (len(beating) < BEATS_MAX and line.is_overdue()):
                    beating.add(asyncio.create_task(self._ask_for_news(line)))
                done, beating = await asyncio.wait(
                    beating, timeout=exchanging.WORD_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        finally:
            await tasks.end_quietly(beating)

    async def _ask_for_news(self, line: exchanging.Line) -> None:
        try:
            said = await line.ask(line.sealer.heartbeat())
            if isinstance(said, control.Nack):
                telemetry.emit(sending.NACKED, "error", reason=said.code, sequence=0)
                await asyncio.sleep(RETRY_SECONDS_MAX)
            self._patience = RETRY_SECONDS
        except errors.Refusal as refusal:
            telemetry.emit(sending.NOT_ANSWERED, "warning", code=telemetry.Word(refusal.code))
            await asyncio.sleep(self._patience)
            self._patience = min(self._patience * 2, RETRY_SECONDS_MAX)
