"""What was heard of books.

price_feed      one row: how far the feed was heard, and the newest revision of what follows from it
price_book      the newest state of each book, with the revision in which it last changed
price_trade     every trade that was heard of
price_candle    every candle
price_history   how far the trades and the candles of each span are complete
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.prices import model

PHASE = postgresql.ENUM(*(each.value for each in model.Phase), name="price_phase", metadata=schema.METADATA)
SIDE = postgresql.ENUM(*(each.value for each in model.Side), name="price_side", metadata=schema.METADATA)
SPAN = postgresql.ENUM(*(each.value for each in model.Span), name="price_span", metadata=schema.METADATA)
SERIES = postgresql.ENUM(*(each.value for each in model.Series), name="price_series", metadata=schema.METADATA)

FEED = sa.Table(
    "price_feed",
    schema.METADATA,
    sa.Column("one", sa.Boolean(), sa.CheckConstraint("one"), primary_key=True, server_default=sa.true()),
    sa.Column("run", schema.KERNEL.counter, nullable=False),
    sa.Column("sequence", schema.KERNEL.counter, nullable=False),
    sa.Column("revision", schema.KERNEL.counter, nullable=False),
    sa.Column("heard_at", schema.KERNEL.moment, nullable=False),
)

BOOK = sa.Table(
    "price_book",
    schema.METADATA,
    sa.Column("instrument", schema.KERNEL.ref, primary_key=True),
    sa.Column("revision", schema.KERNEL.counter, nullable=False),
    sa.Column("sequence", schema.KERNEL.counter, nullable=False),
    sa.Column("phase", PHASE, nullable=False),
    sa.Column("indicative_ticks", schema.KERNEL.counter, nullable=False),
    sa.Column("indicative_lots", schema.KERNEL.counter, nullable=False),
    sa.Column("levels", postgresql.JSONB(), nullable=False),
    sa.Column("trade_number", schema.KERNEL.counter, nullable=False),
    sa.Column("trade_ticks", schema.KERNEL.counter, nullable=False),
    sa.Column("trade_at", schema.KERNEL.moment),
    sa.Column("day_open", schema.KERNEL.counter, nullable=False),
    sa.Column("day_high", schema.KERNEL.counter, nullable=False),
    sa.Column("day_low", schema.KERNEL.counter, nullable=False),
    sa.Column("day_lots", schema.KERNEL.counter, nullable=False),
    sa.Column("day_trades", schema.KERNEL.counter, nullable=False),
    sa.Index("price_book_revision", "revision"),
)

TRADE = sa.Table(
    "price_trade",
    schema.METADATA,
    sa.Column("instrument", schema.KERNEL.ref, primary_key=True),
    sa.Column("number", schema.KERNEL.counter, primary_key=True, autoincrement=False),
    sa.Column("ticks", schema.KERNEL.counter, nullable=False),
    sa.Column("lots", schema.KERNEL.counter, nullable=False),
    sa.Column("side", SIDE, nullable=False),
    sa.Column("auction", sa.Boolean(), nullable=False),
    sa.Column("at", schema.KERNEL.moment, nullable=False),
)

CANDLE = sa.Table(
    "price_candle",
    schema.METADATA,
    sa.Column("instrument", schema.KERNEL.ref, primary_key=True),
    sa.Column("span", SPAN, primary_key=True),
    sa.Column("first", schema.KERNEL.counter, primary_key=True, autoincrement=False),
    sa.Column("last", schema.KERNEL.counter, nullable=False),
    sa.Column("opens_at", schema.KERNEL.moment, nullable=False),
    sa.Column("open", schema.KERNEL.counter, nullable=False),
    sa.Column("high", schema.KERNEL.counter, nullable=False),
    sa.Column("low", schema.KERNEL.counter, nullable=False),
    sa.Column("close", schema.KERNEL.counter, nullable=False),
    sa.Column("lots", schema.KERNEL.counter, nullable=False),
)

HISTORY = sa.Table(
    "price_history",
    schema.METADATA,
    sa.Column("instrument", schema.KERNEL.ref, primary_key=True),
    sa.Column("series", SERIES, primary_key=True),
    sa.Column("reached", schema.KERNEL.counter, nullable=False),
    sa.Column("newest", schema.KERNEL.counter, nullable=False),
)
"""`reached`: the newest trade up to which nothing is missing. `newest`: the newest that was heard of."""

for _table in (FEED, BOOK, HISTORY):
    schema.describe(_table, schema.technical(schema.Purpose.SERVICE, schema.Retention.TRANSIENT))
for _table in (TRADE, CANDLE):
    schema.describe(_table, schema.technical(schema.Purpose.SERVICE))
