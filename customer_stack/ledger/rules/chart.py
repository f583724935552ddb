"""The chart of accounts: which side of the books each kind stands on, and which bound holds for it.

What we owe (customers, payables) grows by credits, and may not be debited below zero. What we have (the omnibus
account) grows by debits. The others swing both ways: they show a position, and somebody watches it.
"""

from typing import NamedTuple

from customer_stack.ledger import model

_F = model.AccountFlag
_OWED = _F.DEBITS_MUST_NOT_EXCEED_CREDITS | _F.HISTORY
_HAD = _F.CREDITS_MUST_NOT_EXCEED_DEBITS | _F.HISTORY
_FREE = _F.HISTORY


class Line(NamedTuple):
    """A kind's name for people, and its bound."""

    name: str
    flags: model.AccountFlag


CHART = {
    model.Kind.CUSTOMER_CASH: Line("customer cash", _OWED),
    model.Kind.CUSTOMER_POSITION: Line("customer position", _OWED),
    model.Kind.OMNIBUS_CASH: Line("omnibus cash", _HAD),
    model.Kind.FX_POSITION: Line("fx position", _FREE),
    model.Kind.FEES: Line("fees", _FREE),
    model.Kind.SUSPENSE: Line("suspense", _FREE),
    model.Kind.ROUNDING_RESIDUE: Line("rounding residue", _FREE),
    model.Kind.PAYABLE: Line("payable", _OWED),
    model.Kind.BANK: Line("bank", _FREE),
    model.Kind.EXCHANGE: Line("exchange", _FREE),
    model.Kind.CUSTODY: Line("custody", _FREE),
}


def flags(kind: model.Kind) -> model.AccountFlag:
    return CHART[kind].flags


def name(code: int) -> str:
    """A kind's name, or its number where it is none of ours."""
    return CHART[model.Kind(code)].name if code in set(model.Kind) else str(code)
