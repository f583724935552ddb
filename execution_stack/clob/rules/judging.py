"""What is refused by its numbers alone, before the book looks at its orders."""

from typing import NamedTuple

from execution_stack.clob import model

Because, Type, Tif, Op = model.Reason, model.Type, model.Tif, model.Op


class Grid(NamedTuple):
    """Prices from `low` to `high` in steps of `tick`, quantities in steps of `lot`. The first two are the static band."""

    low: int = 1
    high: int = model.PRICE_MAX
    tick: int = 1
    lot: int = 1


def order(c: model.Command, grid: Grid, now: int) -> int:
    priced, stops = c.type in {Type.LIMIT, Type.STOP_LIMIT}, c.type >= Type.STOP
    if not 0 < c.quantity <= model.QUANTITY_MAX:
        return Because.BAD_QUANTITY
    if c.display:
        fits = 0 < c.display <= model.DISPLAY_MAX and c.display <= c.quantity <= c.display * model.SLICES_MAX
        if not fits or not priced or c.tif in {Tif.IOC, Tif.FOK}:
            return Because.BAD_DISPLAY
    if priced and not grid.low <= c.price <= grid.high:
        return Because.BAD_PRICE
    if stops and not grid.low <= c.stop <= grid.high:
        return Because.BAD_STOP
    if c.tif in model.DATED and not now < c.time <= model.TIME_MAX:
        return Because.BAD_EXPIRY
    if (priced and c.price % grid.tick) or (stops and c.stop % grid.tick):
        return Because.OFF_TICK
    return Because.OFF_LOT if c.quantity % grid.lot or c.display % grid.lot else 0


def amended(c: model.Command, grid: Grid, display: int) -> int:
    if not 0 < c.quantity <= model.QUANTITY_MAX:
        return Because.BAD_QUANTITY
    if not grid.low <= c.price <= grid.high:
        return Because.BAD_PRICE
    if c.price % grid.tick:
        return Because.OFF_TICK
    if c.quantity % grid.lot:
        return Because.OFF_LOT
    return Because.BAD_DISPLAY if display and c.quantity > display * model.SLICES_MAX else 0


def configuration(c: model.Command) -> int:
    """Of a command that changes the book's rules."""
    prices = model.PRICE_MAX
    if c.op == Op.GRID:
        fits = 1 <= c.price <= c.quantity <= prices and 1 <= c.stop <= prices and 1 <= c.display <= model.QUANTITY_MAX
    elif c.op == Op.BAND:
        fits = 0 <= c.price <= prices
    elif c.op == Op.VOLUME:
        fits = 0 <= c.quantity <= model.LIMIT_MAX and 0 <= c.time <= model.TIME_MAX
    elif c.op == Op.PARTICIPANT:
        if c.user >= model.USERS_MAX:
            return Because.BAD_PARTICIPANT
        orders = 0 <= c.quantity <= model.QUANTITY_MAX and 0 <= c.price <= model.ORDERS_MAX
        fits = c.side <= 1 and orders and 0 <= c.stop <= model.LIMIT_MAX
    elif c.op == Op.RULES:
        fits = c.type <= model.Prevention.BOTH and c.side <= 1
    else:
        return Because.BAD_COMMAND
    return 0 if fits else Because.BAD_CONFIGURATION
