"""Gives back to the limits what became of orders: what ended or was filled is counted as open no more, and a fill as
traded and held.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.instruments import service as instruments
from execution_stack.intents import model as intents_model
from execution_stack.intents import service as intents
from execution_stack.risk import model as risk
from execution_stack.risk.service import judging as risk_desk


class Part(NamedTuple):
    """So many lots of an intent traded at a price, or, without one, will not trade. `orders` is 1 if that is its end."""

    channel: UUID
    name: intents_model.Name
    lots: int
    ticks: int = 0
    orders: int = 0


async def give_back(tx: transaction.Tx, parts: Sequence[Part], now: datetime) -> None:
    """As sums over each participant's orders on one side of an instrument, however many there are."""
    if not parts:
        return
    lots = await intents.orders_of(tx, {(each.channel, each.name) for each in parts})
    sums: dict[tuple[UUID, UUID, risk.Side], list[int]] = {}
    for each in parts:
        one = lots[each.channel, each.name]
        total = sums.setdefault((one.participant, one.instrument, one.side), [0] * 6)
        if each.ticks:
            total[0] += each.lots
            total[1] += each.lots * one.value
            total[2] += each.lots * each.ticks
        else:
            total[3] += each.lots
            total[4] += each.lots * one.value
        total[5] += each.orders
    known = await instruments.some(tx, [instrument for _, instrument, _ in sums])
    settled: list[risk.Filled | risk.Ended] = []
    for key, (filled, value, ticks, ended, freed, orders) in sums.items():
        if filled:
            settled.append(risk.Filled(risk.Order(*key, filled, value), ticks * known[key[1]].tick_size, 0))
        if orders or ended:
            settled.append(risk.Ended(risk.Order(*key, ended, freed), orders))
    await risk_desk.settle(tx, settled, now)
