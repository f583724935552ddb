"""Intents into windows: joined in the transaction that accepted them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from boundary.kernel import errors, ids
from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.aggregation.repo import windows
from execution_stack.aggregation.rules import pooling
from execution_stack.instruments import model as instruments
from execution_stack.intents import model as intents

TRIES = 5


class Closing(errors.Unavailable):
    """Windows kept closing under those who wanted to join. Nothing was done; it may be asked again."""

    code = "windows_closing"


async def join(
    tx: transaction.Tx,
    channel: UUID,
    wanted: Sequence[tuple[intents.Name, intents.Terms, int]],
    known: Mapping[UUID, instruments.Instrument],
    now: datetime,
    random: ids.Ids,
    limits: model.Limits,
) -> None:
    """Each intent, with so many lots of it, into the window of its pool; one that is all or nothing gets its own."""
    pooled: list[tuple[model.Pool, windows.Joining]] = []
    for name, terms, lots in wanted:
        instrument = known[terms.instrument]
        pool = pooling.pool(terms, instrument)
        unit = pool.limit_ticks * instrument.tick_size
        pooled.append((pool, windows.Joining(channel, name, terms.participant, lots, unit)))
    alone = {random.ref(): each for each in pooled if each[0].manner is model.Manner.ALL_OR_NOTHING}
    shared = [each for each in pooled if each[0].manner is not model.Manner.ALL_OR_NOTHING]
    joining = [(ref, each) for ref, (_, each) in alone.items()]
    if alone:
        await windows.open_(tx, {ref: pool for ref, (pool, _) in alone.items()}, now, now)
    if shared:
        held = await _held(tx, {pool for pool, _ in shared}, now, random, limits)
        joining += [(held[pool], each) for pool, each in shared]
    if joining:
        await windows.join(tx, joining, now)
        await windows.grow(tx, joining, limits, now)


async def _held(
    tx: transaction.Tx, pools: set[model.Pool], now: datetime, random: ids.Ids, limits: model.Limits
) -> dict[model.Pool, UUID]:
    """The windows of these pools, opened where there is none. One that closes meanwhile is followed by the next."""
    ordered = sorted(pools, key=lambda pool: (pool.instrument.int, *pool[1:]))
    closes_at = now + timedelta(milliseconds=limits.millis)
    for _ in range(TRIES):
        found = await windows.hold(tx, ordered)
        missing = [pool for pool in ordered if pool not in found]
        if not missing:
            return found
        await windows.open_(tx, {random.ref(): pool for pool in missing}, now, closes_at)
    raise Closing("the windows of these pools keep closing")
