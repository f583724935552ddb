"""Orders at an exchange that misbehaves all the time; afterwards both records must be the same, to the micro-USD."""

import asyncio
import contextlib
import random  # noqa: TID251 -- seeds are printed
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from boundary.kernel import errors
from execution_stack.venues import model
from execution_stack.venues.jobs import loops
from execution_stack.venues.model.dealing import State
from execution_stack.venues.service import placing
from execution_stack.venues.simulators.kalshi.faults import Fault
from tests.execution.venues.dealing.desk import NAME, Desk

STREAM = (
    Fault.STREAM_REORDERED, Fault.STREAM_DROPPED, Fault.STREAM_DOUBLED, Fault.STREAM_MALFORMED, Fault.STREAM_UNKNOWN,
    Fault.STREAM_CUT, Fault.DUPLICATE_FILL,
)  # fmt: skip
TIMES_IN_FORCE = (
    model.TimeInForce.GOOD_TILL_CANCELED, model.TimeInForce.GOOD_TILL_CANCELED, model.TimeInForce.IMMEDIATE_OR_CANCEL,
    model.TimeInForce.FILL_OR_KILL,
)  # fmt: skip


async def nothing(_ticker: str) -> None:
    """News of markets is another test's matter."""


@contextlib.asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[asyncio.Event]:
    """All loops of the worker, until the block ends."""
    stop = asyncio.Event()
    poller = loops.Poller(desk.db, desk.deal)
    listener = loops.Listener(desk.db, desk.deal, poller.now, nothing)
    tasks = [
        asyncio.create_task(each)
        for each in (desk.sender.loop(stop), desk.reader.loop(stop), poller.loop(stop), listener.loop(stop))
    ]
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def mixed(desk: Desk, seed: int, permille: int) -> None:
    """Every fault there is, on everything that is asked, in this share."""
    faults = desk.exchange.faults
    faults.order({"slow_ms": 50, "silent_ms": 5_000, "lag_ms": 150})
    faults.mix({"seed": seed, "permille": permille})
    faults.mix({"seed": seed + 1, "permille": permille, "on": "stream", "of": [each.value for each in STREAM]})
    faults.mix({"seed": seed + 2, "permille": permille, "on": "orders", "of": ["lag", "unknown_enum"]})


async def traded(desk: Desk, count: int, seed: int, *, permille: int = 50, at_once: int = 20) -> list[UUID]:
    """So many orders, amended, decreased and cancelled by chance, while makers trade; everything ends in the end."""
    chance = random.Random(seed)
    mixed(desk, seed, permille)
    refs: list[UUID] = []
    async with working(desk):
        while len(refs) < count:
            for _ in range(min(at_once, count - len(refs))):
                order = await desk.place(
                    ticker=chance.choice(list(desk.instruments)), side=chance.choice(["bid", "ask"]),
                    ticks=chance.randint(5, 95), lots=chance.randint(1, 20) * 100,
                    time_in_force=chance.choice(TIMES_IN_FORCE), post_only=False,
                )  # fmt: skip
                refs.append(order.ref)
            desk.exchange.step()
            await asyncio.sleep(0.05)
            for ref in chance.sample(refs[-60:], min(6, len(refs))):
                await _bothered(desk, chance, ref)
        desk.exchange.faults.order({"fault": None})
        await ended(desk)
    return refs


async def _bothered(desk: Desk, chance: random.Random, ref: UUID) -> None:
    """Something is asked about an order, which may be over by now."""
    with contextlib.suppress(errors.Conflict, errors.Invalid):
        order = await desk.order(ref)
        kind = chance.randint(0, 2)
        lots = max(1, (order.count - order.filled) // 2)
        if kind == 0:
            await desk.run(lambda tx: placing.cancel(tx, desk.deal.listeners, ref, desk.now()))
        elif kind == 1:
            await desk.run(lambda tx: placing.decrease(tx, ref, lots, desk.now()))
        else:
            ticks = chance.randint(5, 95)
            await desk.run(lambda tx: placing.amend(tx, ref, ticks, order.count, desk.deal.ids, desk.now()))


async def ended(desk: Desk, seconds: int = 90) -> None:
    """Cancel what is open and wait until nothing is."""
    await desk.run(lambda tx: placing.cancel_all(tx, desk.deal.listeners, NAME, desk.now()))
    end = desk.now() + timedelta(seconds=seconds)
    while await desk.busy() or await _open(desk):
        assert desk.now() < end, await _stuck(desk)
        await asyncio.sleep(0.1)


async def _open(desk: Desk) -> int:
    found: int = await desk.run(
        lambda tx: tx.value(
            "SELECT count(*) FROM venue_order WHERE state NOT IN ('filled', 'cancelled', 'refused', 'expired')"
        )
    )
    return found


async def _stuck(desk: Desk) -> list[tuple[object, ...]]:
    rows = await desk.run(
        lambda tx: tx.fetch(
            "SELECT o.state::text, o.attempts, o.filled, o.count, o.checked, o.due_at, c.kind::text, c.state::text"
            ' FROM venue_order o LEFT JOIN venue_command c ON c."order" = o.ref'
            " WHERE o.due_at IS NOT NULL OR o.state NOT IN ('filled', 'cancelled', 'refused', 'expired')"
            " OR c.state NOT IN ('done', 'refused')"
        )
    )
    return [tuple(row) for row in rows]


async def figures(desk: Desk, refs: list[UUID]) -> dict[str, object]:
    """What must be nothing, and how much there was of everything."""
    await desk.poll()
    report, error = await desk.error()
    theirs = [order for order in desk.exchange.exchange.orders.values() if order.member != "maker"]
    clients = await desk.run(lambda tx: tx.fetch('SELECT client, "order" FROM venue_client'))
    owner = {str(row["client"]): row["order"] for row in clients}
    doubled = [
        ref for ref, times in Counter(owner.get(order.client) for order in theirs).items() if times > 1 or ref is None
    ]
    states = Counter([(await desk.order(ref)).state for ref in refs])
    return {
        "orders": len(refs), "at the exchange": len(theirs), "fills": report.fills,
        "differences": [str(each) for each in report.differences], "exposure error": error, "sent twice": len(doubled),
        "unknown": states[State.UNKNOWN],
    }  # fmt: skip
