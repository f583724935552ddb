"""Orders and trades, newest first, for operators."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

_ORDERS = """
SELECT b.instrument, o.id, p.channel, p.participant, o.epoch, o.sequence, o.position, o.side::text, o.price, o.open, o.filled,
  o.state::text, o.reason
FROM clob_order o JOIN clob_book b ON b.number = o.book LEFT JOIN clob_participant p ON p.id = o.participant
WHERE ($1::uuid IS NULL OR b.instrument = $1) AND ($2::uuid IS NULL OR p.channel = $2)
  AND ($3::uuid IS NULL OR p.participant = $3) AND ($4::text IS NULL OR o.state = $4::clob_order_state)
  AND ($5::bigint IS NULL OR o.id < $5)
ORDER BY o.book DESC, o.id DESC LIMIT $6"""
_TRADES = """
SELECT t.instrument, t.number, t.price, t.lots, t.taker_side::text, t.auction, t.taker, t.maker,
  taker.channel, maker.channel, t.at
FROM clob_trade t JOIN clob_book b ON b.instrument = t.instrument
LEFT JOIN clob_order x ON (x.book, x.id) = (b.number, t.taker) LEFT JOIN clob_participant taker ON taker.id = x.participant
LEFT JOIN clob_order y ON (y.book, y.id) = (b.number, t.maker) LEFT JOIN clob_participant maker ON maker.id = y.participant
WHERE ($1::uuid IS NULL OR t.instrument = $1) AND ($2::uuid IS NULL OR $2 IN (taker.channel, maker.channel))
  AND ($3::bigint IS NULL OR t.number < $3)
ORDER BY b.number DESC, t.number DESC LIMIT $4"""


class Order(NamedTuple):
    instrument: UUID
    id: int
    channel: UUID | None
    participant: UUID | None
    epoch: int
    sequence: int
    position: int
    side: str
    price: int
    open: int
    filled: int
    state: str
    reason: int


class Trade(NamedTuple):
    instrument: UUID
    number: int
    price: int
    lots: int
    taker_side: str
    auction: bool
    taker: int
    maker: int
    taker_channel: UUID | None
    maker_channel: UUID | None
    at: datetime


async def orders(
    tx: transaction.Tx,
    *,
    instrument: UUID | None,
    channel: UUID | None,
    participant: UUID | None,
    state: str | None,
    before: int | None,
    limit: int,
) -> list[Order]:
    """Of all books or one, by descending id."""
    rows = await tx.fetch(_ORDERS, instrument, channel, participant, state, before, limit)
    return [Order(*row) for row in rows]


async def trades(
    tx: transaction.Tx, *, instrument: UUID | None, channel: UUID | None, before: int | None, limit: int
) -> list[Trade]:
    """Of all books or one, by descending number."""
    return [Trade(*row) for row in await tx.fetch(_TRADES, instrument, channel, before, limit)]
