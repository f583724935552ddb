"""What a transfer does to one of its accounts, and whether a day adds up."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel import primitives
from customer_stack.ledger import model
from customer_stack.ledger.model import views

_FINAL = model.Flag.PENDING | model.Flag.VOID | model.Flag.EXPIRE
_SIZE = primitives.DIGEST_SIZE


class DoesNotAddUp(Exception):  # noqa: N818 -- a defect or a tampered row, never an answer to a caller
    """Opening balances and movements do not make the closing balances."""


def deltas(stored: model.Stored) -> tuple[int, int]:
    """By how much the pending and the posted sums of a transfer's two sides change."""
    flags, amount = stored.transfer.flags, stored.transfer.amount
    return (
        amount if flags & model.Flag.PENDING else -stored.released,
        0 if flags & _FINAL else amount,
    )


def check(account: UUID, opening: views.Balances, moved: Sequence[model.Stored], closing: views.Balances) -> None:
    debits, credits_ = [0, 0], [0, 0]
    for each in moved:
        side = debits if each.transfer.debit == account else credits_
        for index, by in enumerate(deltas(each)):
            side[index] += by
    made = views.Balances(
        opening.debits_pending + debits[0],
        opening.debits_posted + debits[1],
        opening.credits_pending + credits_[0],
        opening.credits_posted + credits_[1],
    )
    if made != closing:
        raise DoesNotAddUp("opening and movements do not make the closing balances")


def place(hashes: bytes, item: bytes) -> int | None:
    """Which of the hashes of an audit entry this one is, from 0."""
    for start in range(0, len(hashes), _SIZE):
        if hashes[start : start + _SIZE] == item:
            return start // _SIZE
    return None
