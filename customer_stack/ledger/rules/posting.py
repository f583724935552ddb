"""Decides a batch over the part of the books that it touches.

Most transfers are plain: a fresh id, two open accounts of one asset, no bound near. For those one look is enough, and
it may only say yes. Whatever is not plainly fine is left to the reference, which knows every rule and its name.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from customer_stack.ledger import model
from customer_stack.ledger.model import status
from customer_stack.ledger.rules import reference

_PENDING = int(model.Flag.PENDING)
_LINKED = int(model.Flag.LINKED)
_CLOSED = int(model.AccountFlag.CLOSED)
_FAR = model.AMOUNT_MAX // 4
"""No sum of two amounts below it can overflow."""
_CREATED = status.Status.CREATED
_PLAIN = _PENDING | _LINKED
_NIL = model.NIL
_ID_MAX = model.ID_MAX.int


class Decision(NamedTuple):
    """What a batch comes to. `applied` and `failed` are what is written; the rest of the batch leaves no trace."""

    statuses: list[status.Status]
    applied: list[model.Applied]
    failed: list[UUID]
    alarms: list[model.Alarm]
    closed: list[UUID]
    opened: list[UUID]


@dataclasses.dataclass
class _Posting(reference.Books):
    """The reference with a short way for what is plainly fine."""

    def plain(self, t: model.Transfer, now: datetime) -> bool:
        """Do it, if nothing can be said against it at first sight."""
        flags, amount = t.flags, t.amount
        if (
            flags & ~_PENDING
            or not 0 <= amount < _FAR
            or t.id in self.transfers
            or (self.failed and t.id in self.failed)
        ):
            return False
        dr, cr = self.accounts.get(t.debit), self.accounts.get(t.credit)
        if dr is None or cr is None or dr is cr or not dr.asset == cr.asset == t.asset or _is_special(t):
            return False
        if (t.verdict is None) is not bool(t.cause) and (t.cause or reference.takes(dr, amount)):
            return False
        if (dr.flags | cr.flags) & _CLOSED or dr.debits_posted > _FAR or cr.credits_posted > _FAR:
            return False
        pending, posted = (amount, 0) if flags else (0, amount)
        debits_pending, debits_posted = dr.debits_pending + pending, dr.debits_posted + posted
        credits_pending, credits_posted = cr.credits_pending + pending, cr.credits_posted + posted
        if (
            (dr.flags & 2 and debits_pending + debits_posted > dr.credits_posted)
            or (cr.flags & 4 and credits_pending + credits_posted > cr.debits_posted)
            or debits_pending > _FAR
            or credits_pending > _FAR
        ):
            return False
        self.accounts[t.debit] = _moved(dr, debits_pending, debits_posted, dr.credits_pending, dr.credits_posted)
        self.accounts[t.credit] = _moved(cr, cr.debits_pending, cr.debits_posted, credits_pending, credits_posted)
        self.transfers[t.id] = t
        if flags:
            expires = now + timedelta(seconds=t.timeout) if t.timeout else reference.TIME_MAX
            self.pending[t.id] = (model.Resolution.PENDING, expires)
        return True

    def transfer(self, t: model.Transfer, now: datetime) -> status.Status:
        if self.plain(t, now):
            return _CREATED
        answer = super().transfer(t, now)
        if answer in status.TRANSIENT:
            self.failed.add(t.id)
        return answer


def _is_special(t: model.Transfer) -> bool:
    """Whether any field is used, or not used, that the short way does not look at."""
    return bool(
        t.timestamp
        or t.code <= 0
        or t.asset <= 0
        or t.timeout  # the end of time is the reference's business
        or t.effective_at is not None
        or t.expect is not None
        or (t.pending_id is not _NIL and t.pending_id != _NIL)
        or (t.reverses is not _NIL and t.reverses != _NIL)
        or not 0 < t.id.int < _ID_MAX
    )


def plain(batch: Sequence[model.Transfer]) -> list[model.Applied] | None:
    """How all of it is written if the books have nothing against it; nothing, where only the rules can tell.

    What is plain by itself fails, if it fails, by the state of the books, and that the database sees under its locks:
    an id that is spent, an account that is missing, closed or of another asset, a bound, a verdict.
    """
    rows = []
    chain, chained = 0, False
    for index, t in enumerate(batch):
        if (
            t.flags & ~_PLAIN
            or not 0 < t.amount <= model.API_AMOUNT_MAX
            or t.debit == t.credit
            or _is_special(t)
            or (t.cause and t.verdict is not None)
        ):
            return None
        chain = chain if chained else index
        chained = bool(t.flags & _LINKED)
        rows.append(model.Applied(t, 0, chain))
    if chained or len({t.id for t in batch}) != len(batch):
        return None
    return rows


def _moved(a: model.Account, dp: int, dpo: int, cp: int, cpo: int) -> model.Account:
    """Every field by its place: `replace` by name takes three times as long."""
    return model.Account(
        a.id, a.asset, a.code, a.flags, a.owner, a.reference, a.tag64, a.tag32, dp, dpo, cp, cpo, a.version + 1
    )  # fmt: skip


def decide(books: reference.Books, batch: Sequence[model.Transfer], now: datetime) -> Decision:
    """Answer every transfer in order, each seeing what those before it did."""
    state = _Posting(
        dict(books.accounts), dict(books.transfers), dict(books.pending), set(books.failed), list(books.alarms)
    )
    if any(each.flags & (_LINKED | model.Flag.IMPORTED) for each in batch):
        statuses = state.create_transfers(batch, now)
        applied = _applied(state, batch, statuses)
    else:
        statuses, applied = _one_by_one(state, batch, now)
    fresh = state.failed - books.failed
    closed, opened = _closing(books, state)
    return Decision(
        statuses,
        applied,
        [each for each in dict.fromkeys(each.id for each in batch) if each in fresh] if fresh else [],
        state.alarms[len(books.alarms) :],
        closed,
        opened,
    )


def _one_by_one(
    state: _Posting, batch: Sequence[model.Transfer], now: datetime
) -> tuple[list[status.Status], list[model.Applied]]:
    """Without chains there is nothing to take back. Looking up an id costs as much as the rest, so it is not done twice."""
    statuses, applied = [], []
    for index, each in enumerate(batch):
        if state.plain(each, now):
            statuses.append(_CREATED)
            applied.append(model.Applied(each, 0, index))
        else:
            answer = state.transfer(each, now)
            statuses.append(answer)
            if answer is _CREATED:
                applied.append(_stored(state, each, index))
    return statuses, applied


def _stored(state: reference.Books, each: model.Transfer, chain: int) -> model.Applied:
    stored = state.transfers[each.id]
    ended = state.transfers[stored.pending_id].amount if stored.pending_id != model.NIL else 0
    return model.Applied(stored, ended, chain)


def _applied(
    state: reference.Books, batch: Sequence[model.Transfer], statuses: Sequence[status.Status]
) -> list[model.Applied]:
    found = []
    chain, chained = 0, False
    for index, (each, answer) in enumerate(zip(batch, statuses, strict=True)):
        chain = chain if chained else index
        if answer is _CREATED:
            found.append(_stored(state, each, chain))
        chained = bool(each.flags & _LINKED)
    return found


def _closing(before: reference.Books, after: reference.Books) -> tuple[list[UUID], list[UUID]]:
    changed = [
        (id_, bool(account.flags & _CLOSED))
        for id_, account in after.accounts.items()
        if (account.flags ^ before.accounts[id_].flags) & _CLOSED
    ]
    return [id_ for id_, closed in changed if closed], [id_ for id_, closed in changed if not closed]
