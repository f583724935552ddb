"""The trial balance of a day: every account's balances when the day ended, stored, and its digest in the audit log.

It is drawn in pieces of a bounded number of accounts, each in a transaction of its own, and can be taken up again
where it stopped: a day that is over has one outcome. The last transaction adds the head, with the audit entry that the
signed head of the log covers; before it nobody reads the lines.
"""

import functools
import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import entries, views
from customer_stack.ledger.repo import trials as repo

ACCOUNTS = 10_000
SETTLED = timedelta(minutes=1)
"""How long after midnight a day is over: no posting that began before takes so long."""
SECONDS_MAX = 60
LINES_MAX = 1000
_EPOCH = date(1970, 1, 1)


class DayNotOver(errors.Conflict):
    """A trial balance is of a day that is over."""

    code = "ledger_day_not_over"


class NoTrial(errors.NotFound):
    """No trial balance was drawn for this day."""

    code = "ledger_trial_unknown"


class OutOfBalance(errors.Conflict):
    """Debits and credits of an asset differ: `ledger verify` names where."""

    code = "ledger_out_of_balance"


def _silent(_done: int) -> None:
    """No progress bar."""


async def draw(
    db: transaction.Database, day: date, now: datetime, *, progress: Callable[[int], None] = _silent
) -> views.Trial:
    """Draw and keep it, or say what was kept before."""
    until = datetime.combine(day, time(), UTC) + timedelta(days=1)
    if now < until + SETTLED:
        raise DayNotOver("the day is not over yet")
    kept = await db.read("ledger.trial.head", lambda tx: repo.head(tx, day))
    if kept is not None:
        return kept
    after, done = model.NIL, 0
    while True:
        page = await db.run(
            "ledger.trial.draw", functools.partial(repo.draw, day=day, after=after, until=until, count=ACCOUNTS)
        )
        done += page.rows
        progress(done)
        if page.last is None or page.rows < ACCOUNTS:
            break
        after = page.last
    digest, accounts = await _digest(db, day)
    last_seq = await db.read("ledger.trial.seq", lambda tx: repo.last_seq(tx, until, 0), seconds_max=SECONDS_MAX)
    trial = views.Trial(day, accounts, last_seq, digest)
    for each in await db.read("ledger.trial.sums", lambda tx: repo.sums(tx, day), seconds_max=SECONDS_MAX):
        if (each.debits_pending, each.debits_posted) != (each.credits_pending, each.credits_posted):
            raise OutOfBalance("the debits of an asset are not its credits", asset=each.asset)
    await db.run("ledger.trial.keep", lambda tx: _keep(tx, trial))
    return trial


async def _keep(tx: transaction.Tx, trial: views.Trial) -> None:
    if await repo.keep(tx, trial):
        day = (trial.day - _EPOCH).days
        await audit.write(tx, entries.TrialBalanceDrawn(day, trial.accounts, trial.digest))


async def _digest(db: transaction.Database, day: date) -> tuple[bytes, int]:
    """Over every stored line in the order of accounts: account, asset, and the four sums as text."""
    digest, after, accounts = hashlib.sha256(), model.NIL, 0
    while True:
        read = functools.partial(repo.read, day=day, after=after, count=ACCOUNTS)
        page = await db.read("ledger.trial.read", read, seconds_max=SECONDS_MAX)
        digest.update(page.lines)
        accounts += page.rows
        if page.last is None or page.rows < ACCOUNTS:
            return digest.digest(), accounts
        after = page.last


async def check(db: transaction.Database, day: date) -> views.Trial:
    """Whether the stored lines are still those that the audit log's digest is over."""
    kept = await db.read("ledger.trial.head", lambda tx: repo.head(tx, day))
    if kept is None:
        raise NoTrial("no trial balance was drawn for this day")
    if await _digest(db, day) != (kept.digest, kept.accounts):
        raise OutOfBalance("the stored lines are not those that were signed")
    return kept


async def sums(tx: transaction.Tx, day: date) -> list[views.Total]:
    """One line for each asset of a day."""
    if await repo.head(tx, day) is None:
        raise NoTrial("no trial balance was drawn for this day")
    return await repo.sums(tx, day)


async def lines(
    tx: transaction.Tx, day: date, after: UUID | None, count: int
) -> list[tuple[UUID, int, views.Balances]]:
    """The accounts of a day, in the order of their ids."""
    if await repo.head(tx, day) is None:
        raise NoTrial("no trial balance was drawn for this day")
    return await repo.lines(tx, day, after or model.NIL, min(count, LINES_MAX))


async def newest(tx: transaction.Tx, count: int) -> list[views.Trial]:
    return await repo.newest(tx, min(count, LINES_MAX))
