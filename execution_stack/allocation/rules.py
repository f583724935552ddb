"""How a fill is divided: in proportion, rounded down, and what is left by one to the largest remainders.

Equal remainders go to whoever came first. A share is its exact proportion rounded down or up, so while a fill is no
larger than the sum of the weights no share is larger than its weight.
"""

from collections.abc import Sequence

from boundary.kernel import rounding
from execution_stack.allocation import model


def allocate(fill: int, weights: Sequence[int], tie_break: Sequence[int]) -> list[int]:
    """A share of `fill` for each weight; equal remainders to the lower `tie_break`, then to the earlier place."""
    _require_whole(fill, weights, tie_break)
    return _divided(fill, weights, tie_break)[0]


def share(fill: model.Fill, wanted: Sequence[int], priority: Sequence[int]) -> tuple[model.Rule, list[model.Share]]:
    """Lots by what each still wants, fee and improvement by the lots that each gets; and whether any of it was uneven."""
    for amount in fill:
        _require_whole(amount, wanted, priority)
    if fill.lots > sum(wanted):
        raise model.FillTooLarge("the fill has more lots than were wanted")
    lots, lots_left = _divided(fill.lots, wanted, priority)
    fees, fees_left = _divided(fill.fee, lots, priority)
    improvements, improvements_left = _divided(fill.improvement, lots, priority)
    exact = not (lots_left or fees_left or improvements_left)
    shares = list(map(model.Share._make, zip(lots, fees, improvements, strict=True)))
    return model.Rule.EXACT if exact else model.Rule.LARGEST_REMAINDER, shares


def on_grid(cost: int, lots: int, tick_size: int, *, buying: bool) -> tuple[int, int]:
    """The price in whole ticks that is no better than what was paid, and the improvement that makes up for it.

    A venue may fill between two ticks of ours. What is said is the tick on the dear side, and the rest as improvement:
    `lots * ticks * tick_size` less the improvement (more, for a seller) is what the venue's money came to.
    """
    towards = rounding.Rule.CEILING if buying else rounding.Rule.FLOOR
    ticks = rounding.divide(cost, lots * tick_size, towards).quotient
    return ticks, abs(ticks * tick_size * lots - cost)


def _divided(total: int, weights: Sequence[int], tie_break: Sequence[int]) -> tuple[list[int], int]:
    """The shares, and how much rounding down had left over."""
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nobody has a weight, so nobody can take a share")
        return [0] * len(weights), 0
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)  # fewer than there are remainders above zero, so no zero weight is ever reached
    if left:
        for place in _first(left, [total * weight % whole for weight in weights], tie_break):
            shares[place] += 1
    return shares, left


def _first(count: int, remainders: Sequence[int], tie_break: Sequence[int]) -> list[int]:
    """The places of the `count` largest remainders, without sorting those that are clear of the last one."""
    last = sorted(remainders, reverse=True)[count - 1]
    clear = [place for place, each in enumerate(remainders) if each > last]
    tied = [place for place, each in enumerate(remainders) if each == last]
    tied.sort(key=lambda place: tie_break[place])  # stable: equal ones stay in their order
    return clear + tied[: count - len(clear)]


def _require_whole(fill: int, weights: Sequence[int], tie_break: Sequence[int]) -> None:
    if len(weights) != len(tie_break):
        raise ValueError("there is one tie break for each weight")
    kinds = {type(fill), *map(type, weights), *map(type, tie_break)}
    if kinds != {int}:  # bool is a subclass
        raise TypeError("only integers are shared, by integers")
    if fill < 0 or min(weights, default=0) < 0:
        raise ValueError("fills and weights are not negative")
