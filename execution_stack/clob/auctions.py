"""The price at which a halt ends: greatest volume, then least surplus, then nearest to the reference, then the lower.

Volume and surplus are constant strictly between two prices that orders name, so of those in between only the one
nearest to the reference is looked at.
"""

import itertools
from collections.abc import Iterator, Sequence


def price(
    bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]], reference: int, tick: int
) -> tuple[int, int]:
    """Price and volume, from (price, quantity) of either side in any order; (0, 0) if nothing can trade.

    A reference of 0 stands for none: then it is the middle between the best bid and the best ask.
    """
    if not bids or not asks:
        return 0, 0
    top, bottom = max(each for each, _ in bids), min(each for each, _ in asks)
    if top < bottom:
        return 0, 0
    reference = reference or bottom + (top - bottom) // 2

    def rank(candidate: int) -> tuple[int, int, int, int]:
        demand = sum(quantity for each, quantity in bids if each >= candidate)
        supply = sum(quantity for each, quantity in asks if each <= candidate)
        return -min(demand, supply), abs(demand - supply), abs(candidate - reference), candidate

    named = sorted({each for each, _ in (*bids, *asks) if bottom <= each <= top})
    best = min(map(rank, (*named, *_between(named, reference, tick))))
    return best[3], -best[0]


def _between(named: Sequence[int], reference: int, tick: int) -> Iterator[int]:
    for lower, upper in itertools.pairwise(named):
        low, high = (lower // tick + 1) * tick, (upper - 1) // tick * tick
        if low <= high:
            below = min(max(reference // tick * tick, low), high)
            yield from (below, min(below + tick, high))
