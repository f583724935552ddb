"""Mints references and keeps each one's standing at its customer stack's word."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import audit, transaction
from execution_stack.participants import model, repo, rules

STOCK_MAX = 20_000
"""References of one channel that nobody stands behind; more is no stock but a way to fill the register."""


async def mint(
    tx: transaction.Tx, channel: UUID, counts: Sequence[int], random: ids.Ids
) -> list[tuple[UUID, ...] | None]:
    """New references for each wish of a channel, unless it has too many in stock. Nobody stands behind any yet."""
    stock = await repo.stock(tx, channel)
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
    tx: transaction.Tx, channel: UUID, changes: Sequence[model.Change]
) -> list[model.Standing | model.Refusal]:
    """Apply changes in order, all in one read and one write; the answer to each."""
    standings = await repo.lock(tx, channel, sorted({each.participant for each in changes}))
    answers: list[model.Standing | model.Refusal] = []
    changed: dict[UUID, model.Standing] = {}
    for each in changes:
        now = standings.get(each.participant)
        verdict = rules.judge(now.status if now else None, each.event)
        if isinstance(verdict, model.Refusal):
            answers.append(verdict)
            continue
        standings[each.participant] = changed[each.participant] = model.Standing(verdict, each.level, each.category)
        answers.append(standings[each.participant])
    if changed:
        await repo.save(tx, changed)
        await audit.write(tx, model.StandingsChanged(channel, len(changed), _digest(changed)))
    return answers


async def standings(tx: transaction.Tx, channel: UUID, refs: Sequence[UUID]) -> dict[UUID, model.Standing]:
    """What operations by these participants are judged on; a reference that is not the channel's is not in it."""
    return await repo.read(tx, channel, sorted(set(refs)))


def _digest(changed: dict[UUID, model.Standing]) -> bytes:
    rows = (f"{ref.hex} {each.status} {each.level} {each.category}\n" for ref, each in sorted(changed.items()))
    return hashlib.sha256("".join(rows).encode()).digest()
