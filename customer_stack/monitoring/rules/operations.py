"""What a movement in the books was, as far as the other side's account tells. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model

_K = ledger.Kind
OUTSIDE = (_K.BANK, _K.PAYABLE, _K.SUSPENSE)
"""House accounts behind which lies the world outside."""
EXTERNAL = frozenset({model.Kind.DEPOSIT, model.Kind.WITHDRAWAL})
_INSIDE = {
    _K.CUSTOMER_CASH: model.Kind.TRANSFER,
    _K.FX_POSITION: model.Kind.CONVERSION,
    _K.EXCHANGE: model.Kind.TRADE,
    _K.OMNIBUS_CASH: model.Kind.TRADE,
    _K.CUSTODY: model.Kind.TRADE,
    _K.CUSTOMER_POSITION: model.Kind.TRADE,
}


class Side(NamedTuple):
    """One account of a movement: its own number, what it is for, whose."""

    account: UUID
    kind: int
    owner: UUID | None


class Move(NamedTuple):
    """A movement in the books."""

    seq: int
    id: UUID
    also: tuple[UUID, ...]
    at: datetime
    amount: int
    asset: int
    debit: Side
    credit: Side


def kind(other: int, direction: model.Direction) -> model.Kind:
    if other in OUTSIDE:
        return model.Kind.DEPOSIT if direction is model.Direction.IN else model.Kind.WITHDRAWAL
    return _INSIDE[_K(other)] if other in _INSIDE else model.Kind.OTHER


def operations(move: Move) -> Iterator[model.Operation]:
    """What a movement was to each customer whose cash it moved."""
    sides = ((move.debit, move.credit, model.Direction.OUT), (move.credit, move.debit, model.Direction.IN))
    for own, other, direction in sides:
        if own.kind == _K.CUSTOMER_CASH and own.owner not in {None, ledger.HOUSE}:
            assert own.owner is not None, "asked above"
            yield model.Operation(
                id=move.id,
                kind=kind(other.kind, direction),
                account=own.owner,
                direction=direction,
                amount=move.amount,
                asset=move.asset,
                at=move.at,
                posted=move.seq,
                also=move.also,
            )
