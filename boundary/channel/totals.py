"""What outcomes come to: how many intents they open and close, and what they charge and pay. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from boundary.wire import messages, to_customer

UNTOLD_MAX = 100_000
"""Outcomes on their way; with more of them totals are not compared now."""


class Effect(NamedTuple):
    """By how much outcomes change the totals of whoever hears them."""

    open_intents: int
    charged: int
    paid: int


def effect(outcomes: Iterable[messages.Message]) -> Effect:
    """Fills and payouts are not said yet, so nothing is charged or paid."""
    opened = closed = 0
    for each in outcomes:
        match each:
            case to_customer.IntentAccepted():
                opened += 1
            case to_customer.IntentCancelled() | to_customer.IntentExpired():
                closed += 1
    return Effect(opened - closed, 0, 0)
