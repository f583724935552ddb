"""What a fill costs: the published formula, rounded as the published page on fee rounding says.

Trade fee = rate x contracts x price x (1 - price), up to the next centicent. The balance may only move in steps of the
member's precision, so a rounding fee takes the rest; what an order overpaid by rounding comes back in whole cents.
"""

import dataclasses
import enum

from execution_stack.venues.simulators.kalshi import amounts

CENTICENT = 100
CENT = 10_000
_TAKER = 7
"""Hundredths: 0.07."""


class Type(enum.StrEnum):
    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"
    FLAT = "flat"


@dataclasses.dataclass(frozen=True)
class Schedule:
    """A series' fee structure; the multiplier is in millionths."""

    type: Type = Type.QUADRATIC
    multiplier: int = 1_000_000


@dataclasses.dataclass(frozen=True)
class Charge:
    """What a fill costs, how the balance moves, and what the order has overpaid so far."""

    fee: int
    change: int
    overpaid: int


def trade_fee(schedule: Schedule, price: int, count: int, *, taker: bool) -> int:
    share = {
        Type.QUADRATIC: (1 if taker else 0, 1),
        Type.QUADRATIC_WITH_MAKER_FEES: (1, 1 if taker else 4),
        Type.QUADRATIC_WITH_COMBO_MAKER_FEES: (1, 1 if taker else 2),
        Type.FLAT: (1 if taker else 0, 1),
    }[schedule.type]
    if schedule.type is Type.FLAT:
        top, bottom = CENT * count * schedule.multiplier * share[0], amounts.CONTRACT * 1_000_000
    else:
        top = _TAKER * count * price * (amounts.DOLLAR - price) * schedule.multiplier * share[0]
        bottom = 100 * amounts.CONTRACT * amounts.DOLLAR * 1_000_000 * share[1]
    return -(-top // (bottom * CENTICENT)) * CENTICENT


def charge(revenue: int, trade: int, precision: int, overpaid: int) -> Charge:
    """`revenue` is below zero for who pays."""
    exact = revenue - trade
    floored = exact // precision * precision
    overpaid += exact - floored
    rebate = 0
    if overpaid > CENT:
        rebate, overpaid = CENT, overpaid - CENT
    return Charge(revenue - floored - rebate, floored + rebate, overpaid)
