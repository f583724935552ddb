"""Quotes, and what they put at stake while they are active."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.fx import model, tables

EVERYBODY = UUID(int=0)
"""In place of an account: the row that counts a whole pair."""

_QUOTES = """
SELECT id, account, base, quote, side::text, sell, buy, sell_units, buy_units, fee_units, residue_units,
  residue_of::text, base_units, quote_units, volume, sell_account, buy_account, document, signature, created_at,
  expires_at, state::text, ended_at
FROM fx_quote"""
_LOCK = f"{_QUOTES} WHERE id = ANY($1) ORDER BY id FOR UPDATE"
_FIND = f"{_QUOTES} WHERE id = ANY($1)"
_LISTED = f"""{_QUOTES}
WHERE ($1::uuid IS NULL OR account = $1) AND ($2::fx_quote_state IS NULL OR state = $2)
  AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"""
_OF_ACCOUNT = f"""{_QUOTES}
WHERE account = $1 AND ($2::fx_quote_state IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4"""
_DUE = f"""{_QUOTES}
WHERE state = 'active' AND expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED"""
_OPEN_OF = f"{_QUOTES} WHERE account = $1 AND state = 'active' ORDER BY id FOR UPDATE"
_END = "UPDATE fx_quote SET state = $2, ended_at = $3 WHERE id = ANY($1) AND state = 'active'"
_STAKE = """
INSERT INTO fx_exposure (base, quote, account, open_units) VALUES ($1, $2, $3, $5), ($1, $2, $4, $5)
ON CONFLICT (base, quote, account) DO UPDATE SET open_units = fx_exposure.open_units + excluded.open_units
RETURNING account, open_units"""
_STAKES = """
SELECT 1 FROM fx_exposure WHERE (base, quote, account) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[]))
ORDER BY base, quote, account FOR UPDATE"""
_FREE = """
UPDATE fx_exposure e SET open_units = e.open_units - f.units
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[]) AS f(base, quote, account, units)
WHERE e.base = f.base AND e.quote = f.quote AND e.account = f.account"""
_OPEN = "SELECT base, quote, open_units FROM fx_exposure WHERE account = $1 ORDER BY base, quote"
_ONE = "SELECT account, open_units FROM fx_exposure WHERE base = $1 AND quote = $2 AND account = ANY($3)"
_VOLUME = "SELECT volume FROM fx_volume WHERE account = $1 AND month = $2"


class Stake(NamedTuple):
    """What is open in a pair: of everybody, and of one account."""

    pair: int
    account: int


async def add(tx: transaction.Tx, quote: model.Quote) -> None:
    await tx.insert(
        tables.QUOTE,
        id=quote.id,
        account=quote.account,
        base=quote.pair.base,
        quote=quote.pair.quote,
        side=quote.side.value,
        sell=quote.sell,
        buy=quote.buy,
        sell_units=quote.sell_units,
        buy_units=quote.buy_units,
        fee_units=quote.fee_units,
        residue_units=quote.residue_units,
        residue_of=quote.residue_of.value,
        base_units=quote.base_units,
        quote_units=quote.quote_units,
        volume=quote.volume,
        sell_account=quote.sell_account,
        buy_account=quote.buy_account,
        document=quote.document,
        signature=quote.signature,
        created_at=quote.created_at,
        expires_at=quote.expires_at,
    )


async def lock(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Quote]:
    """In the order of their ids, so that two batches never wait for each other in a circle."""
    return {row["id"]: quote(row) for row in await tx.fetch(_LOCK, list(ids))}


async def find(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, model.Quote]:
    return {row["id"]: quote(row) for row in await tx.fetch(_FIND, list(ids))}


async def listed(
    tx: transaction.Tx, account: UUID | None, state: model.QuoteState | None, before: UUID | None, limit: int
) -> list[model.Quote]:
    """Newest first; without an account, everybody's."""
    text = _LISTED if account is None else _OF_ACCOUNT
    rows = await tx.fetch(text, account, state.value if state else None, before, limit)
    return [quote(row) for row in rows]


async def due(tx: transaction.Tx, at: datetime, limit: int) -> list[model.Quote]:
    """Active quotes whose time is over, locked; those that somebody is at are left out."""
    return [quote(row) for row in await tx.fetch(_DUE, at, limit)]


async def open_of(tx: transaction.Tx, account: UUID) -> list[model.Quote]:
    """An account's active quotes, locked."""
    return [quote(row) for row in await tx.fetch(_OPEN_OF, account)]


async def end(tx: transaction.Tx, quotes: Sequence[model.Quote], state: model.QuoteState, at: datetime) -> int:
    """End locked quotes, and free what they put at stake; how many."""
    if not quotes:
        return 0
    count = await tx.execute(_END, [each.id for each in quotes], state.value, at)
    freed: dict[tuple[str, str, UUID], int] = {}
    for each in quotes:
        for whose in (EVERYBODY, each.account):
            key = (each.pair.base, each.pair.quote, whose)
            freed[key] = freed.get(key, 0) + each.base_units
    bases, quotes_, whose_ = (list(column) for column in zip(*freed, strict=True))
    await tx.execute(_STAKES, bases, quotes_, whose_)
    await tx.execute(_FREE, bases, quotes_, whose_, list(freed.values()))
    return count


async def stake(tx: transaction.Tx, pair: model.Pair, account: UUID, units: int) -> Stake:
    """Count what a new quote puts at stake; what is open then."""
    rows = await tx.fetch(_STAKE, pair.base, pair.quote, EVERYBODY, account, units)
    return _stake(rows, account)


async def at_stake(tx: transaction.Tx, pair: model.Pair, account: UUID) -> Stake:
    return _stake(await tx.fetch(_ONE, pair.base, pair.quote, [EVERYBODY, account]), account)


def _stake(rows: Sequence[transaction.Record], account: UUID) -> Stake:
    found = {row["account"]: row["open_units"] for row in rows}
    return Stake(found.get(EVERYBODY, 0), found.get(account, 0))


async def exposures(tx: transaction.Tx) -> list[model.Exposure]:
    """What is open in each pair."""
    rows = await tx.fetch(_OPEN, EVERYBODY)
    return [model.Exposure(model.Pair(row["base"], row["quote"]), row["open_units"]) for row in rows]


async def volume(tx: transaction.Tx, account: UUID, month: date) -> int:
    return int(await tx.value(_VOLUME, account, month) or 0)


def quote(row: transaction.Record) -> model.Quote:
    return model.Quote(
        id=row["id"],
        account=row["account"],
        pair=model.Pair(row["base"], row["quote"]),
        side=model.Side(row["side"]),
        sell=row["sell"],
        buy=row["buy"],
        sell_units=row["sell_units"],
        buy_units=row["buy_units"],
        fee_units=row["fee_units"],
        residue_units=row["residue_units"],
        residue_of=model.Side(row["residue_of"]),
        base_units=row["base_units"],
        quote_units=row["quote_units"],
        volume=row["volume"],
        sell_account=row["sell_account"],
        buy_account=row["buy_account"],
        document=row["document"],
        signature=row["signature"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        state=model.QuoteState(row["state"]),
        ended_at=row["ended_at"],
    )
