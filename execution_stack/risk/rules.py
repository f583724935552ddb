"""Which orders pass, and what each leaves in the counters: pure functions of limits, counters and the time.

Every check looks at the worst that can come of what is open: a day's volume is what has traded today and what may still
trade, a position what is held and what may still be bought or sold on its side. So whatever fills afterwards, and in
whichever order, no limit that was kept when orders were taken is broken by a buyer's fills.
"""

from datetime import datetime

from boundary.kernel import clock
from execution_stack.risk import model

WARN_PERCENT = 80
VALUE_MAX = 10**18
"""No sum leaves this, limited or not: beyond it numbers would not fit where they are kept."""
COOLDOWN_SECONDS = 60
_DAY_SECONDS = 86_400
_C = model.Cause


def seconds(now: datetime) -> int:
    return clock.to_micros(now) // 1_000_000


def at(account: model.Account, now: int) -> model.Account:
    """The counters as they stand at this second: a new day begins with nothing traded, and a minute passes. Time never
    runs backwards here, whatever a clock says.
    """
    day, slot = max(now // _DAY_SECONDS, account.day), max(now // model.SLOT_SECONDS, account.slot)
    traded = account.traded if day == account.day else 0
    passed = min(slot - account.slot, model.SLOTS)
    placed = ((0,) * passed + account.placed)[: model.SLOTS] if passed else account.placed
    return account._replace(day=day, traded=traded, slot=slot, placed=placed)


def judge(
    order: model.Order, account: model.Account, holding: model.Holding, bounds: model.Bounds, now: int
) -> tuple[model.Finding, ...]:
    """All that speaks against an order, and warnings, in the order of `Cause`. The account is as it stands now."""
    found = [model.Finding(cause, refuses=True) for cause in bounds.causes] if bounds.causes else []
    if account.cooling_until > now:
        found.append(model.Finding(_C.COOLING_DOWN, True, now, account.cooling_until))
    for cause, before, after, limit in _measures(order, account, holding, bounds):
        if limit is None or after * 100 < limit * WARN_PERCENT:
            continue
        if after > limit:
            found.append(model.Finding(cause, True, min(after, VALUE_MAX), limit))
        elif after and before * 100 < limit * WARN_PERCENT:
            found.append(model.Finding(cause, False, after, limit))
    return tuple(found)


def _measures(
    order: model.Order, account: model.Account, holding: model.Holding, bounds: model.Bounds
) -> tuple[tuple[model.Cause, int, int, int | None], ...]:
    """Cause, what stands, what the order would make of it, and the limit. One tuple: this runs for every order."""
    limits, here, value = bounds.limits, bounds.here, order.value
    _, traded, orders, open_, _, _, _, placed = account
    orders_here, open_here, day, rate = holding[8], holding[5] + holding[7], traded + open_, sum(placed)
    before, after = _exposures(order, holding)
    most = limits.open_notional
    position = _least(limits.position_value, here.position_value)
    return (
        (_C.ORDER_VALUE, 0, value, _least(limits.order_value, here.order_value)),
        (_C.DAILY_VOLUME, day, day + value, limits.daily_volume),
        (_C.OPEN_ORDERS, orders, orders + 1, limits.open_orders),
        (_C.OPEN_ORDERS_HERE, orders_here, orders_here + 1, here.open_orders),
        (_C.OPEN_NOTIONAL, open_, open_ + value, VALUE_MAX if most is None else most),
        (_C.OPEN_NOTIONAL_HERE, open_here, open_here + value, here.open_notional),
        (_C.POSITION_VALUE, before, after, VALUE_MAX if position is None else position),
        (_C.ORDERS_PER_MINUTE, rate, rate + 1, limits.orders_per_minute),
    )


def _exposures(order: model.Order, holding: model.Holding) -> tuple[int, int]:
    """What the position on the order's side can come to, before and after it: 0 while all of it only closes the other
    side.
    """
    if order.side is model.Side.BUY:
        against, open_lots, value = holding.short_lots, holding.buy_lots, holding.long_value + holding.buy_value
    else:
        against, open_lots, value = holding.long_lots, holding.sell_lots, holding.short_value + holding.sell_value
    if open_lots + order.lots <= against:
        return 0, 0
    return value, value + order.value


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def refuses(findings: tuple[model.Finding, ...]) -> bool:
    return any(each.refuses for each in findings)


def take(order: model.Order, account: model.Account, holding: model.Holding) -> tuple[model.Account, model.Holding]:
    """The counters after an order that passed; its account as it stands now."""
    day, traded, orders, value, _, cooling_until, slot, placed = account
    newest = (placed[0] + 1, *placed[1:])
    taken = model.Account(day, traded, orders + 1, value + order.value, 0, cooling_until, slot, newest)
    return taken, _opened(holding, order.side, order.lots, order.value, 1)


def refuse(
    account: model.Account, limits: model.Limits, findings: tuple[model.Finding, ...], now: int
) -> model.Account:
    """The counters after an order that did not pass. Without findings it was refused for its own terms."""
    if any(each.refuses and each.cause in model.UNCOUNTED for each in findings) or not limits.cooldown_after:
        return account
    refusals = account.refusals + 1
    if refusals < limits.cooldown_after:
        return account._replace(refusals=refusals)
    pause = COOLDOWN_SECONDS if limits.cooldown_seconds is None else limits.cooldown_seconds
    return account._replace(refusals=0, cooling_until=now + pause)


def release(
    order: model.Order, account: model.Account, holding: model.Holding, orders: int = 1
) -> tuple[model.Account, model.Holding]:
    """The counters after so much is not open any more, and so many orders have ended with it.

    With the last order nothing is open: an amendment that its book answered otherwise leaves nothing behind for good.
    """
    left = max(account.open_orders - orders, 0)
    account = account._replace(open_orders=left, open_value=max(account.open_value - order.value, 0) if left else 0)
    return account, _opened(holding, order.side, -order.lots, -order.value, -orders)


def fill(filled: model.Filled, account: model.Account, holding: model.Holding) -> tuple[model.Account, model.Holding]:
    """The counters after a trade: less is open, more was traded today, and the position is another."""
    account, holding = release(filled.order, account, holding, filled.orders)
    account = account._replace(traded=min(account.traded + filled.paid, VALUE_MAX))
    return account, _held(holding, filled.order.side, filled.order.lots, filled.paid)


def _opened(holding: model.Holding, side: model.Side, lots: int, value: int, orders: int) -> model.Holding:
    longs, long_value, shorts, short_value, buy_lots, buy_value, sell_lots, sell_value, open_orders = holding
    open_orders = max(open_orders + orders, 0)
    if not open_orders:
        return model.Holding(longs, long_value, shorts, short_value)
    if side is model.Side.BUY:
        buy_lots, buy_value = max(buy_lots + lots, 0), max(buy_value + value, 0)
    else:
        sell_lots, sell_value = max(sell_lots + lots, 0), max(sell_value + value, 0)
    return model.Holding(
        longs, long_value, shorts, short_value, buy_lots, buy_value, sell_lots, sell_value, open_orders
    )


def _held(holding: model.Holding, side: model.Side, lots: int, paid: int) -> model.Holding:
    """A trade first closes what is held on the other side, at its average cost, and opens its own side with the rest."""
    buys = side is model.Side.BUY
    against, cost = (holding.short_lots, holding.short_value) if buys else (holding.long_lots, holding.long_value)
    closed = min(lots, against)
    left_value = cost - cost * closed // against if against else 0
    opened = lots - closed
    value = paid * opened // lots if lots else 0
    if buys:
        return holding._replace(
            short_lots=against - closed,
            short_value=left_value,
            long_lots=min(holding.long_lots + opened, VALUE_MAX),
            long_value=min(holding.long_value + value, VALUE_MAX),
        )
    return holding._replace(
        long_lots=against - closed,
        long_value=left_value,
        short_lots=min(holding.short_lots + opened, VALUE_MAX),
        short_value=min(holding.short_value + value, VALUE_MAX),
    )


def check_limits(figures: dict[str, int | None], *, of_instrument: bool = False) -> None:
    """Refuse a limit that could not be kept or compared."""
    known = model.OF_INSTRUMENT if of_instrument else model.FIGURES
    for figure, value in figures.items():
        if figure not in known:
            raise model.BadLimit(f"{figure}: no such limit is kept here", figure=figure)
        if value is not None and not 0 <= value <= VALUE_MAX:
            raise model.BadLimit(f"{figure}: a limit is a whole number from 0 to 10^18", figure=figure)
