"""The work list of held operations: staff release or refuse them, two of them above the threshold."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.compliance import model, ports
from customer_stack.compliance.model import facts, reviews
from customer_stack.compliance.repo import reviews as repo
from customer_stack.compliance.rules import reviewing, telling

NEEDS = access_model.Permission.COMPLIANCE_MANAGE
OLDEST = (clock.EPOCH, UUID(int=0))


class Desk(NamedTuple):
    """What it takes to decide. Made once, by the composition root."""

    law: ports.Jurisdiction
    ids: ids.Ids

    async def release(
        self, tx: transaction.Tx, caller: access_model.Caller, verdict: UUID, ground: reviews.Ground, now: datetime
    ) -> reviews.Review | access_model.Proposal:
        """Let the operation be judged once more; or propose that, if it takes a second person."""
        review = await _held(tx, verdict)
        _not_own(review, caller.account)
        reviewing.REVIEW.advance(review.state, reviews.Event.RELEASE)
        if reviewing.takes_two(review.home, telling.minor(self.law(now).limits.threshold_report)):
            return await proposals.propose(tx, caller, reviews.ReleaseHeld(verdict, ground), NEEDS, now, self.ids)
        return await _decide(tx, review, reviews.Event.RELEASE, ground, now, by=caller.account)

    async def refuse(
        self, tx: transaction.Tx, caller: access_model.Caller, verdict: UUID, ground: reviews.Ground, now: datetime
    ) -> reviews.Review:
        """One person is enough to say no."""
        return await _decide(tx, await _held(tx, verdict), reviews.Event.REFUSE, ground, now, by=caller.account)


class Execute(access_ports.Executes):
    """Does an approved release."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time

    async def __call__(self, tx: transaction.Tx, act: reviews.ReleaseHeld, approval: access_ports.Approval) -> None:
        review, now = await _held(tx, act.verdict), self._clock.now()
        await _decide(
            tx, review, reviews.Event.RELEASE, act.ground, now, by=approval.proposer, second=approval.approver
        )


async def some(
    tx: transaction.Tx, state: reviews.State, after: tuple[datetime, UUID] | None, limit: int
) -> list[reviews.Review]:
    return await repo.some(tx, state, after or OLDEST, limit)


async def states(tx: transaction.Tx, operations: Collection[UUID]) -> dict[UUID, reviews.State]:
    """Of each operation that was ever held, how it stands now."""
    return await repo.states(tx, operations)


async def show(tx: transaction.Tx, verdict: UUID) -> reviews.Review:
    found = await repo.one(tx, verdict)
    if found is None:
        raise model.UnknownVerdict("there is no such held operation")
    return found


async def _held(tx: transaction.Tx, verdict: UUID) -> reviews.Review:
    found = await repo.one(tx, verdict, hold=True)
    if found is None:
        raise model.UnknownVerdict("there is no such held operation")
    return found


def _not_own(review: reviews.Review, *officers: UUID | None) -> None:
    if review.account in officers:
        raise reviews.OwnOperation("somebody else decides this")


async def _decide(
    tx: transaction.Tx,
    review: reviews.Review,
    event: reviews.Event,
    ground: reviews.Ground,
    now: datetime,
    *,
    by: UUID,
    second: UUID | None = None,
) -> reviews.Review:
    _not_own(review, by, second)
    state = reviewing.REVIEW.advance(review.state, event)
    decided = msgspec.structs.replace(
        review,
        state=state,
        ground=ground.value,
        decided_by=by,
        approved_by=second,
        decided_at=now,
        expires_at=now + reviewing.RELEASED_FOR if event is reviews.Event.RELEASE else None,
    )
    await repo.decide(tx, decided)
    await audit.write(tx, facts.ReviewDecided(review.verdict, state.value, ground.value, by, second))
    return decided
