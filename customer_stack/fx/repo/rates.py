"""Sources, what they said, and the time by which quotes are judged."""

from collections.abc import Sequence
from datetime import datetime

from boundary.kernel.runtime import transaction
from customer_stack.fx import model

_SOURCE = """
WITH made AS (INSERT INTO fx_source (adapter, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id)
SELECT id FROM made UNION ALL SELECT id FROM fx_source WHERE adapter = $1 AND origin = $2"""
_KEEP = """
INSERT INTO fx_rate (source, base, quote, bid, ask, as_of, payload)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::timestamptz[], $7::bytea[])
RETURNING id"""
_NEWEST = """
SELECT r.id, s.adapter, s.origin, r.base, r.quote, r.bid, r.ask, r.as_of, r.fetched_at, r.payload,
  (SELECT (p.bid + p.ask) / 2 FROM fx_rate p
   WHERE p.source = r.source AND p.base = r.base AND p.quote = r.quote AND p.id < r.id ORDER BY p.id DESC LIMIT 1)
    AS previous
FROM unnest($1::text[], $2::text[]) AS w(base, quote) CROSS JOIN fx_source s
  CROSS JOIN LATERAL (
    SELECT * FROM fx_rate f WHERE f.source = s.id AND f.base = w.base AND f.quote = w.quote ORDER BY f.id DESC LIMIT 1
  ) AS r
ORDER BY r.id"""
_HISTORY = """
SELECT r.id, s.adapter, s.origin, r.base, r.quote, r.bid, r.ask, r.as_of, r.fetched_at, r.payload,
  NULL::numeric AS previous
FROM fx_rate r JOIN fx_source s ON s.id = r.source ORDER BY r.id DESC LIMIT $1"""
_MOMENT = "SELECT greatest(clock_timestamp(), (SELECT high FROM fx_clock))"
_RAISE = """
INSERT INTO fx_clock (id, high) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET high = excluded.high WHERE fx_clock.high < excluded.high"""


async def keep(tx: transaction.Tx, source: model.Source, said: Sequence[model.Observation]) -> list[int]:
    """Write down what a source said; the numbers of the rows."""
    number = await tx.value(_SOURCE, source.adapter, source.origin)
    rows = await tx.fetch(
        _KEEP,
        number,
        [each.pair.base for each in said],
        [each.pair.quote for each in said],
        [each.bid for each in said],
        [each.ask for each in said],
        [each.as_of for each in said],
        [each.payload for each in said],
    )
    return [row["id"] for row in rows]


async def newest(tx: transaction.Tx, pairs: Sequence[model.Pair]) -> list[model.Stored]:
    """What each source said last of each of the pairs."""
    rows = await tx.fetch(_NEWEST, [each.base for each in pairs], [each.quote for each in pairs])
    return [_stored(row) for row in rows]


async def history(tx: transaction.Tx, limit: int) -> list[model.Stored]:
    return [_stored(row) for row in await tx.fetch(_HISTORY, limit)]


async def moment(tx: transaction.Tx) -> datetime:
    """The later of the database's time and the highest time that was written down."""
    found: datetime = await tx.value(_MOMENT)
    return found


async def raise_high(tx: transaction.Tx, at: datetime) -> None:
    """Write the time down, if it is the highest. The last statement of its transaction, for the row is everybody's."""
    await tx.execute(_RAISE, at)


def _stored(row: transaction.Record) -> model.Stored:
    return model.Stored(
        id=row["id"],
        source=model.Source(row["adapter"], row["origin"]),
        pair=model.Pair(row["base"], row["quote"]),
        bid=row["bid"],
        ask=row["ask"],
        as_of=row["as_of"],
        fetched_at=row["fetched_at"],
        payload=row["payload"],
        previous=row["previous"],
    )
