"""The work list: somebody takes up a withdrawal that came back or contradicts itself, and ticks it off with a reason.

Nothing moves by this, and what moves afterwards is on the list again. One of unknown fate can be taken up, but not ticked
off: only its provider knows.
"""

from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.payments.model import entries
from customer_stack.payments.model import payouts as model
from customer_stack.payments.model.payouts import Resolution, State, Withdrawal
from customer_stack.payments.repo import withdrawals as repo
from customer_stack.payments.service import withdrawals
from customer_stack.payments.service.wiring import Payments


async def claim(tx: transaction.Tx, id_: UUID, by: UUID) -> Withdrawal:
    """Whoever has it may claim it again."""
    found = await _listed(tx, id_)
    if found.claimed_by not in {None, by}:
        raise model.NotOnTheList("somebody else has taken it up", reason="claimed")
    if found.claimed_by is None:
        await repo.claim(tx, id_, by)
        await audit.write(tx, entries.WithdrawalClaimed(id_, by, claimed=True))
    return await withdrawals.held(tx, id_)


async def let_go(tx: transaction.Tx, id_: UUID, by: UUID) -> Withdrawal:
    found = await _listed(tx, id_)
    if found.claimed_by != by:
        raise model.NotOnTheList("you have not taken it up", reason="not_claimed")
    await repo.claim(tx, id_, None)
    await audit.write(tx, entries.WithdrawalClaimed(id_, by, claimed=False))
    return await withdrawals.held(tx, id_)


async def resolve(tx: transaction.Tx, pay: Payments, id_: UUID, by: UUID, resolution: Resolution) -> Withdrawal:
    found = await _listed(tx, id_)
    if found.claimed_by != by:
        raise model.NotOnTheList("you have not taken it up", reason="not_claimed")
    if found.state in model.OPEN:
        raise model.NotOnTheList("its provider has not said what became of it", reason="open")
    await repo.ticked_off(tx, id_, by, resolution, pay.clock.now())
    await audit.write(tx, entries.WithdrawalResolved(id_, by, resolution.value))
    return await withdrawals.held(tx, id_)


async def _listed(tx: transaction.Tx, id_: UUID) -> Withdrawal:
    found = await withdrawals.held(tx, id_)
    on_list = (
        found.state in model.WORKED_ON
        or (found.state is State.FAILED and found.deposit is not None)
        or await repo.is_contradicted(tx, id_)
    )
    if not on_list or found.resolution:
        raise model.NotOnTheList("it is not on the work list", reason="not_listed", state=found.state.value)
    return found
