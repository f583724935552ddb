"""`ledger verify --audit`: every row of the books against the audit log, which holds a hash of each.

What balances do not show, a changed reference, code or time, a transfer added or taken out with its balances put right,
does not pass here: the log is chained and signed. Both sides are read once, in their own order and hand in hand, and
what is on one side only is kept until its match comes; so little is kept as there is posted at one time.
"""

import functools
from collections.abc import AsyncIterator, Callable

from boundary.kernel import clock, records
from boundary.kernel.runtime import transaction
from customer_stack.ledger.model import entries, views
from customer_stack.ledger.repo import proving as repo
from customer_stack.ledger.repo import reading
from customer_stack.ledger.service import proving

PAGE = 5_000
SECONDS_MAX = 300
_SIZE = 32

Progress = Callable[[int, int], None]


async def compare(db: transaction.Database, *, progress: Progress = proving.silent) -> views.Report:
    """The first row that the log does not hold as it stands, or else the first entry whose transfer is gone."""
    end = await proving.settled_end(db)
    rows: dict[bytes, views.Written] = {}
    told: dict[bytes, int] = {}
    entry = _told(db, end.xid)
    seen = heard = 0
    async for page in _rows(db, end.xid):
        for row in page:
            hashed = entries.item(row.transfer, row.released, clock.to_micros(row.posted_at))
            if told.pop(hashed, None) is None:
                rows[hashed] = row
        seen += len(page)
        while heard < seen and (more := await anext(entry, None)) is not None:
            heard += _match(more, rows, told)
        progress(min(seen, end.last), end.last)
    async for more in entry:
        _match(more, rows, told)
    return _report(seen, rows, told)


def _match(more: tuple[int, bytes], rows: dict[bytes, views.Written], told: dict[bytes, int]) -> int:
    """Take off what has its row; keep the rest. How many transfers the entry tells of."""
    number, payload = more
    entry = records.decode(payload, records.Entry)
    if not isinstance(entry, entries.TransfersPosted):
        return 0
    hashes = [entry.hashes[at : at + _SIZE] for at in range(0, len(entry.hashes), _SIZE)]
    for each in hashes:
        if rows.pop(each, None) is None:
            told[each] = number
    return len(hashes)


def _report(seen: int, rows: dict[bytes, views.Written], told: dict[bytes, int]) -> views.Report:
    if rows:
        first = min(rows.values(), key=lambda row: row.seq)
        fault = "the audit log does not hold this transfer as it stands"
        return views.Report(seen, 0, fault, first.seq, first.transfer.id, first.transfer.debit)
    if told:
        return views.Report(seen, 0, f"a transfer that entry {min(told.values())} of the audit log tells of is gone")
    return views.Report(seen, 0)


async def _rows(db: transaction.Database, xid: str) -> AsyncIterator[list[views.Written]]:
    after = 0
    while True:
        page = functools.partial(reading.settled, xid=xid, after=after, limit=PAGE)
        found = await db.read("ledger.compare.rows", page, seconds_max=SECONDS_MAX)
        yield found
        if len(found) < PAGE:
            return
        after = found[-1].seq


async def _told(db: transaction.Database, xid: str) -> AsyncIterator[tuple[int, bytes]]:
    after = 0
    while True:
        page = functools.partial(repo.told, xid=xid, after=after, limit=PAGE)
        found = await db.read("ledger.compare.told", page, seconds_max=SECONDS_MAX)
        for each in found:
            yield each
        if len(found) < PAGE:
            return
        after = found[-1][0]
