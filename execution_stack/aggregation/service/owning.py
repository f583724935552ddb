"""Shares of fills become holdings (`allocation.ports.Holdings`)."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.aggregation.repo import orders
from execution_stack.allocation import model as allocation
from execution_stack.instruments import service as instruments
from execution_stack.intents import model as intents
from execution_stack.resolution import model as resolution
from execution_stack.resolution import ports as resolution_ports
from execution_stack.resolution import service as holdings


class Holdings(NamedTuple):
    outbound: resolution_ports.Outbound

    async def traded(
        self,
        tx: transaction.Tx,
        order: UUID,
        recorded: allocation.Recorded,
        shares: Sequence[tuple[allocation.Weight, allocation.Share]],
    ) -> None:
        """What each paid, fee included and the better price taken off; or what each had, likewise."""
        found = await orders.look(tx, order)
        if found is None:
            raise model.UnknownOrder("there is no such order")
        instrument = found.pool.instrument
        tick_size = (await instruments.some(tx, [instrument]))[instrument].tick_size
        buying = found.pool.side == intents.Side.BUY.value
        sign = 1 if buying else -1
        trades = [
            resolution.Trade(
                weight.channel,
                weight.participant,
                share.lots,
                share.lots * recorded.ticks * tick_size + sign * (share.fee - share.improvement),
            )
            for weight, share in shares
        ]
        if recorded.reverses is not None:
            await holdings.took_back(tx, instrument, trades, self.outbound, buying=buying)
        elif buying:
            await holdings.bought(tx, instrument, trades)
        else:
            await holdings.sold(tx, instrument, trades)
