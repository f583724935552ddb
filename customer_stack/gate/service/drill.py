"""Load for the channel, through the normal outbox: what an operator measures a deployment with, in test mode only.

Participants are attached to subjects that nobody stands behind, intents are written in bulk, and what came of them is
read back from the outcomes that the execution stack sent.
"""

import asyncio
import functools
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, ids
from boundary.kernel.runtime import transaction
from boundary.wire import to_execution, words
from customer_stack.gate import model, ports, repo
from customer_stack.gate.service import outbound, references, wallets

LOOK_SECONDS = 0.2
TICK_SIZE = 10_000
"""Micro-USD per lot and tick: of an instrument that is listed without saying otherwise."""


class Plan(msgspec.Struct, frozen=True):
    """What to send."""

    instrument: UUID
    count: int
    participants: int
    batch: int
    seconds_max: int
    tick_size: int = TICK_SIZE


class Report(msgspec.Struct, frozen=True):
    """What came back."""

    count: int
    answered: int
    accepted: int
    refused: int
    milliseconds: int
    per_second: int


class Progress(NamedTuple):
    """How many of a drill's intents have which outcome."""

    waiting: int
    sent: int
    accepted: int
    refused: int

    @property
    def answered(self) -> int:
        return self.accepted + self.refused


async def participants(tx: transaction.Tx, channel: UUID, count: int, random: ids.Ids) -> list[UUID]:
    """References of so many new subjects."""
    return [await references.attach(tx, channel, random.ref(), random) for _ in range(count)]


async def place(
    tx: transaction.Tx,
    *,
    channel: UUID,
    instrument: UUID,
    who: list[UUID],
    subjects: list[UUID],
    tick_size: int = TICK_SIZE,
) -> None:
    """One limit intent for each subject, spread over the participants, with a cap that it costs exactly."""
    said = [
        outbound.Said(
            to_execution.PlaceIntent(
                participant=who[number % len(who)],
                instrument=instrument,
                side=words.Side.BUY,
                kind=words.IntentKind.LIMIT,
                time_in_force=words.TimeInForce.UNTIL_CANCELLED,
                limit_ticks=1 + number % 50,
                lots=1 + number % 10,
                cost_cap=(1 + number % 50) * (1 + number % 10) * tick_size,
                expires_at=0,
            ),
            subject,
        )
        for number, subject in enumerate(subjects)
    ]
    await outbound.say(tx, channel, said)


async def progress(tx: transaction.Tx, channel: UUID, first: UUID, count: int) -> Progress:
    """Outcomes since the drill's first intent was named."""
    found = await repo.outcome_counts(tx, channel, first)
    named = sum(found.values())
    return Progress(count - named, found.get("sent", 0), found.get("accepted", 0), found.get("refused", 0))


async def _settle(db: transaction.Database, plan: Plan, trading: ports.Trading) -> None:
    """An instrument that was just listed has a moment to be heard of, and its document to be pulled."""
    deadline = asyncio.get_running_loop().time() + plan.seconds_max
    while True:
        try:
            await db.read("drill.tradable", lambda tx: trading.require_tradable(tx, plan.instrument))
        except errors.Refusal:
            if asyncio.get_running_loop().time() >= deadline:
                raise
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return


async def custody(db: transaction.Database, channel: UUID, seconds_max: int) -> model.Wallet:
    """Ask for the custody wallet of a participant nobody stands behind, and wait until it is registered."""
    random = ids.SystemIds()
    deadline = asyncio.get_running_loop().time() + seconds_max

    async def ask(tx: transaction.Tx) -> UUID:
        reference = await references.attach(tx, channel, random.ref(), random)
        await wallets.request_custody(tx, channel, reference, random.ref())
        return reference

    reference = await db.run("drill.custody", ask)
    while asyncio.get_running_loop().time() < deadline:
        found = await db.read("drill.wallets", lambda tx: wallets.of(tx, channel, reference))
        if found:
            return found[0]
        await asyncio.sleep(LOOK_SECONDS)
    raise errors.Unavailable("no custody wallet was registered in time")


async def run(db: transaction.Database, channel: UUID, plan: Plan, trading: ports.Trading) -> Report:
    """Place the intents as fast as the database takes them, then wait for the last outcome."""
    random = ids.SystemIds()
    await _settle(db, plan, trading)
    who = await db.run(
        "drill.participants", lambda tx: participants(tx, channel, plan.participants, random), seconds_max=30
    )
    subjects = [random.ref() for _ in range(plan.count)]
    loop = asyncio.get_running_loop()
    started = loop.time()
    for start in range(0, plan.count, plan.batch):
        part = subjects[start : start + plan.batch]
        write = functools.partial(
            place, channel=channel, instrument=plan.instrument, who=who, subjects=part, tick_size=plan.tick_size
        )
        await db.run("drill.place", write)
    while True:
        seen = await db.read("drill.progress", lambda tx: progress(tx, channel, subjects[0], plan.count))
        if seen.answered >= plan.count or loop.time() - started > plan.seconds_max:
            break
        await asyncio.sleep(LOOK_SECONDS)
    elapsed = loop.time() - started
    return Report(
        plan.count, seen.answered, seen.accepted, seen.refused, int(elapsed * 1000), int(seen.answered / elapsed)
    )
