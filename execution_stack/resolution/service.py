"""Keeps holdings, decides outcomes, and pays positions a piece at a time, so that no transaction is long."""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.resolution import model, ports, repo, rules

PIECE = 5_000


async def bought(tx: transaction.Tx, instrument: UUID, trades: Sequence[model.Trade]) -> None:
    await repo.buy(tx, instrument, trades)


async def sold(tx: transaction.Tx, instrument: UUID, trades: Sequence[model.Trade]) -> None:
    """Nobody sells what it does not hold: the intake sees to that, and the database has the last word."""
    await _change(tx, instrument, trades, lots=-1, paid=0, had=1)


async def took_back(
    tx: transaction.Tx, instrument: UUID, trades: Sequence[model.Trade], outbound: ports.Outbound, *, buying: bool
) -> None:
    """The venue took fills back. If the event was resolved already, everybody is paid anew."""
    if buying:
        await _change(tx, instrument, trades, lots=-1, paid=-1, had=0)
    else:
        await _change(tx, instrument, trades, lots=1, paid=0, had=-1)
    await repo.hold(tx, instrument)
    newest = await repo.newest(tx, instrument)
    if newest is not None:
        await _decide(tx, newest, newest.value, newest.decided_at, outbound)


async def resolve(
    tx: transaction.Tx, instrument: UUID, value: int | None, decided_at: datetime, outbound: ports.Outbound
) -> model.Resolution:
    """The event's outcome: what one lot pays, or none if it was voided. A second outcome replaces the first one."""
    await repo.hold(tx, instrument)
    newest = await repo.newest(tx, instrument)
    if newest is not None and newest.value == value:
        raise model.AlreadyResolved("the event has this outcome already")
    return await _decide(tx, newest, value, decided_at, outbound, instrument)


async def _decide(
    tx: transaction.Tx,
    before: model.Resolution | None,
    value: int | None,
    decided_at: datetime,
    outbound: ports.Outbound,
    instrument: UUID | None = None,
) -> model.Resolution:
    subject = before.instrument if before else instrument
    assert subject is not None, "what is decided is about an instrument"
    revision = before.revision + 1 if before else 1
    kind = model.Kind.VOIDED if value is None else model.Kind.AMENDED if before else model.Kind.RESOLVED
    decided = model.Resolution(
        subject, revision, kind, value, model.State.PAYING, rules.first_step(revision), decided_at
    )
    await repo.add(tx, decided)
    await audit.write(tx, model.Decided(subject, revision, list(model.Kind).index(kind) + 1, value or 0))
    await outbound.decided(tx, decided)
    return decided


async def pay(tx: transaction.Tx, outbound: ports.Outbound) -> bool:
    """One piece of what is due: first everything under the revision before is taken back, then positions are paid."""
    resolution = await repo.paying(tx)
    if resolution is None:
        return False
    if resolution.step is model.Step.REVERSE:
        await _take_back(tx, resolution, outbound)
    else:
        await _pay(tx, resolution, outbound)
    return True


async def _take_back(tx: transaction.Tx, resolution: model.Resolution, outbound: ports.Outbound) -> None:
    taken = await repo.take_back(tx, resolution, PIECE)
    if not taken:
        await repo.step(tx, resolution, model.Step.PAY, model.State.PAYING)
        return
    for (revision, channel), grouped in itertools.groupby(taken, key=lambda each: (each[0], each[1].channel)):
        payouts = [payout for _, payout in grouped]
        await outbound.taken_back(tx, channel, resolution.instrument, revision, payouts)
    for revision, grouped in itertools.groupby(taken, key=lambda each: each[0]):
        payouts = [payout for _, payout in grouped]
        total, digest = _sum(payouts)
        await audit.write(tx, model.TakenBack(resolution.instrument, revision, len(payouts), total, digest))


async def _pay(tx: transaction.Tx, resolution: model.Resolution, outbound: ports.Outbound) -> None:
    due = [rules.payout(each, resolution.value) for each in await repo.unpaid(tx, resolution, PIECE)]
    if not due:
        await repo.step(tx, resolution, model.Step.NOTHING, model.State.PAID)
        return
    await repo.pay(tx, resolution, due)
    for channel, grouped in itertools.groupby(due, key=lambda each: each.channel):
        await outbound.paid(tx, channel, resolution, list(grouped))
    total, digest = _sum(due)
    await audit.write(tx, model.Paid(resolution.instrument, resolution.revision, len(due), total, digest))


async def _change(
    tx: transaction.Tx, instrument: UUID, trades: Sequence[model.Trade], *, lots: int, paid: int, had: int
) -> None:
    names = {(each.channel, each.participant) for each in trades}
    try:
        changed = await repo.change(tx, instrument, trades, lots=lots, paid=paid, had=had)
    except transaction.BrokenCheck:
        raise model.TooMuch("more was sold or taken back than was held") from None
    if changed != len(names):
        raise model.TooMuch("more was sold or taken back than was held")


def _sum(payouts: Sequence[model.Payout]) -> tuple[int, bytes]:
    hasher = hashlib.sha256()
    for each in payouts:
        hasher.update(each.channel.bytes + each.participant.bytes + f"{each.lots} {each.amount}\n".encode())
    return sum(each.amount for each in payouts), hasher.digest()
