"""Takes the intents of one core in: judged one by one, written all at once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import audit, transaction
from execution_stack.instruments import service as instruments
from execution_stack.intents import model, repo, rules
from execution_stack.participants import service as participants


async def place(
    tx: transaction.Tx,
    channel: UUID,
    first: model.Name,
    wanted: Sequence[model.Terms],
    now: datetime,
) -> list[model.Refusal | None]:
    """Intents that stand next to each other in a core, `first` being the first one's name; a verdict for each."""
    standings = await participants.standings(tx, channel, [each.participant for each in wanted])
    known = await instruments.some(tx, [each.instrument for each in wanted])
    seconds = clock.to_micros(now) // 1_000_000
    verdicts = [
        rules.judge(each, standings.get(each.participant), known.get(each.instrument), now, seconds) for each in wanted
    ]
    accepted = [
        (first.position + offset, each)
        for offset, (each, verdict) in enumerate(zip(wanted, verdicts, strict=True))
        if verdict is None
    ]
    if accepted:
        await repo.add(tx, channel, first.epoch, first.sequence, accepted)
    await audit.write(
        tx,
        model.IntakeRecorded(
            channel,
            first.epoch,
            first.sequence,
            len(accepted),
            len(wanted) - len(accepted),
            _digest(first, wanted, verdicts),
        ),
    )
    return verdicts


async def cancel(tx: transaction.Tx, channel: UUID, names: Sequence[model.Name]) -> list[int | model.Refusal]:
    """Cancel what is still open: the lots that were, or why not. A second cancel comes too late, in one core or two."""
    found = await repo.lock(tx, channel, names)
    answers: list[int | model.Refusal] = []
    cancelled: dict[model.Name, None] = {}
    for name in names:
        if name not in found:
            answers.append(model.Refusal.UNKNOWN_INTENT)
        elif found[name][1] is not model.State.OPEN or name in cancelled:
            answers.append(model.Refusal.TOO_LATE)
        else:
            cancelled[name] = None
            answers.append(found[name][0].lots)
    if cancelled:
        await repo.set_state(tx, channel, list(cancelled), model.State.CANCELLED)
        await audit.write(tx, model.IntentsCancelled(channel, len(cancelled), _digest_names(list(cancelled))))
    return answers


async def amend(
    tx: transaction.Tx, channel: UUID, wanted: Sequence[model.Amendment], now: datetime
) -> list[model.Refusal | None]:
    """Change price and quantity of open intents, in order; each judged as if it were new, the last word standing."""
    found = await repo.lock(tx, channel, [each.name for each in wanted])
    standings = await participants.standings(tx, channel, [terms.participant for terms, _ in found.values()])
    known = await instruments.some(tx, [terms.instrument for terms, _ in found.values()])
    seconds = clock.to_micros(now) // 1_000_000
    amended: dict[model.Name, model.Terms] = {}
    entries: list[model.IntentAmended] = []
    verdicts: list[model.Refusal | None] = []
    for name, *figures in wanted:
        if name not in found:
            verdicts.append(model.Refusal.UNKNOWN_INTENT)
            continue
        old, state = found[name]
        if state is not model.State.OPEN:
            verdicts.append(model.Refusal.TOO_LATE)
            continue
        limit_ticks, lots, cost_cap = figures
        terms = msgspec.structs.replace(old, limit_ticks=limit_ticks, lots=lots, cost_cap=cost_cap)
        verdict = rules.judge(terms, standings.get(terms.participant), known.get(terms.instrument), now, seconds)
        if verdict is None:
            amended[name] = terms
            entries.append(model.IntentAmended(channel, *name, *figures))
        verdicts.append(verdict)
    if amended:
        await repo.amend(tx, channel, amended)
        await audit.write_many(tx, entries)
    return verdicts


async def withdraw(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> int:
    """Cancel whatever is open of a history that the customer stack has lost; how much that was."""
    names = sorted(await repo.withdraw(tx, channel, epoch, sequence))
    if names:
        await audit.write(tx, model.IntentsCancelled(channel, len(names), _digest_names(names)))
    return len(names)


async def count_open(tx: transaction.Tx, channel: UUID) -> int:
    """How many intents of a channel may still trade."""
    return await repo.count_open(tx, channel)


def _digest_names(names: Sequence[model.Name]) -> bytes:
    return hashlib.sha256("".join(f"{n.epoch} {n.sequence} {n.position}\n" for n in names).encode()).digest()


def _digest(first: model.Name, wanted: Sequence[model.Terms], verdicts: Sequence[model.Refusal | None]) -> bytes:
    """Covers every intent and its verdict in order, so that the one audit entry of a core stands for all of them."""
    hasher = hashlib.sha256(f"{first.epoch} {first.sequence} {first.position}\n".encode())
    for each, verdict in zip(wanted, verdicts, strict=True):
        hasher.update(msgspec.msgpack.encode((msgspec.structs.astuple(each), verdict.value if verdict else "")))
    return hasher.digest()
