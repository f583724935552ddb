"""Tick tables: reading them, and turning prices and counts into ticks and lots and back, exactly or not at all."""

import itertools
import math
from collections.abc import Sequence

from execution_stack.venues import model

RANGES_MAX = 32


def read(ranges: Sequence[model.Range], *, payout: int = model.DOLLAR, lot: int = 1) -> model.Grid:
    """The table whose ranges these are. One tick is what divides every step and every range's beginning."""
    sane = (
        0 < len(ranges) <= RANGES_MAX
        and payout > 0
        and 1 <= lot <= model.CONTRACT
        and model.CONTRACT % lot == 0
        and all(0 <= each.start < each.end <= payout and 0 < each.step <= each.end - each.start for each in ranges)
        and all(before.end <= after.start for before, after in itertools.pairwise(ranges))
    )
    if not sane:
        raise model.BadGrid("the ranges of a tick table lie beside each other, within the payout, each with a step")
    tick = math.gcd(payout, *(number for each in ranges for number in (each.start, each.step)))
    if tick * lot % model.CONTRACT:
        raise model.BadGrid("one tick of one lot is less than a millionth of a dollar")
    return model.Grid(tuple(ranges), tick, lot, payout)


def valid(grid: model.Grid, price: int) -> bool:
    """Whether an order may have this price now. Nothing and the whole payout are no prices."""
    return 0 < price < grid.payout and any(
        each.start <= price <= each.end and (price - each.start) % each.step == 0 for each in grid.ranges
    )


def ticks(grid: model.Grid, price: int) -> int:
    whole, rest = divmod(price, grid.tick)
    if rest or not 0 <= price <= grid.payout:
        raise model.OffGrid("no price of this market's grid")
    return whole


def price(grid: model.Grid, ticks_: int) -> int:
    found = ticks_ * grid.tick
    if not valid(grid, found):
        raise model.OffGrid("no price that the tick table has now")
    return found


def lots(grid: model.Grid, count: int) -> int:
    whole, rest = divmod(count, grid.lot)
    if rest:
        raise model.OffGrid("no whole number of lots")
    return whole


def count(grid: model.Grid, lots_: int) -> int:
    return lots_ * grid.lot


def cost(price_: int, count_: int) -> int:
    """What so many contracts cost at a price, exactly."""
    whole, rest = divmod(price_ * count_, model.CONTRACT)
    if rest:
        raise model.OffGrid("finer than a millionth of a dollar")
    return whole
