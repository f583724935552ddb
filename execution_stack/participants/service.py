"""Mints references and keeps each one's standing at its customer stack's word."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import audit, transaction
from execution_stack.participants import model, ports, repo, rules

STOCK_MAX = 20_000
"""References of one channel that nobody stands behind; more is no stock but a way to fill the register."""


async def mint(
    tx: transaction.Tx, channel: UUID, counts: Sequence[int], random: ids.Ids, since: datetime | None = None
) -> list[tuple[UUID, ...] | None]:
    """New references for each wish of a channel, unless it has too many in stock. Nobody stands behind any yet.

    Of those issued before SINCE the channel has burnt whatever nobody stood behind: they are no stock any more.
    """
    stock = await repo.stock(tx, channel, since)
    answers: list[tuple[UUID, ...] | None] = []
    for count in counts:
        fits = stock + count <= STOCK_MAX
        answers.append(tuple(random.ref() for _ in range(count)) if fits else None)
        stock += count if fits else 0
    refs = [ref for minted in answers for ref in minted or ()]
    if refs:
        await repo.issue(tx, channel, refs)
        digest = hashlib.sha256(b"".join(ref.bytes for ref in refs)).digest()
        await audit.write(tx, model.RefsMinted(channel, len(refs), digest))
    return answers


async def change(
    tx: transaction.Tx,
    channel: UUID,
    changes: Sequence[model.Change],
    place: tuple[int, int],
    leaving: Sequence[ports.Leaving] = (),
) -> list[model.Standing | model.Refusal]:
    """Apply changes in order, all in one read and one write; the answer to each. PLACE names the core that asks.

    Whoever was frozen or closed by any of them leaves, even if a later one lets them in again.
    """
    standings = await repo.lock(tx, channel, sorted({each.participant for each in changes}))
    answers: list[model.Standing | model.Refusal] = []
    changed: dict[UUID, model.Standing] = {}
    left: set[UUID] = set()
    for each in changes:
        now = standings.get(each.participant)
        verdict = rules.judge(now.status if now else None, each.event)
        if isinstance(verdict, model.Refusal):
            answers.append(verdict)
            continue
        if now is not None and now.status is model.Status.ELIGIBLE and verdict is not model.Status.ELIGIBLE:
            left.add(each.participant)
        standings[each.participant] = changed[each.participant] = model.Standing(verdict, each.level, each.category)
        answers.append(standings[each.participant])
    if changed:
        await repo.save(tx, changed, place)
        await audit.write(tx, model.StandingsChanged(channel, len(changed), _digest(changed)))
    for each_leaving in leaving if left else ():
        await each_leaving.left(tx, channel, sorted(left))
    return answers


async def withdraw(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> int:
    """Close whoever was activated by a core that the customer stack has lost; nobody there stands behind them."""
    refs = sorted(await repo.withdraw(tx, channel, epoch, sequence))
    if refs:
        digest = hashlib.sha256("".join(f"{ref.hex} closed\n" for ref in refs).encode()).digest()
        await audit.write(tx, model.StandingsChanged(channel, len(refs), digest))
    return len(refs)


async def activated(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> int:
    """How many participants the cores of a channel up to this one have activated."""
    return await repo.activated(tx, channel, epoch, sequence)


async def standings(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> dict[UUID, model.Standing]:
    """What operations by these participants are judged on; a reference that is not the channel's is not in it."""
    return await repo.read(tx, channel, sorted(set(refs)))


async def standing(tx: transaction.Tx, ref: UUID) -> model.Standing | None:
    """Of any channel's participant, for operators."""
    return await repo.find(tx, ref)


def _digest(changed: dict[UUID, model.Standing]) -> bytes:
    rows = (f"{ref.hex} {each.status} {each.level} {each.category}\n" for ref, each in sorted(changed.items()))
    return hashlib.sha256("".join(rows).encode()).digest()
