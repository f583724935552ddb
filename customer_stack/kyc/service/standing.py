"""Where accounts stand: for whoever must know before money moves. One statement for all of them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model
from customer_stack.kyc.repo import applications as repo

_S, _T = model.State, model.StandingState
_OF_STATE = {
    _S.DRAFT: _T.NONE,
    _S.ABANDONED: _T.NONE,
    _S.PENDING: _T.PENDING,
    _S.VERIFIED: _T.PENDING,
    _S.RETURNED: _T.PENDING,
    _S.IN_REVIEW: _T.IN_REVIEW,
    _S.APPROVED: _T.APPROVED,
    _S.REJECTED: _T.REJECTED,
    _S.EXPIRED: _T.EXPIRED,
}


async def of(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> dict[UUID, model.Standing]:
    """Every account that was asked for. A level that is held counts, whatever a newer application for another is at; an
    approval whose time is up counts no more, whether or not a job has noticed.
    """
    found = {}
    for row in await repo.standings(tx, accounts, now):
        state = _T.APPROVED if row["held"] else _OF_STATE[_S(row["state"])] if row["state"] else _T.NONE
        found[row["account"]] = model.Standing(
            row["level"] or 0, state, row["version"], row["residence"], row["frozen"]
        )
    return found


async def level_ever(tx: transaction.Tx, account: UUID) -> int:
    """The highest level that the account was ever let in at; 1 if none."""
    rows = await repo.of(tx, account)
    return max((row.level for row in rows if row.approved_at is not None), default=1)
