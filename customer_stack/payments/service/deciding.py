"""What takes two people: letting a large withdrawal go, or placing money that nobody could place."""

from typing import Any

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.payments.model import entries
from customer_stack.payments.model.deposits import State as DepositState
from customer_stack.payments.model.payouts import Event, State
from customer_stack.payments.service import deposits, returning, withdrawals
from customer_stack.payments.service.wiring import Payments

NEEDS = access_model.Permission.WALLET_MANAGE


async def propose(
    tx: transaction.Tx, pay: Payments, caller: access_model.Caller, act: access_model.Act
) -> access_model.Proposal:
    """Ask for a second person, if there is something to decide."""
    if isinstance(act, entries.ApproveWithdrawal | entries.RejectWithdrawal):
        found = await withdrawals.held(tx, act.withdrawal)
        if found.state is not State.AWAITING_APPROVAL or found.revision != act.revision:
            raise errors.Stale("it has changed since it was read; read it again")
    elif isinstance(act, entries.ReleaseDeposit):
        await deposits.in_suspense(tx, act.deposit)
    elif isinstance(act, entries.ReturnDeposit):
        await returning.returnable(tx, act.deposit)
    return await proposals.propose(tx, caller, act, NEEDS, pay.clock.now(), pay.ids)


class Execute(access_ports.Executes):
    """Does an approved act. The state is looked at again: what changed since it was proposed is not done."""

    def __init__(self, pay: Payments) -> None:
        self._pay = pay

    async def __call__(self, tx: transaction.Tx, act: Any, approval: access_ports.Approval) -> None:
        if isinstance(act, entries.ApproveWithdrawal | entries.RejectWithdrawal):
            await self._withdrawal(tx, act, approval)
        elif isinstance(act, entries.ReleaseDeposit):
            found = await deposits.in_suspense(tx, act.deposit)
            released = await deposits.credit(tx, self._pay, found, act.account)
            state = DepositState.RELEASED if released else DepositState.SUSPENSE
            await self._resolved(tx, act.deposit, state, approval)
        else:
            found = await returning.returnable(tx, act.deposit)
            if found.state is DepositState.SUSPENSE:
                await deposits.resolve(tx, self._pay, found, DepositState.RETURNED, None)
            await returning.send_back(tx, self._pay, found)
            await self._resolved(tx, act.deposit, DepositState.RETURNED, approval)

    async def _withdrawal(
        self,
        tx: transaction.Tx,
        act: entries.ApproveWithdrawal | entries.RejectWithdrawal,
        approval: access_ports.Approval,
    ) -> None:
        now = self._pay.clock.now()
        found = await withdrawals.held(tx, act.withdrawal)
        if found.state is not State.AWAITING_APPROVAL or found.revision != act.revision:
            raise errors.Stale("it has changed since it was proposed")
        if isinstance(act, entries.ApproveWithdrawal):
            await withdrawals.queued(tx, self._pay, found, now)
            await audit.write(tx, entries.WithdrawalApproved(found.id, approval.proposer, approval.approver))
        else:
            await withdrawals.moved(tx, self._pay, found, Event.CANCEL, "rejected", now)

    async def _resolved(
        self, tx: transaction.Tx, deposit: Any, state: DepositState, approval: access_ports.Approval
    ) -> None:
        await audit.write(tx, entries.DepositResolved(deposit, state.value, approval.proposer, approval.approver))


ACTS = (entries.ApproveWithdrawal, entries.RejectWithdrawal, entries.ReleaseDeposit, entries.ReturnDeposit)
