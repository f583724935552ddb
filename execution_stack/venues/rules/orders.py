"""Whether what a venue keeps is what we asked for. Bodies are not signed, so this is looked at for every order."""

from execution_stack.venues import model


def agrees(wanted: model.Wanted, found: model.Order) -> bool:
    """Read back: market, side, price and size are ours, and the parts make the whole.

    What may only reduce is cut to the position when it arrives.
    """
    return (
        found.client == wanted.client
        and found.market == wanted.market
        and found.side is wanted.side
        and found.price == wanted.price
        and (found.initial == wanted.count or (wanted.reduce_only and found.initial < wanted.count))
        and adds_up(found)
    )


def adds_up(found: model.Order) -> bool:
    """What rests and what was filled is no more than the whole; and nothing rests of what is over."""
    rests = found.status is model.OrderStatus.RESTING
    return (
        min(found.initial, found.filled, found.remaining) >= 0
        and found.filled + found.remaining <= max(found.initial, found.filled)
        and (rests or found.remaining == 0)
        and (found.status is not model.OrderStatus.EXECUTED or found.filled > 0)
    )


def plausible(wanted: model.Wanted, placed: model.Placed) -> bool:
    """Whether an answer can be one to this order. What was neither filled nor rests was cancelled at once."""
    return (
        placed.filled >= 0
        and placed.remaining >= 0
        and placed.filled + placed.remaining <= wanted.count
        and (placed.remaining == 0 or placed.filled + placed.remaining == wanted.count)
        and (placed.remaining == 0 or wanted.time_in_force is model.TimeInForce.GOOD_TILL_CANCELED)
        and (wanted.time_in_force is not model.TimeInForce.FILL_OR_KILL or placed.filled in {0, wanted.count})
    )
