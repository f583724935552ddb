"""Exact division with a named rule, and exact sharing-out. Nothing is lost: what rounding moved is handed back.

Laws, with `d = divide(n, m, rule)`: `n == d.quotient * m + d.residue` and `|d.residue| < |m|`; under the two half rules
`2 * |d.residue| <= |m|`. A residue of 0 means that nothing was rounded. It is positive where the quotient lies below
the true value (for a positive `m`), negative where it lies above.

Laws of `largest_remainder`: the shares add up to the total; each is its exact proportion rounded down or up; equal
weights differ by one at most, the earlier getting more; a zero weight gets nothing; the same input gives the same
answer.
"""

import enum
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple


class Rule(enum.Enum):
    HALF_EVEN = "half_even"  # to the nearest, a tie to the even neighbour: no drift over many roundings
    HALF_UP = "half_up"  # to the nearest, a tie away from zero
    DOWN = "down"  # toward zero
    UP = "up"  # away from zero
    FLOOR = "floor"  # toward minus infinity
    CEILING = "ceiling"  # toward plus infinity


class Division(NamedTuple):
    quotient: int
    residue: int


class Rounded(NamedTuple):
    value: int
    residue: Fraction


def divide(numerator: int, denominator: int, rule: Rule) -> Division:
    """`numerator == quotient * denominator + residue`, the quotient chosen by the rule."""
    if not _is_whole(numerator) or not _is_whole(denominator):
        raise TypeError("only integers are divided here")
    low, rest = divmod(numerator, denominator)  # floor; `rest` has the sign of the denominator
    if _goes_up(low, abs(rest), abs(denominator), rule):
        return Division(low + 1, rest - denominator)
    return Division(low, rest)


def round_fraction(value: Fraction, rule: Rule) -> Rounded:
    """The integer chosen by the rule, and `value - integer`."""
    quotient, residue = divide(value.numerator, value.denominator, rule)
    return Rounded(quotient, Fraction(residue, value.denominator))


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` in proportion to the weights; what rounding down leaves goes to the largest remainders, by one."""
    if not _is_whole(total) or not all(map(_is_whole, weights)):
        raise TypeError("only integers are shared, by integers")
    if total < 0 or min(weights, default=0) < 0:
        raise ValueError("totals and weights are not negative")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nobody has a weight, so nobody can take a share")
        return [0] * len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    left = total - sum(shares)  # fewer than there are remainders above zero, so no zero weight is ever reached
    for position in sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:left]:
        shares[position] += 1
    return shares


def _goes_up(low: int, rest: int, denominator: int, rule: Rule) -> bool:
    """Whether the value `low + rest / denominator`, which lies in `[low, low + 1)`, becomes `low + 1`."""
    if rest == 0:
        return False
    match rule:
        case Rule.FLOOR:
            return False
        case Rule.CEILING:
            return True
        case Rule.DOWN:
            return low < 0
        case Rule.UP:
            return low >= 0
        case Rule.HALF_UP:
            return 2 * rest > denominator or (2 * rest == denominator and low >= 0)
        case Rule.HALF_EVEN:
            return 2 * rest > denominator or (2 * rest == denominator and low % 2 == 1)


def _is_whole(value: object) -> bool:
    return type(value) is int  # bool is a subclass
