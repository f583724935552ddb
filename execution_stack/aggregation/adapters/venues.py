"""The desk that deals with exchanges: omnibus orders become orders at a venue, and what becomes of those is heard.

An omnibus order's reference is the venue order's. A reduction is an amendment to a lower total, what is filled already
included: whatever is filled while it is on its way, the venue can never be left with more than the manifest says.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.repo import orders
from execution_stack.aggregation.service import hearing
from execution_stack.allocation import service as sharing
from execution_stack.intents import model as intents
from execution_stack.resolution import model as resolution_model
from execution_stack.resolution import ports as resolution_ports
from execution_stack.resolution import service as resolution
from execution_stack.venues import model as venue
from execution_stack.venues.model import dealing
from execution_stack.venues.rules import grids
from execution_stack.venues.service import moving, placing, showing

_SIDE = {intents.Side.BUY: venue.Side.BID, intents.Side.SELL: venue.Side.ASK}
_LIFE = {
    model.Manner.RESTING: venue.TimeInForce.GOOD_TILL_CANCELED,
    model.Manner.POST_ONLY: venue.TimeInForce.GOOD_TILL_CANCELED,
    model.Manner.AT_ONCE: venue.TimeInForce.IMMEDIATE_OR_CANCEL,
    model.Manner.ALL_OR_NOTHING: venue.TimeInForce.FILL_OR_KILL,
}
_AT_ONCE = frozenset({model.Manner.AT_ONCE, model.Manner.ALL_OR_NOTHING})
_VALUE: Mapping[venue.Result, int | None] = {venue.Result.NO: 0, venue.Result.VOID: None}


class Desk(NamedTuple):
    """`ports.Desk`."""

    clock: clock.Clock
    ids: ids.Ids

    async def place(self, tx: transaction.Tx, order: model.Outgoing) -> None:
        """Recorded; the worker sends it. What no venue takes today is over before it begins."""
        wanted = dealing.Instruction(
            ref=order.ref,
            instrument=order.instrument,
            side=_SIDE[order.side],
            ticks=order.limit_ticks,
            lots=order.lots,
            time_in_force=_LIFE[order.manner],
            post_only=order.manner is model.Manner.POST_ONLY,
        )
        try:
            await placing.place(tx, [wanted], self.ids, self.clock.now())
        except (errors.Conflict, errors.Invalid, errors.NotFound):  # raised before anything is written
            await hearing.over(tx, order.ref, model.Why.VENUE)

    async def reduce(self, tx: transaction.Tx, order: UUID, *, by: int) -> None:
        found = await moving.held(tx, order)
        if found.state not in dealing.OPEN:
            return  # its end is noted, and settles this too
        grid = await showing.grid(tx, found.instrument)
        lots = grids.lots(grid, found.count) - by
        if lots <= 0 or grids.count(grid, lots) <= found.filled:
            await self.cancel(tx, order)
        else:
            await placing.amend(tx, order, grids.ticks(grid, found.price), lots, self.ids, self.clock.now())

    async def cancel(self, tx: transaction.Tx, order: UUID) -> None:
        await _cancel(tx, order, self.clock.now())


class Listener:
    """`venues.ports.listening.Listener`: hears of venue orders that are omnibus orders."""

    def __init__(self, around: ports.Around, outcomes: resolution_ports.Outbound, time: clock.Clock) -> None:
        self._around = around
        self._outcomes = outcomes
        self._clock = time

    async def moved(self, tx: transaction.Tx, before: dealing.Order, after: dealing.Order) -> None:
        """It is there, or there is less of it than before."""
        order = await orders.lock(tx, after.ref)
        if order is None:
            return
        if order.state is model.State.LEAVING and after.state in dealing.AT_VENUE:
            await hearing.working(tx, self._around.outbound, after.ref)
        if after.count < before.count and order.version > 1:
            await hearing.obeys(tx, after.ref, order.version)

    async def refused(self, tx: transaction.Tx, after: dealing.Order, kind: dealing.CommandKind) -> None:
        """The venue will not have less of it: then all of it goes, and whoever wants more is pooled again."""
        lives = kind is not dealing.CommandKind.CANCEL and after.state in dealing.OPEN
        if lives and await orders.look(tx, after.ref) is not None:
            await _cancel(tx, after.ref, self._clock.now())

    async def filled(self, tx: transaction.Tx, order: dealing.Order, fill: venue.Fill) -> None:
        if await orders.look(tx, order.ref) is None:
            return
        grid = await showing.grid(tx, order.instrument)
        cost = grids.cost(fill.price, fill.count)
        told = model.VenueFill(fill.fill, grids.lots(grid, fill.count), cost, fill.fee, fill.at)
        await hearing.filled(tx, self._around, order.ref, told)

    async def busted(self, tx: transaction.Tx, order: dealing.Order, fill: UUID) -> None:
        if await orders.look(tx, order.ref) is not None:
            await sharing.reverse(tx, fill, self._clock.now())

    async def over(self, tx: transaction.Tx, order: dealing.Order) -> None:
        found = await orders.look(tx, order.ref)
        if found is not None:
            await hearing.over(tx, order.ref, await _why(tx, order, found))

    async def settled(
        self,
        tx: transaction.Tx,
        instrument: UUID,
        revision: int,  # noqa: ARG002 -- the venue's; revisions of ours count what we paid by
        told: venue.Settlement,
    ) -> None:
        """The outcome, as the venue paid it. Told again, it changes nothing."""
        grid = await showing.grid(tx, instrument)
        if told.result is venue.Result.YES:
            value: int | None = grid.payout * grid.lot // venue.CONTRACT
        elif told.result is venue.Result.SCALAR and told.value is not None:
            value = told.value * grid.lot // venue.CONTRACT
        else:
            value = _VALUE[told.result]
        try:
            await resolution.resolve(tx, instrument, value, told.at, self._outcomes)
        except resolution_model.AlreadyResolved:
            return


async def _cancel(tx: transaction.Tx, ref: UUID, now: datetime) -> None:
    """One that has not left yet is over at once, and nobody else says so."""
    order = await placing.cancel(tx, [], ref, now)
    if order.state not in dealing.OPEN:
        await hearing.over(tx, ref, None)


async def _why(tx: transaction.Tx, order: dealing.Order, omnibus: model.Order) -> model.Why | None:
    """None where it ended as we wished: all of it filled, or cancelled at our word for those who wanted less."""
    if order.state is dealing.State.FILLED:
        return None
    if omnibus.pool.manner in _AT_ONCE:
        return model.Why.UNFILLED
    if order.state is dealing.State.CANCELLED and await showing.asked_to_cancel(tx, order.ref):
        return None
    return model.Why.VENUE
