"""What a batch needs to know of the books, held, and how its outcome is written."""

import collections
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.ledger import model
from customer_stack.ledger.rules import reference

_HOLD = "SELECT * FROM ledger_hold($1, $2)"
_KNOWN = "SELECT * FROM ledger_known($1, $2)"
_APPLY = "SELECT ledger_apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
_POST = "SELECT ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
_REFUSE = "SELECT ledger_refuse($1, $2)"
_CLOSE = "SELECT ledger_close($1, $2)"
_ALARM = """
INSERT INTO ledger_alarm (transfer, account, reason) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])"""
_RECALL = "SELECT key, input, answer FROM ledger_command WHERE key = ANY($1)"
_REMEMBER = "SELECT ledger_remember($1, $2, $3)"
_DUE = "SELECT id FROM ledger_timer WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"

_NOT_CLEARED = "ledger_warrant"

REFUSED = 1 << 15
"""The mark of a row that is no transfer but a spent id."""
_ENDED = {
    int(model.Flag.POST): model.Resolution.POSTED,
    int(model.Flag.VOID): model.Resolution.VOIDED,
    int(model.Flag.EXPIRE): model.Resolution.EXPIRED,
}


class Held(NamedTuple):
    """The accounts that exist, locked until the transaction ends, and the last time that any of them moved."""

    accounts: dict[UUID, model.Account]
    last_at: datetime | None


async def hold(tx: transaction.Tx, accounts: Collection[UUID], pendings: Collection[UUID]) -> Held:
    """Lock the accounts, and those of the pending transfers, in the order of their ids."""
    rows = await tx.fetch(_HOLD, list(accounts), list(pendings))
    found = {}
    last_at: datetime | None = None
    for account, asset, code, flags, version, at, *small, large in rows:
        dp, dpo, cp, cpo = small if large is None else map(int, large)  # text only where 64 bits are too few
        found[account] = model.Account(
            account, asset, code, flags, None, model.NIL, 0, 0, dp, dpo, cp, cpo, version
        )  # fmt: skip
        if version and (last_at is None or at > last_at):
            last_at = at
    return Held(found, last_at)


async def known(tx: transaction.Tx, ids: Collection[UUID], reversed_: Collection[UUID], books: reference.Books) -> None:
    """Tell the books of every transfer with one of these ids, or that reverses one of those."""
    for row in await tx.fetch(_KNOWN, list(ids), list(reversed_)):
        if row["flags"] & REFUSED:
            books.failed.add(row["id"])
            continue
        made = transfer(row)
        books.transfers[made.id] = made
        if made.flags & model.Flag.PENDING:
            state = resolution(row["ended"])
            expires = row["posted_at"] + timedelta(seconds=made.timeout) if made.timeout else reference.TIME_MAX
            books.pending[made.id] = (state, expires)


def resolution(ended: int | None) -> model.Resolution:
    """What became of a pending transfer, by the flags of the one that ended it."""
    if ended is None:
        return model.Resolution.PENDING
    return _ENDED[ended & (model.Flag.POST | model.Flag.VOID | model.Flag.EXPIRE)]


def transfer(row: transaction.Record) -> model.Transfer:
    """A row as the transfer that was asked for, with what the ledger filled in."""
    return model.Transfer(
        id=row["id"],
        debit=row["debit"],
        credit=row["credit"],
        amount=int(row["amount"]),
        asset=row["asset"],
        code=row["code"],
        flags=row["flags"],
        pending_id=row["pending_id"] or model.NIL,
        timeout=row["timeout"],
        reference=row["reference"] or model.NIL,
        tag64=row["tag64"] or 0,
        tag32=row["tag32"] or 0,
        effective_at=row["effective_at"],
        reverses=row["reverses"] or model.NIL,
        verdict=row.get("verdict"),
        cause=model.Cause(row.get("cause") or 0),
    )


