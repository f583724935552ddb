"""The customer side's copy of the register, and the public documents that instruments name."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.markets import model

DOCUMENT_STATE = postgresql.ENUM(
    *(each.value for each in model.DocumentState), name="document_state", metadata=schema.METADATA
)
STATE = postgresql.ENUM(*(each.value for each in model.State), name="instrument_state", metadata=schema.METADATA)

INSTRUMENT = sa.Table(
    "instrument",
    schema.METADATA,
    sa.Column("ref", schema.KERNEL.ref, primary_key=True),
    sa.Column("route", sa.Text(), nullable=False),
    sa.Column("product", sa.Text(), nullable=False),
    sa.Column("state", STATE, nullable=False),
    sa.Column("tick_size", schema.KERNEL.counter, nullable=False),
    sa.Column("lot_size", schema.KERNEL.counter, nullable=False),
    sa.Column("price_max", schema.KERNEL.counter, nullable=False),
    sa.Column("cap_lots", schema.KERNEL.counter, nullable=False),
    sa.Column("opens_at", schema.KERNEL.moment, nullable=False),
    sa.Column("closes_at", schema.KERNEL.moment, nullable=False),
    sa.Column("document", schema.KERNEL.hash32, nullable=False),
    sa.Column("heard_at", schema.KERNEL.moment, nullable=False, server_default=sa.text("now()")),
    sa.Column("grid", postgresql.JSONB(), nullable=False, server_default="[]"),
)
schema.describe(INSTRUMENT, schema.technical(schema.Purpose.SERVICE))

MARKET_FEED = sa.Table(
    "market_feed",
    schema.METADATA,
    sa.Column("one", sa.Boolean(), sa.CheckConstraint("one"), primary_key=True, server_default=sa.true()),
    sa.Column("run", schema.KERNEL.counter, nullable=False),
    sa.Column("sequence", schema.KERNEL.counter, nullable=False),
    sa.Column("heard_at", schema.KERNEL.moment, nullable=False),
)

MARKET_QUOTE = sa.Table(
    "market_quote",
    schema.METADATA,
    sa.Column("instrument", schema.KERNEL.ref, primary_key=True),
    sa.Column("state", STATE),
    sa.Column("reference_ticks", schema.KERNEL.counter),
    sa.Column("bid_ticks", schema.KERNEL.counter),
    sa.Column("bid_lots", schema.KERNEL.counter),
    sa.Column("ask_ticks", schema.KERNEL.counter),
    sa.Column("ask_lots", schema.KERNEL.counter),
    sa.Column("trade_ticks", schema.KERNEL.counter),
    sa.Column("trade_lots", schema.KERNEL.counter),
    sa.Column("traded_at", schema.KERNEL.moment),
    sa.Column("levels", postgresql.JSONB(), nullable=False),
)

MARKET_DOCUMENT = sa.Table(
    "market_document",
    schema.METADATA,
    sa.Column("hash", schema.KERNEL.hash32, primary_key=True),
    sa.Column("size", schema.KERNEL.counter, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("state", DOCUMENT_STATE, nullable=False, server_default=model.DocumentState.WANTED.value),
    sa.Column("code", sa.Text()),
    sa.Column("attempts", schema.KERNEL.counter, nullable=False, server_default="0"),
    sa.Column("next_at", schema.KERNEL.moment, nullable=False, server_default=sa.text("now()")),
    sa.Column("media_type", sa.Text()),
    sa.Column("content", sa.LargeBinary()),
    sa.Column("heard_at", schema.KERNEL.moment, nullable=False, server_default=sa.text("now()")),
    sa.Column("held_at", schema.KERNEL.moment),
    sa.CheckConstraint(
        "(state = 'held') = (content IS NOT NULL) AND (content IS NULL) = (media_type IS NULL)"
        " AND (content IS NULL OR octet_length(content) = size)",
        name="market_document_held",
    ),
    sa.Index("market_document_due", "next_at", postgresql_where=sa.text("state <> 'held'")),
)
schema.describe(MARKET_DOCUMENT, schema.technical(schema.Purpose.SERVICE))
schema.describe(MARKET_FEED, schema.technical(schema.Purpose.SERVICE, schema.Retention.TRANSIENT))
schema.describe(MARKET_QUOTE, schema.technical(schema.Purpose.SERVICE, schema.Retention.TRANSIENT))
