"""Records fills and shares them out, a piece at a time, so that no transaction is long and a crash loses its place only.

The shares of a fill follow from the manifest and the fills before it. So a piece that is begun again after a crash comes
out the same, and the pieces of one fill add up.
"""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.allocation import model, ports, repo, rules

PIECE = 10_000


class Around(NamedTuple):
    """What sharing works with."""

    members: ports.Members
    outbound: ports.Outbound
    holdings: ports.Holdings


async def record(
    tx: transaction.Tx, order: UUID, fill: UUID, version: int, priced: model.Priced, filled_at: datetime
) -> bool:
    """Write down a fill of an order that the caller holds; whether it was new."""
    recorded = await repo.record(tx, order, fill, version, priced, filled_at)
    if recorded is None:
        return False
    await audit.write(tx, model.Filled(order, recorded.number, version, *priced))
    return True


async def reverse(tx: transaction.Tx, fill: UUID, at: datetime) -> bool:
    """Write down that the venue took a fill back; whether that was news."""
    recorded = await repo.reverse(tx, fill, at)
    if recorded is None or recorded.reverses is None:
        return False
    await audit.write(tx, model.Reversed(recorded.order, recorded.number, recorded.reverses))
    return True


async def is_shared(tx: transaction.Tx, order: UUID) -> bool:
    """Whether every fill of an order is shared out."""
    return not await repo.waiting(tx, order)


async def recorded(tx: transaction.Tx, order: UUID) -> list[model.Recorded]:
    """Every fill of an order, in the order of their numbers."""
    return await repo.every(tx, order)


async def shares_of(tx: transaction.Tx, order: UUID, number: int) -> list[tuple[int, model.Share, int]]:
    """Who got what of a fill: member, share, and the number under which its channel heard of it."""
    return await repo.shares(tx, order, number)


class Sharer:
    """Shares one piece after the other. What it remembers between pieces can be worked out again."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._key: tuple[UUID, int] | None = None
        self._rule = model.Rule.EXACT
        self._due: list[tuple[model.Weight, model.Share]] = []

    async def next(self, tx: transaction.Tx) -> bool:
        """Share a piece of the oldest fill that waits; whether there was one."""
        recorded = await repo.next_(tx)
        if recorded is None:
            self._key, self._due = None, []
            return False
        if recorded.reverses is not None:
            await self._undo(tx, recorded, recorded.reverses)
        else:
            await self._share(tx, recorded)
        return True

    async def _share(self, tx: transaction.Tx, recorded: model.Recorded) -> None:
        await self._work_out(tx, recorded)
        piece = self._due[recorded.shared : recorded.shared + PIECE]
        rows: list[tuple[int, model.Share, int]] = []
        for channel, grouped in itertools.groupby(sorted(piece, key=_by_channel), key=lambda each: each[0].channel):
            shares = list(grouped)
            first = await self._around.outbound.shared(
                tx, channel, [_told(recorded, self._rule, weight, share) for weight, share in shares]
            )
            rows += [(weight.number, share, first + place) for place, (weight, share) in enumerate(shares)]
        rows.sort(key=lambda row: row[0])
        await repo.add(tx, recorded, rows)
        await self._around.members.filled(tx, recorded.order, [row[0] for row in rows], [row[1].lots for row in rows])
        await self._around.holdings.traded(tx, recorded.order, recorded, piece)
        shared = recorded.shared + len(piece)
        await repo.progress(tx, recorded, shared, done=shared == len(self._due))
        await audit.write(tx, model.Shared(recorded.order, recorded.number, rows[0][0], rows[-1][0], _digest(rows)))

    async def _work_out(self, tx: transaction.Tx, recorded: model.Recorded) -> None:
        """Whose shares they are: worked out once for all pieces, and once more by whoever goes on after a crash."""
        if self._key == (recorded.order, recorded.number):
            return
        weights = await self._around.members.weights(tx, recorded.order, recorded.version)
        had = {member: share.lots for member, share, _ in await repo.shares(tx, recorded.order, recorded.number)}
        wanted = [each.wanted + had.get(each.number, 0) for each in weights]
        self._rule, shares = rules.share(recorded.to_share, wanted, [each.number for each in weights])
        self._due = [(weight, share) for weight, share in zip(weights, shares, strict=True) if share.lots]
        self._key = (recorded.order, recorded.number)

    async def _undo(self, tx: transaction.Tx, recorded: model.Recorded, reverses: int) -> None:
        """All of it at once: every intent hears that its share was taken back."""
        weights = {
            each.number: each for each in await self._around.members.weights(tx, recorded.order, recorded.version)
        }
        taken = await repo.shares(tx, recorded.order, reverses)
        by_channel: dict[UUID, list[int]] = {}
        for member, _, told in taken:
            by_channel.setdefault(weights[member].channel, []).append(told)
        for channel in sorted(by_channel):
            await self._around.outbound.reversed(tx, channel, sorted(by_channel[channel]))
        await self._around.members.filled(
            tx, recorded.order, [row[0] for row in taken], [-row[1].lots for row in taken]
        )
        shares = [(weights[member], share) for member, share, _ in taken]
        await self._around.holdings.traded(tx, recorded.order, recorded, shares)
        await repo.progress(tx, recorded, len(taken), done=True)


def _by_channel(due: tuple[model.Weight, model.Share]) -> tuple[int, int]:
    return due[0].channel.int, due[0].number


def _told(recorded: model.Recorded, rule: model.Rule, weight: model.Weight, share: model.Share) -> model.Told:
    return model.Told(weight.epoch, weight.sequence, weight.position, share, recorded.ticks, rule, recorded.filled_at)


def _digest(rows: Sequence[tuple[int, model.Share, int]]) -> bytes:
    hasher = hashlib.sha256()
    for member, share, told in rows:
        hasher.update(f"{member} {share.lots} {share.fee} {share.improvement} {told}\n".encode())
    return hasher.digest()