async def post(tx: transaction.Tx, at: datetime, rows: Sequence[model.Applied]) -> datetime | None:
    """Hold, check and write in one call what is plain. When, or nothing: then it is not, and nothing was done."""
    ts = [row.transfer for row in rows]
    moment: datetime | None = await tx.value(
        _POST,
        at,
        [t.id for t in ts],
        [t.debit for t in ts],
        [t.credit for t in ts],
        [t.asset for t in ts],
        [str(t.amount) for t in ts],
        [t.code for t in ts],
        [int(t.flags) for t in ts],
        _used([_given(t.reference) for t in ts]),
        _used([t.tag64 or None for t in ts]),
        _used([t.tag32 or None for t in ts]),
        _places(rows),
        _used([t.verdict for t in ts]),
        _used([int(t.cause) or None for t in ts]),
    )
    return moment


async def apply(tx: transaction.Tx, at: datetime, rows: Sequence[model.Applied]) -> None:
    """Write transfers and balances."""
    ts = [row.transfer for row in rows]
    arguments = (
        at,
        [t.id for t in ts],
        [t.debit for t in ts],
        [t.credit for t in ts],
        [t.asset for t in ts],
        [str(t.amount) for t in ts],
        _used([str(row.released) if row.released else None for row in rows]),
        [t.code for t in ts],
        [int(t.flags) for t in ts],
        _used([_given(t.pending_id) for t in ts]),
        _used([t.timeout or None for t in ts]),
        _used([_given(t.reference) for t in ts]),
        _used([t.tag64 or None for t in ts]),
        _used([t.tag32 or None for t in ts]),
        _used([t.effective_at for t in ts]),
        _used([_given(t.reverses) for t in ts]),
        _places(rows),
        _used([t.verdict for t in ts]),
        _used([int(t.cause) or None for t in ts]),
    )
    try:
        await tx.value(_APPLY, *arguments)
    except transaction.BrokenCheck as refusal:
        if str(refusal).startswith(_NOT_CLEARED):
            raise model.NotCleared("no verdict and no cause lets this leave the account") from None
        raise


def _places(rows: Sequence[model.Applied]) -> list[int | None] | None:
    """Of each row in a chain the place of the chain's first transfer among the rows, from 1."""
    if len({row.chain for row in rows}) == len(rows):
        return None
    sizes = collections.Counter(row.chain for row in rows)
    places = {row.chain: place for place, row in reversed(list(enumerate(rows, start=1)))}
    return [places[row.chain] if sizes[row.chain] > 1 else None for row in rows]


def _used(column: list[Any]) -> list[Any] | None:
    """Nothing where a column has nothing: the driver looks at every element, and the database fills in NULLs itself."""
    return column if any(each is not None for each in column) else None


def _given(id_: UUID) -> UUID | None:
    return None if id_ is model.NIL or id_ == model.NIL else id_


async def refuse(tx: transaction.Tx, at: datetime, ids: Sequence[UUID]) -> None:
    """Spend the ids."""
    await tx.execute(_REFUSE, at, list(ids))


async def close(tx: transaction.Tx, closed: Sequence[UUID], opened: Sequence[UUID]) -> None:
    await tx.execute(_CLOSE, list(closed), list(opened))


async def alarm(tx: transaction.Tx, alarms: Sequence[model.Alarm]) -> None:
    await tx.execute(
        _ALARM,
        [each.transfer for each in alarms],
        [each.account for each in alarms],
        [each.reason.value for each in alarms],
    )


async def recall(tx: transaction.Tx, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """By key, the digest of the input that it came with and the stored answer."""
    return {row["key"]: (row["input"], row["answer"]) for row in await tx.fetch(_RECALL, list(keys))}


async def remember(tx: transaction.Tx, answers: Sequence[tuple[bytes, bytes, bytes]]) -> None:
    """Keep answers; a key that somebody else has used meanwhile makes the transaction run again."""
    await tx.execute(_REMEMBER, *(list(column) for column in zip(*answers, strict=True)))


async def due(tx: transaction.Tx, now: datetime, limit: int) -> list[UUID]:
    """Pending transfers whose time is up, the longest overdue first."""
    return [row["id"] for row in await tx.fetch(_DUE, now, limit)]
