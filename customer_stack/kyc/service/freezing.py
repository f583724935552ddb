"""The freeze that a late rejection brings: one saga of ordered steps, each done once whatever dies between them.

The first step, the freeze of the account here, is done in the transaction that hears of the rejection. The others follow
in the worker, each in a transaction of its own that also notes that it was done. What is killed goes on where it was.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, jobs, telemetry, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.kyc import model, ports
from customer_stack.kyc.model import entries, refusals
from customer_stack.kyc.repo import freezes
from customer_stack.kyc.service import promises, standing, wiring

ACCOUNT = "account"
PARTICIPANT = "participant"
CASE = "case"
CASE_KIND = "kyc_late_rejection"
NEEDS = access_model.Permission.COMPLIANCE_MANAGE

FROZEN = telemetry.Event("kyc.frozen", saga=UUID)


class FreezeAccount(NamedTuple):
    """Here: clearance refuses whatever the account wants to move. Its owner can still sign in."""

    clock: clock.Clock
    name: str = ACCOUNT

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        await freezes.freeze(tx, account, saga, self.clock.now())


class FreezeParticipant(NamedTuple):
    """Over there: nothing is placed or settled for the participant."""

    outbound: ports.Outbound
    clock: clock.Clock
    name: str = PARTICIPANT

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        del saga
        await self.outbound.freeze(tx, account, await standing.level_ever(tx, account))


class OpenCase(NamedTuple):
    """For compliance officers: somebody has to find out what happened."""

    cases: ports.Cases
    clock: clock.Clock
    ids: ids.Ids
    name: str = CASE

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        await self.cases.open_(
            tx,
            kind=CASE_KIND,
            subject=account,
            reasons=("late_red",),
            link=saga,
            now=self.clock.now(),
            random=self.ids,
        )


def steps(
    outbound: ports.Outbound,
    cases: ports.Cases,
    between: Sequence[ports.Step],
    time: clock.Clock,
    random: ids.Ids,
) -> tuple[ports.Step, ...]:
    """The steps in their order. `between` are those of others: they cancel what is under way, before the wall hears."""
    return (FreezeAccount(time), *between, FreezeParticipant(outbound, time), OpenCase(cases, time, random))


async def freeze(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, application: UUID) -> UUID | None:
    """Freeze the account, now, and promise the rest; nothing if it is frozen already."""
    now, saga = kyc.clock.now(), kyc.ids.ref()
    if not await freezes.open_(tx, saga, account, application, now):
        return None
    await audit.write(tx, entries.SagaBegun(saga, account, application))
    await _do(tx, FreezeAccount(kyc.clock), account, saga, kyc.clock)
    await jobs.enqueue(tx, promises.RunSaga(saga), kyc.ids)
    telemetry.emit(FROZEN, "warning", saga=saga)
    return saga


async def advance(tx: transaction.Tx, shop: wiring.Workshop, saga: UUID) -> bool:
    """Do the next step that is not done; whether any is left after it."""
    found = await freezes.held(tx, saga)
    if found is None or found.finished:
        return False
    left = [step for step in shop.steps if step.name not in found.done]
    if left:
        await _do(tx, left[0], found.account, saga, shop.kyc.clock)
    if len(left) <= 1:
        await freezes.finish(tx, saga, shop.kyc.clock.now())
        await audit.write(tx, entries.SagaDone(saga))
    return len(left) > 1


async def running(tx: transaction.Tx, limit: int) -> list[UUID]:
    return await freezes.running(tx, limit)


async def frozen(tx: transaction.Tx, account: UUID) -> bool:
    return await freezes.frozen_by(tx, account) is not None


async def propose_unfreeze(
    tx: transaction.Tx, kyc: wiring.Kyc, caller: access_model.Caller, account: UUID
) -> access_model.Proposal:
    saga = await freezes.frozen_by(tx, account)
    if saga is None:
        raise refusals.NotFrozen("the account is not frozen")
    act = entries.Unfreeze(account, saga)
    return await proposals.propose(tx, caller, act, NEEDS, kyc.clock.now(), kyc.ids)


class ExecuteUnfreeze(access_ports.Executes):
    """Lifts a freeze that two people want lifted, once all of its steps are done."""

    def __init__(self, kyc: wiring.Kyc) -> None:
        self._kyc = kyc

    async def __call__(self, tx: transaction.Tx, act: entries.Unfreeze, approval: access_ports.Approval) -> None:
        if act.account in {approval.proposer, approval.approver}:
            raise refusals.OwnApplication("nobody decides about themselves")
        saga = await freezes.held(tx, act.saga)
        if saga is not None and not saga.finished:
            raise refusals.NotFinished("the freeze is still on its way")
        if not await freezes.lift(tx, act.account, act.saga, self._kyc.clock.now()):
            raise refusals.NotFrozen("the account is not frozen by this")
        await audit.write(tx, entries.Unfrozen(act.account, approval.proposer, approval.approver))
        await jobs.enqueue(tx, promises.Thaw(act.account), self._kyc.ids)


async def thaw(tx: transaction.Tx, shop: wiring.Workshop, account: UUID) -> None:
    """Tell the other side, unless the account was frozen again meanwhile or holds no level."""
    now = shop.kyc.clock.now()
    found = (await standing.of(tx, [account], now))[account]
    if not found.frozen and found.state is model.StandingState.APPROVED:
        await shop.outbound.thaw(tx, account, found.level)


async def _do(tx: transaction.Tx, step: ports.Step, account: UUID, saga: UUID, time: clock.Clock) -> None:
    await step.apply(tx, account, saga)
    await freezes.note(tx, saga, step.name, time.now())
    await audit.write(tx, entries.SagaStepDone(saga, step.name))
