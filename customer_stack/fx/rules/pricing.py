"""The price of an exchange, exactly: every number is an integer, a decimal or a fraction.

The house buys the base currency at the source's bid less the spread, and sells it at the ask plus the spread. The side
that the customer did not name is rounded to what ISO 4217 lets a bank book: what they get is rounded down, what they
pay is rounded up, and the fraction that this leaves with the house is stated and posted.
"""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from boundary.kernel import money, rounding
from customer_stack.fx import model
from customer_stack.fx.model import policy, refusals

_BP = 10_000
UNITS_MAX = (1 << 63) - 1
CENTS = 100
"""Volumes are counted in hundredths of the tiers' currency."""


class Scales(NamedTuple):
    """How many places the ledger's assets of the two currencies have."""

    sell: int
    buy: int


class Asked(NamedTuple):
    """What a customer wants: one amount, of the side they name."""

    sell: str
    buy: str
    side: model.Side
    minor: int


def tier(tiers: policy.Tiers, kind: model.Kind, volume: int) -> model.Tier:
    """The spread of who converts, less what this month's volume before this takes off: the highest rung that is passed."""
    base = tiers.business_bp if kind is model.Kind.BUSINESS else tiers.individual_bp
    reached = [rung for rung in tiers.rungs if volume > rung.volume * CENTS]
    if not reached:
        return model.Tier(kind.value, base)
    rung = max(reached, key=lambda rung: rung.volume)
    return model.Tier(f"{kind.value}, above {rung.volume} a month", max(0, base - rung.less_bp))


def client_rate(priced: model.Priced, *, sells_base: bool, spread_bp: int) -> tuple[Decimal, Decimal]:
    """The source's rate for this direction, and the customer's: a product of decimals, so nothing is rounded."""
    reference = priced.reference.bid if sells_base else priced.reference.ask
    factor = Decimal(_BP - spread_bp if sells_base else _BP + spread_bp).scaleb(-4)
    return reference, reference * factor


def computed(
    terms: policy.Terms, priced: model.Priced, level: model.Tier, asked: Asked, scales: Scales
) -> model.Computed:
    """The whole price of what is asked for."""
    sells_base = asked.sell == terms.base
    reference, rate = client_rate(priced, sells_base=sells_base, spread_bp=level.spread_bp)
    iso_sell, iso_buy = money.currency(asked.sell).scale, money.currency(asked.buy).scale
    per_sell = (Fraction(rate) if sells_base else 1 / Fraction(rate)) * Fraction(10) ** (iso_buy - iso_sell)
    sell_units, buy_units = 10 ** (scales.sell - iso_sell), 10 ** (scales.buy - iso_buy)
    if asked.side is model.Side.SELL:
        fee = _up(Fraction(asked.minor * terms.fee_bp, _BP))
        exact = (asked.minor - fee) * per_sell
        bought, residue = rounding.round_fraction(exact, rounding.Rule.DOWN)
        sold, of, kept = asked.minor, model.Side.BUY, residue * buy_units
    else:
        exact = asked.minor / per_sell
        net, missing = rounding.round_fraction(exact, rounding.Rule.UP)
        residue = -missing
        fee = _up(Fraction(net * terms.fee_bp, _BP - terms.fee_bp))
        sold, bought, of, kept = net + fee, asked.minor, model.Side.SELL, residue * sell_units
    if bought <= 0 or sold <= fee:
        raise refusals.AmountTooSmall("nothing would be left on the other side")
    base_minor = sold if sells_base else bought
    if base_minor > terms.single_max or max(sold * sell_units, bought * buy_units) > UNITS_MAX:
        raise refusals.AmountTooLarge("more than one quote may be about", pair=str(terms.pair))
    return model.Computed(
        sell=asked.sell,
        buy=asked.buy,
        side=asked.side,
        sell_minor=sold,
        buy_minor=bought,
        fee_minor=fee,
        sell_units=sold * sell_units,
        buy_units=bought * buy_units,
        fee_units=fee * sell_units,
        residue_units=int(kept),
        residue_of=of,
        residue=str(residue),
        reference_rate=reference,
        client_rate=rate,
        tier=level,
        base_units=sold * sell_units if sells_base else bought * buy_units,
    )


def volume(terms: policy.Terms, price: model.Computed) -> int:
    """What an exchange counts towards the month, in hundredths of the tiers' currency."""
    scale = money.currency(terms.base).scale
    minor = price.sell_minor if price.sell == terms.base else price.buy_minor
    return int(Fraction(minor, 10**scale) * Fraction(Decimal(terms.volume_rate)) * CENTS)


def _up(exact: Fraction) -> int:
    return rounding.round_fraction(exact, rounding.Rule.UP).value
