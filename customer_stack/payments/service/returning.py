"""Money of nobody goes back to who sent it: from what is payable, by a provider, as any withdrawal goes.

Its payee belongs to the deposit, not to a customer, and is sealed under the deposit's own key. Where nobody named one,
the money stays payable, and somebody pays it by hand.
"""

from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.ledger.formats import amounts
from customer_stack.ledger.service import accounts
from customer_stack.payments.model import beneficiaries as payees
from customer_stack.payments.model import deposits as model
from customer_stack.payments.model import entries, rails
from customer_stack.payments.model.payouts import State as Going
from customer_stack.payments.model.payouts import Withdrawal
from customer_stack.payments.repo import deposits as repo
from customer_stack.payments.repo import withdrawals as withdrawals_repo
from customer_stack.payments.service import beneficiaries, withdrawals
from customer_stack.payments.service.wiring import Payments, derived

OVER = frozenset({Going.FAILED, Going.RETURNED, Going.CANCELLED})


async def returnable(tx: transaction.Tx, id_: UUID) -> model.Deposit:
    """Held: in suspense, or payable with nothing under way; or why it cannot be sent back."""
    found = await repo.one(tx, id_, hold=True)
    if found is None:
        raise model.NoDeposit("there is no such deposit")
    if found.state is model.State.SUSPENSE:
        return found
    newest = await withdrawals_repo.newest_return(tx, id_)
    if found.state is not model.State.RETURNED or (newest is not None and newest.state not in OVER):
        raise model.NotInSuspense("the money is not in suspense", state=found.state.value)
    return found


async def name_payee(
    tx: transaction.Tx,
    pay: Payments,
    id_: UUID,
    wanted: beneficiaries.Wanted,
    details: payees.Details,
    payee: payees.Payee,
) -> payees.Opened:
    """To whom it would go back. Whoever was named before is not paid."""
    found = await returnable(tx, id_)
    asset = (await accounts.assets(tx))[found.asset]
    if wanted.currency != asset.code:
        raise payees.DetailsWrong("money goes back in the currency that it came in", field="currency", fault="changed")
    before = await beneficiaries.rows(tx, id_)
    if not before and not await repo.has_key(tx, id_):
        await pay.vault.create(tx, id_)
    for each in before:
        if each.state is payees.State.ACTIVE:
            await beneficiaries.remove(tx, pay, each)
    return await beneficiaries.add(tx, pay, id_, wanted, details, payee)


async def send_back(tx: transaction.Tx, pay: Payments, found: model.Deposit) -> Withdrawal | None:
    """Send it, if somebody said whereto. The caller holds the deposit."""
    rows = [each for each in await beneficiaries.rows(tx, found.id) if each.state is payees.State.ACTIVE]
    if not rows:
        return None
    payee = await beneficiaries.opened(tx, pay, rows[0])
    now, asset = pay.clock.now(), (await accounts.assets(tx))[found.asset]
    text = amounts.shown(found.amount, asset.scale)
    quoted = await withdrawals.quote(tx, pay, payee, text, rails.Priority.STANDARD, now)
    id_ = pay.ids.ordered()
    made = Withdrawal(
        id=id_, account=found.id, beneficiary=rows[0].id, asset=found.asset, amount=found.amount, fee=0,
        rail=quoted.route.rail, provider=quoted.provider, state=Going.REQUESTED, reason="", external="",
        hold=derived(id_, "hold"), fee_hold=None, attempts=0, value_date=quoted.route.value_date, created_at=now,
        changed_at=now, revision=1, deposit=found.id,
    )  # fmt: skip
    going = await withdrawals.pay_back(tx, pay, made, quoted.route)
    await audit.write(tx, entries.ReturnBegun(found.id, id_))
    return going
