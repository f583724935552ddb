"""A driver that places many orders at a venue that misbehaves, and reads back until it knows what became of each."""

import asyncio
import collections
from datetime import datetime
from typing import Any

from boundary.kernel import clock, ids
from execution_stack.venues import model, ports

NEVER = "never"


class Driver:
    """Sends each order under one id, for ever: what may have been taken is read back, what was not is sent again."""

    def __init__(self, venue: ports.Venue, market: str, seed: int) -> None:
        self._venue, self._market = venue, market
        self._chance = ids.SeededIds(seed)
        self.outcomes: dict[str, model.Order | str] = {}
        self.states: collections.Counter[str] = collections.Counter()

    async def run(self, count: int, at_once: int) -> None:
        gate = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with gate:
                await self._settle(self._wanted())

        await asyncio.gather(*(one() for _ in range(count)))

    def _wanted(self) -> model.Wanted:
        tif = list(model.TimeInForce)[self._draw(3)]
        price, count = (30 + self._draw(40)) * 10_000, 100 * (1 + self._draw(9))
        return model.Wanted(self._chance.ref(), self._market, list(model.Side)[self._draw(2)], price, count, tif)

    async def _settle(self, wanted: model.Wanted) -> None:
        sent_at = clock.SystemClock().now()
        while True:
            try:
                sent_at = clock.SystemClock().now()
                await self._venue.place(wanted)
            except (model.Limited, model.Unreachable, model.Unauthorised) as known:
                self.states[known.code] += 1
                await asyncio.sleep(0.05)
                continue
            except model.Refused as refused:
                self.states[refused.reason.value] += 1
            except model.Unknown as unknown:
                self.states[unknown.code] += 1
            break
        found = await self._read_back(wanted, sent_at)
        if found is not None and found.status is model.OrderStatus.RESTING:
            found = await self._cancelled(found, wanted)
        self.outcomes[str(wanted.client)] = found or NEVER

    async def _read_back(self, wanted: model.Wanted, sent_at: datetime) -> model.Order | None:
        while True:
            try:
                return await self._venue.order_by_client(wanted.client, market=self._market, sent_at=sent_at)
            except (model.Silent, model.Limited, model.Unreachable, model.Unauthorised):
                await asyncio.sleep(0.1)

    async def _cancelled(self, order: model.Order, wanted: model.Wanted) -> model.Order:
        while True:
            try:
                await self._venue.cancel(model.Handle(order.order, self._market))
            except (model.Refused, model.Unknown, model.Limited, model.Unreachable, model.Unauthorised):
                await asyncio.sleep(0.02)
            try:
                found = await self._venue.order(order.order)
            except (model.Silent, model.Limited, model.Unreachable, model.Unauthorised):
                continue
            if found is not None and found.status is not model.OrderStatus.RESTING:
                return found

    async def every_fill(self) -> dict[str, model.Fill]:
        found, cursor = dict[str, model.Fill](), ""
        while True:
            try:
                page = await self._venue.fills(market=self._market, cursor=cursor)
            except (model.Silent, model.Limited, model.Unreachable, model.Unauthorised):
                continue
            found |= {str(each.fill): each for each in page.items}
            cursor = page.cursor
            if not cursor:
                return found

    def _draw(self, below: int) -> int:
        return int.from_bytes(self._chance.token(4), "big") % below


def compare(driver: Driver, fills: dict[str, model.Fill], dumped: dict[str, Any], market: str) -> list[str]:
    """Differences between what we know and what the venue has, order by order, contract by contract, cent by cent."""
    theirs = {each["client_order_id"]: each for each in dumped["orders"] if each["ticker"] == market}
    wrong = [f"{each}: the venue has it, we say never" for each in theirs if driver.outcomes.get(each) in {NEVER, None}]
    for client, ours in driver.outcomes.items():
        if isinstance(ours, str):
            continue
        told = theirs.get(client)
        mine = [each for each in fills.values() if each.order == ours.order]
        if told is None:
            wrong.append(f"{client}: we have it, the venue does not")
            continue
        same = (
            str(ours.order) == told["order_id"]
            and f"{ours.filled / 100:.2f}" == told["fill_count_fp"]
            and sum(each.count for each in mine) == ours.filled
            and sum(each.fee for each in mine) == ours.taker_fees + ours.maker_fees
            and sorted(str(each.fill) for each in mine) == sorted(told["fills"])
        )
        if not same:
            wrong.append(f"{client}: {ours} is not {told}")
    return wrong
