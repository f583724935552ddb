"""Tells what stands in the books: balances now and then, movements, statements, and the proof that a transfer is there."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from boundary.kernel import clock, errors, records
from boundary.kernel.runtime import transaction, verification
from customer_stack.ledger import model
from customer_stack.ledger.model import entries, views
from customer_stack.ledger.repo import accounts
from customer_stack.ledger.repo import reading as repo
from customer_stack.ledger.rules import statements

MOVEMENTS_MAX = 1000
STATEMENT_MAX = 100_000


class UnknownTransfer(errors.NotFound):
    """There is no such transfer, or none that the caller may see."""

    code = "ledger_transfer_unknown"


class StatementTooLong(errors.TooLarge):
    """The account moved more often on that day than one statement may list; page through its movements."""

    code = "ledger_statement_too_long"


async def transfers(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Stored]:
    return await repo.by_id(tx, ids)


async def transfer(tx: transaction.Tx, id_: UUID) -> tuple[model.Stored, list[model.Stored]]:
    """One transfer, and the chain that it is a link of, itself included."""
    found = (await repo.by_id(tx, [id_])).get(id_)
    if found is None:
        raise UnknownTransfer("there is no such transfer")
    return found, await repo.chain(tx, found.chain) if found.chain else [found]


async def proof(tx: transaction.Tx, id_: UUID) -> dict[str, Any]:
    """Where the audit log holds the transfer: its hash, the hash's place in an entry, and the entry's inclusion proof."""
    found, _ = await transfer(tx, id_)
    item = entries.item(found.transfer, found.released, clock.to_micros(found.posted_at))
    for number, payload in await repo.entries(tx, id_):
        entry = records.decode(payload, records.Entry)
        if isinstance(entry, entries.TransfersPosted) and (place := statements.place(entry.hashes, item)) is not None:
            return {"item": item.hex(), "place": place, "inclusion": await verification.proof(tx, number)}
    raise UnknownTransfer("the audit log does not hold this transfer as it stands")


async def movements(tx: transaction.Tx, account: UUID, filter_: views.Filter) -> list[views.Movement]:
    """A page of what moved the account."""
    if not 0 < filter_.limit <= MOVEMENTS_MAX or (filter_.since and filter_.until and filter_.since >= filter_.until):
        return []
    return await repo.movements(tx, account, filter_)


async def history(tx: transaction.Tx, account: UUID, filter_: views.Filter) -> list[views.Movement]:
    """The same, of accounts that were opened with the flag that asks for a history of balances."""
    found = (await accounts.by_id(tx, [account])).get(account)
    if found is None or not found.flags & model.AccountFlag.HISTORY:
        return []
    return await movements(tx, account, filter_)


async def as_of(tx: transaction.Tx, account: UUID, at: datetime, *, effective: bool = False) -> views.Balances:
    """The account's balances at a moment, by the time of posting or by the time that transfers say they count from."""
    return await (repo.as_of_effective if effective else repo.as_of)(tx, account, at)


async def statement(tx: transaction.Tx, account: UUID, day: date) -> views.Statement:
    """A day in UTC. That opening plus movements is closing is computed here, not assumed."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    tick = timedelta(microseconds=1)
    wanted = views.Filter(since=start, until=end, limit=STATEMENT_MAX + 1)
    found = [each.stored for each in await repo.movements(tx, account, wanted)]
    if len(found) > STATEMENT_MAX:
        raise StatementTooLong("too many movements for one statement", count_max=STATEMENT_MAX)
    opening, closing = await repo.as_of(tx, account, start - tick), await repo.as_of(tx, account, end - tick)
    statements.check(account, opening, found, closing)
    return views.Statement(account, day, opening, tuple(found), closing)


async def changes(tx: transaction.Tx, after: int, before: int | None, limit: int) -> list[views.Change]:
    """Everything that happened after a place in the books, for whoever follows them."""
    return await repo.changes(tx, after, before, min(limit, MOVEMENTS_MAX))


async def totals(tx: transaction.Tx) -> list[views.Total]:
    """The trial balance of this moment: one line for each asset."""
    return await repo.totals(tx)


async def alarms(tx: transaction.Tx, before: int | None, limit: int) -> list[tuple[int, UUID, UUID, str, datetime]]:
    """Recorded transfers that broke a bound, the newest first."""
    return await repo.alarms(tx, before, min(limit, MOVEMENTS_MAX))
