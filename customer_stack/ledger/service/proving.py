"""`ledger verify`: the balances rebuilt from the transfers, and the first difference named.

Pieces are read side by side, each in a snapshot of its own. That is sound because rows never change and those of one
account are committed in their order: the check waits until whatever was being posted when it began is over, and looks
at nothing that came later. The balances kept beside the transfers are compared with the newest rows in one statement.
"""

import asyncio
import collections
import functools
import itertools
from collections.abc import Callable

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import views
from customer_stack.ledger.repo import proving as repo
from customer_stack.ledger.repo import reading

PIECE = 500_000
ACCOUNTS = 20_000
AHEAD = 2
SECONDS_MAX = 300
SETTLE_STEPS = 600
SETTLE_SECONDS = 1
_TENTHS = 10

Progress = Callable[[int, int], None]


class Unsettled(Exception):  # noqa: N818 -- an open transaction, not a finding
    """A transaction that was open when the check began did not end."""


def silent(_done: int, _total: int) -> None:
    """No progress bar."""


async def verify(db: transaction.Database, *, progress: Progress = silent) -> views.Report:
    """Walk all of the books. Progress is counted in rows and accounts."""
    end = await settled_end(db)
    total = end.last + end.accounts
    rows = 0
    firsts = iter(range(1, end.last + 1, PIECE))
    upcoming: collections.deque[asyncio.Task[repo.Found]] = collections.deque()

    def ask(count: int) -> None:
        for first in itertools.islice(firsts, count):
            upcoming.append(asyncio.create_task(_piece(db, first, min(first + PIECE - 1, end.last))))

    ask(AHEAD)
    done = 0
    try:
        while upcoming:
            found = await upcoming.popleft()
            if found.fault is not None:
                return _report(rows, 0, found)
            ask(1)
            rows += found.rows
            done = min(done + PIECE, end.last)
            progress(done, total)
    finally:
        await asyncio.gather(*upcoming, return_exceptions=True)
    return await _kept(db, rows, lambda accounts: progress(end.last + accounts, total))


async def settled_end(db: transaction.Database) -> repo.End:
    """Up to where the books go now, once whatever is being posted is over."""
    end = await db.read("ledger.verify.end", repo.end, seconds_max=SECONDS_MAX)
    await _settle(db, end.xid)
    return end


async def _settle(db: transaction.Database, xid: str) -> None:
    for _ in range(SETTLE_STEPS):
        if await db.read("ledger.verify.settled", lambda tx: repo.settled(tx, xid)):
            return
        await asyncio.sleep(SETTLE_SECONDS / _TENTHS)
    raise Unsettled("a transaction that was open at the beginning is still open")


async def _piece(db: transaction.Database, first: int, last: int) -> repo.Found:
    return await db.read("ledger.verify.piece", lambda tx: repo.piece(tx, first, last), seconds_max=SECONDS_MAX)


async def _kept(db: transaction.Database, rows: int, progress: Callable[[int], None]) -> views.Report:
    accounts, after = 0, model.NIL
    while True:
        page = functools.partial(repo.kept, after=after, count=ACCOUNTS)
        found = await db.read("ledger.verify.kept", page, seconds_max=SECONDS_MAX)
        if found.fault is not None:
            return _report(rows, accounts, found)
        accounts += found.rows
        progress(accounts)
        if found.rows < ACCOUNTS or found.last is None:
            break
        after = found.last
    counted = await db.read("ledger.verify.counted", repo.counted, seconds_max=SECONDS_MAX)
    if counted.fault is not None:
        return _report(rows, accounts, counted)
    for each in await db.read("ledger.verify.totals", reading.totals, seconds_max=SECONDS_MAX):
        if (each.debits_pending, each.debits_posted) != (each.credits_pending, each.credits_posted):
            return views.Report(rows, accounts, f"the debits of asset {each.asset} are not its credits")
    return views.Report(rows, accounts)


def _report(rows: int, accounts: int, found: repo.Found) -> views.Report:
    return views.Report(rows, accounts, found.fault or "", found.seq or 0, found.transfer, found.account)
