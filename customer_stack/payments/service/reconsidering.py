"""What waits: deposits that were not credited and withdrawals that were not held, for compliance; money in a currency that
nobody held, for its registration. Looked at again and again.

Each in a transaction of its own: one that cannot go on stops no other.
"""

import functools
from datetime import timedelta
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.payments.model import payouts
from customer_stack.payments.service import deposits, hearing, withdrawals
from customer_stack.payments.service.wiring import Payments

AT_ONCE = 100


async def due(db: transaction.Database, pay: Payments, seconds_max: int) -> None:
    end = pay.clock.now() + timedelta(seconds=seconds_max)
    for number in await db.read("payments.not_held", hearing.not_held):
        await db.run("payments.count_in", functools.partial(hearing.count_in, pay=pay, number=number))
    for listed, one in ((deposits.waiting, _deposit), (withdrawals.waiting, _withdrawal)):
        after: UUID | None = None
        while pay.clock.now() < end:
            found = await db.read("payments.reconsider", functools.partial(listed, after=after, limit=AT_ONCE))
            decided = await db.read("payments.reviews", functools.partial(pay.reviews.of, operations=found))
            for id_ in found:
                if decided.get(id_, "open") != "open":
                    await one(db, pay, id_)
            if len(found) < AT_ONCE:
                break
            after = found[-1]


async def _deposit(db: transaction.Database, pay: Payments, id_: UUID) -> None:
    await db.run("payments.reconsider.deposit", lambda tx: deposits.reconsider(tx, pay, id_))


async def _withdrawal(db: transaction.Database, pay: Payments, id_: UUID) -> None:
    """What was released when the money is gone is refused, as it would have been without a review."""
    try:
        await db.run("payments.reconsider.withdrawal", lambda tx: withdrawals.reconsider(tx, pay, id_))
    except payouts.NotEnough as refusal:
        code = refusal.code
        await db.run("payments.reconsider.refused", lambda tx: withdrawals.refused(tx, pay, id_, code))
