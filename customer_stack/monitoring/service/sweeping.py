"""Look at everything that was posted, in the order in which transactions ended, each movement once.

Rows get their numbers before their transactions end, so a number alone would skip whoever was slow. What is done is
counted by transactions: all below the watermark are over and were looked at. A batch, what it raised and how far it
came are one transaction, so a crash between two repeats nothing and leaves nothing out.
"""

from datetime import datetime
from typing import NamedTuple

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.monitoring import ports
from customer_stack.monitoring.repo import facts as repo
from customer_stack.monitoring.rules import operations as rules
from customer_stack.monitoring.service import judging, moves, reports, rulebook, watching
from customer_stack.vault import service as vault_service

NAME = "posted"
BATCH = 200


class Watch(NamedTuple):
    """Who looks, and with what."""

    vault: vault_service.Vault
    rates: ports.Rates
    people: ports.People
    random: ids.Ids
    batch: int = BATCH


async def step(tx: transaction.Tx, watch: Watch, now: datetime) -> bool:
    """One batch; whether there may be more. Without rules nothing is looked at, and nothing counts as looked at."""
    version, assets = await rulebook.ground(tx, now)
    if version is None:
        return False
    cursor = await repo.held_cursor(tx, NAME)
    place = await repo.place(tx)
    if not cursor.target:
        if place.next < cursor.watermark:  # another cluster: a restore began to count anew, and ids meet their marks
            cursor = cursor._replace(watermark=0, mark_xid=0, mark_seq=0)
        cursor = cursor._replace(target=place.oldest, position=cursor.low)
    rows = await repo.between(tx, cursor.position, cursor.watermark, cursor.target, watch.batch)
    found = [moves.read(row) for row in rows]
    if found:
        ops = [op for move in found for op in rules.operations(move)]
        said = await judging.judge(tx, ops, version.pack, assets, now, watch.rates)
        await watching.keep(tx, said, version, now, watch.random)
        await reports.draft_thresholds(
            tx, watch.vault, found, version, now, rates=watch.rates, people=watch.people, random=watch.random
        )
    if len(rows) == watch.batch:
        await repo.move_cursor(tx, NAME, cursor._replace(position=rows[-1]["seq"]), now)
        return True
    low = cursor.mark_seq if 0 < cursor.mark_xid <= cursor.target else cursor.low
    marks = (cursor.mark_xid, cursor.mark_seq) if cursor.mark_xid > cursor.target else (place.next, place.newest)
    await repo.move_cursor(tx, NAME, repo.Cursor(cursor.target, low, 0, 0, *marks), now)
    return False
