"""What an order may cost, what a fill does to it, what cash a record amounts to, and when a venue's word contradicts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import Event, State

LEASE = timedelta(seconds=20)
"""Longer than any adapter waits for one answer: whoever is not back by then has died."""
ASK = timedelta(seconds=1)
ASK_MAX = timedelta(seconds=8)
"""What is unknown is asked about at least this often, so that it is settled well within a minute."""
RETRY = timedelta(seconds=1)
RETRY_MAX = timedelta(seconds=30)
OVERLAP = timedelta(minutes=2)
"""How far lists are read again: a venue's lists may lag, and what came by stream may be missing."""
STRAY = timedelta(minutes=1)
"""How long a fill may wait for the order it belongs to, whose answer may be on its way."""


def amount(price: int, count: int) -> int:
    """Micro-USD of so many hundredths of a contract at this price; whole on every grid that is listed."""
    whole, rest = divmod(price * count, model.CONTRACT)
    if rest:
        raise dealing.BadInstruction("a price times a count is a whole number of micro-USD")
    return whole


def check(grid: model.Grid, ticks: int, lots: int) -> tuple[int, int]:
    """Price and count in the venue's units, or `BadInstruction`/`OffGrid`."""
    if not (1 <= ticks <= grid.price_max and 1 <= lots <= 10**9):
        raise dealing.BadInstruction("a price lies on the grid and a quantity is above zero")
    price = ticks * grid.tick
    if not any(each.start <= price <= each.end and (price - each.start) % each.step == 0 for each in grid.ranges):
        raise model.OffGrid("the market's tick table has no such price")
    return price, lots * grid.lot


def reserved(side: model.Side, price: int, open_count: int, payout: int = model.DOLLAR) -> int:
    """What may still have to be paid: the price for a bid, and for an ask what it takes to be short of a contract.

    An ask that only closes a position costs nothing; counting it as if it opened one errs to the safe side. Fees are
    the venue's to say, and come with fills.
    """
    each = price if side is model.Side.BID else payout - price
    return -(-each * open_count // model.CONTRACT)


def filled(order: dealing.Order, count: int, most: int) -> Event | None:
    """What a fill of so much means for an order's state; nothing in a state where there should be none.

    `most` is the order's size, or the larger one that an amendment on its way may have given it: then only the order
    itself can say whether it is filled.
    """
    if order.state in {State.FILLED, State.REFUSED}:
        return None
    return Event.COMPLETE if order.filled + count >= most else Event.PART


def cash(held: Iterable[dealing.Held], revenues: Iterable[int], payout: int = model.DOLLAR) -> int:
    """Cash that the record explains: sales less purchases and fees, less the payout of every contract that we are short
    of, which the venue holds back, and what settlements paid: of a short one, what is left of the payout. The fee that a
    settlement names is that of its fills, which is in them already.
    """
    total = sum(revenues)
    for each in held:
        total += each.proceeds - each.cost - each.fees - max(0, -each.net) * payout // model.CONTRACT
    return total


def differs(order: dealing.Order, theirs: model.Order, pending: dealing.Command | None) -> bool:
    """Whether the venue holds something else than was sent (its body is not signed) or amended."""
    if (theirs.market, theirs.side) != (order.market, order.side):
        return True
    meant = [(order.price, order.count)]
    if pending is not None and pending.kind is dealing.CommandKind.AMEND:
        meant.append((pending.price or order.price, pending.count or order.count))
    if all(theirs.price != price for price, _ in meant):
        return True
    there = theirs.filled + theirs.remaining
    most = max(count for _, count in meant)
    if theirs.filled > most or there > most:
        return True
    if theirs.status is not model.OrderStatus.RESTING or theirs.filled < order.filled:  # the latter: a fill taken back
        return False
    lowered = pending is not None and pending.kind is not dealing.CommandKind.CANCEL
    return not lowered and there not in {count for _, count in meant}


def waits(attempts: int) -> timedelta:
    """Until the next attempt of what is known not to have happened."""
    return min(RETRY * (1 << min(attempts, 8)), RETRY_MAX)


def asks_again(changed_at: datetime, now: datetime) -> timedelta:
    """Until what is unknown is asked about again: soon, then less often, and never less than often enough."""
    return min(max(ASK, (now - changed_at) / 4), ASK_MAX)
