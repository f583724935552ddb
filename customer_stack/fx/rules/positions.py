"""What a position is worth, and how much of it an order should even."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from boundary.kernel import money, rounding
from customer_stack.fx import model
from customer_stack.fx.model import policy


class Scales(NamedTuple):
    """Places of the ledger's assets of the pair."""

    base: int
    quote: int


def result(position: model.Position, mid: Decimal, scales: Scales) -> Decimal:
    """Profit (or loss) in the quote currency if the position were evened at this rate, cut to the asset's places."""
    base = Fraction(position.base_units, 10**scales.base)
    quote = Fraction(position.quote_units, 10**scales.quote)
    exact = (quote + base * Fraction(mid)) * 10**scales.quote
    return Decimal(rounding.round_fraction(exact, rounding.Rule.FLOOR).value).scaleb(-scales.quote)


def to_hedge(terms: policy.Terms, position: model.Position, scales: Scales) -> int:
    """How much of the base currency to buy (below zero: sell), in its smallest ISO unit; zero if it is near enough.

    What is on its way counts as if it had arrived: an order of unknown fate is not made twice.
    """
    unit = 10 ** (scales.base - money.currency(terms.base).scale)
    lacking = -(position.base_units + position.hedging_units)
    minor, _ = rounding.round_fraction(Fraction(lacking, unit), rounding.Rule.DOWN)
    return minor if abs(minor) >= terms.hedge_at and minor else 0
