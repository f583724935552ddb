"""Conversions, the month's volumes and the house's positions, all written for a whole batch at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.fx import model

_CONVERSIONS = """
SELECT id, quote, account, key, input, verdict, at, receipt
FROM fx_conversion"""
_RECALL = f"{_CONVERSIONS} WHERE key = ANY($1)"
_OF_QUOTES = f"{_CONVERSIONS} WHERE quote = ANY($1)"
_FIND = f"{_CONVERSIONS} WHERE id = $1"
_LISTED = f"""{_CONVERSIONS}
WHERE account = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"""
_ADD = """
INSERT INTO fx_conversion (id, quote, account, key, input, verdict, at, receipt)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[], $6::uuid[], $7::timestamptz[],
  $8::bytea[]) ON CONFLICT (key) DO NOTHING"""
_VOLUMES = """
INSERT INTO fx_volume (account, month, volume) SELECT a, $2, v FROM unnest($1::uuid[], $3::bigint[]) AS u(a, v)
ORDER BY a
ON CONFLICT (account, month) DO UPDATE SET volume = fx_volume.volume + excluded.volume"""
_MOVE = """
INSERT INTO fx_position (base, quote, base_units, quote_units)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) ORDER BY 1, 2
ON CONFLICT (base, quote) DO UPDATE SET base_units = fx_position.base_units + excluded.base_units,
  quote_units = fx_position.quote_units + excluded.quote_units, changed_at = now()"""
_POSITIONS = """
SELECT p.base, p.quote, p.base_units, p.quote_units, coalesce((
  SELECT sum(h.base_units) FROM fx_hedge h
  WHERE h.base = p.base AND h.quote = p.quote AND h.state IN ('planned', 'sending', 'unknown')), 0)::bigint AS hedging
FROM fx_position p ORDER BY p.base, p.quote"""


class Kept(NamedTuple):
    """A conversion with the key that it was asked for under, and the digest of what was asked."""

    conversion: model.Conversion
    key: bytes
    input: bytes


async def recall(tx: transaction.Tx, keys: Sequence[bytes]) -> dict[bytes, Kept]:
    return {row["key"]: _kept(row) for row in await tx.fetch(_RECALL, list(keys))}


async def of_quotes(tx: transaction.Tx, quotes: Sequence[UUID]) -> dict[UUID, model.Conversion]:
    return {row["quote"]: _kept(row).conversion for row in await tx.fetch(_OF_QUOTES, list(quotes))}


async def find(tx: transaction.Tx, number: UUID) -> model.Conversion | None:
    row = await tx.row(_FIND, number)
    return None if row is None else _kept(row).conversion


async def listed(tx: transaction.Tx, account: UUID, before: UUID | None, limit: int) -> list[model.Conversion]:
    return [_kept(row).conversion for row in await tx.fetch(_LISTED, account, before, limit)]


async def add(tx: transaction.Tx, made: Sequence[Kept]) -> int:
    """How many were kept: fewer, if somebody has used one of the keys for another quote meanwhile."""
    return await tx.execute(
        _ADD,
        [each.conversion.id for each in made],
        [each.conversion.quote for each in made],
        [each.conversion.account for each in made],
        [each.key for each in made],
        [each.input for each in made],
        [each.conversion.verdict for each in made],
        [each.conversion.at for each in made],
        [each.conversion.receipt for each in made],
    )


async def count_volumes(tx: transaction.Tx, month: date, volumes: Mapping[UUID, int]) -> None:
    await tx.execute(_VOLUMES, list(volumes), month, list(volumes.values()))


async def move(tx: transaction.Tx, moved: Mapping[model.Pair, tuple[int, int]]) -> None:
    """Add to positions, in base and quote units."""
    await tx.execute(
        _MOVE,
        [each.base for each in moved],
        [each.quote for each in moved],
        [units[0] for units in moved.values()],
        [units[1] for units in moved.values()],
    )


async def positions(tx: transaction.Tx) -> list[model.Position]:
    return [
        model.Position(
            model.Pair(row["base"], row["quote"]), row["base_units"], row["quote_units"], int(row["hedging"])
        )
        for row in await tx.fetch(_POSITIONS)
    ]


def first_of_month(at: datetime) -> date:
    return date(at.year, at.month, 1)


def _kept(row: transaction.Record) -> Kept:
    made = model.Conversion(row["id"], row["quote"], row["account"], row["verdict"], row["at"], row["receipt"])
    return Kept(made, row["key"], row["input"])
