"""Sources and their rates, quotes, conversions, positions, and the highest time that was ever written down.

That a quote is used once is the database's own doing: a conversion names its quote, each quote at most once, and the
pair of quote and state that it refers to exists only while the quote is `used`. So no quote is converted twice, none
that expired or was cancelled is, and a used one never becomes anything else.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.fx import model
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32
NOW = sa.text("now()")

QUOTE_STATE = postgresql.ENUM(
    *(each.value for each in model.QuoteState), name="fx_quote_state", metadata=schema.METADATA
)
HEDGE_STATE = postgresql.ENUM(
    *(each.value for each in model.HedgeState), name="fx_hedge_state", metadata=schema.METADATA
)
SIDE = postgresql.ENUM(*(each.value for each in model.Side), name="fx_side", metadata=schema.METADATA)

SOURCE = sa.Table(
    "fx_source",
    schema.METADATA,
    columns.numbered("fx_source", schema.METADATA, schema.KERNEL),
    sa.Column("adapter", sa.Text(), nullable=False),
    sa.Column("origin", sa.Text(), nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("adapter", "origin"),
)

RATE = sa.Table(
    "fx_rate",
    schema.METADATA,
    columns.numbered("fx_rate", schema.METADATA, schema.KERNEL),
    sa.Column("source", COUNTER, sa.ForeignKey("fx_source.id"), nullable=False),
    sa.Column("base", sa.Text(), nullable=False),
    sa.Column("quote", sa.Text(), nullable=False),
    sa.Column("bid", sa.Numeric(), nullable=False),
    sa.Column("ask", sa.Numeric(), nullable=False),
    sa.Column("as_of", MOMENT, nullable=False),
    sa.Column("fetched_at", MOMENT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("payload", HASH, nullable=False),
    sa.CheckConstraint("bid > 0 AND ask > 0"),
    sa.Index("fx_rate_newest", "source", "base", "quote", "id"),
)

QUOTE = sa.Table(
    "fx_quote",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("base", sa.Text(), nullable=False),
    sa.Column("quote", sa.Text(), nullable=False),
    sa.Column("side", SIDE, nullable=False),
    sa.Column("sell", sa.Text(), nullable=False),
    sa.Column("buy", sa.Text(), nullable=False),
    sa.Column("sell_units", COUNTER, nullable=False),
    sa.Column("buy_units", COUNTER, nullable=False),
    sa.Column("fee_units", COUNTER, nullable=False),
    sa.Column("residue_units", COUNTER, nullable=False),
    sa.Column("residue_of", SIDE, nullable=False),
    sa.Column("base_units", COUNTER, nullable=False),
    sa.Column("quote_units", COUNTER, nullable=False),
    sa.Column("volume", COUNTER, nullable=False),
    sa.Column("sell_account", REF, nullable=False),
    sa.Column("buy_account", REF, nullable=False),
    sa.Column("document", schema.KERNEL.coded, nullable=False),
    sa.Column("signature", schema.KERNEL.signature64, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("state", QUOTE_STATE, nullable=False, server_default="active"),
    sa.Column("ended_at", MOMENT),
    sa.UniqueConstraint("id", "state"),
    sa.CheckConstraint("sell_units > 0 AND buy_units > 0 AND fee_units >= 0 AND residue_units >= 0"),
    sa.CheckConstraint("(state = 'active') = (ended_at IS NULL) AND (state <> 'used' OR ended_at < expires_at)"),
    sa.Index("fx_quote_account", "account", "id"),
    sa.Index("fx_quote_due", "expires_at", postgresql_where=sa.text("state = 'active'")),
    sa.Index("fx_quote_open", "account", postgresql_where=sa.text("state = 'active'")),
)

CONVERSION = sa.Table(
    "fx_conversion",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("quote", REF, nullable=False, unique=True),
    sa.Column("state", QUOTE_STATE, nullable=False, server_default="used"),
    sa.Column("account", REF, nullable=False),
    sa.Column("key", HASH, nullable=False, unique=True),
    sa.Column("input", HASH, nullable=False),
    sa.Column("verdict", REF, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Column("receipt", schema.KERNEL.coded, nullable=False),
    sa.ForeignKeyConstraint(["quote", "state"], ["fx_quote.id", "fx_quote.state"]),
    sa.CheckConstraint("state = 'used'"),
    sa.Index("fx_conversion_account", "account", "id"),
)

CLOCK = sa.Table(
    "fx_clock",
    schema.METADATA,
    sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
    sa.Column("high", MOMENT, nullable=False),
    sa.CheckConstraint("id = 1"),
)

EXPOSURE = sa.Table(
    "fx_exposure",
    schema.METADATA,
    sa.Column("base", sa.Text(), primary_key=True),
    sa.Column("quote", sa.Text(), primary_key=True),
    sa.Column("account", REF, primary_key=True),
    sa.Column("open_units", COUNTER, nullable=False),
    sa.CheckConstraint("open_units >= 0"),
)

VOLUME = sa.Table(
    "fx_volume",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("month", sa.Date(), primary_key=True),
    sa.Column("volume", COUNTER, nullable=False),
)

POSITION = sa.Table(
    "fx_position",
    schema.METADATA,
    sa.Column("base", sa.Text(), primary_key=True),
    sa.Column("quote", sa.Text(), primary_key=True),
    sa.Column("base_units", COUNTER, nullable=False),
    sa.Column("quote_units", COUNTER, nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

HEDGE = sa.Table(
    "fx_hedge",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("base", sa.Text(), nullable=False),
    sa.Column("quote", sa.Text(), nullable=False),
    sa.Column("provider", sa.Text(), nullable=False),
    sa.Column("base_minor", COUNTER, nullable=False),
    sa.Column("base_units", COUNTER, nullable=False),
    sa.Column("state", HEDGE_STATE, nullable=False, server_default="planned"),
    sa.Column("handle", sa.Text(), nullable=False, server_default=""),
    sa.Column("attempts", COUNTER, nullable=False, server_default="0"),
    sa.Column("quote_minor", COUNTER),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("base_minor <> 0 AND (state = 'done') = (quote_minor IS NOT NULL)"),
    sa.Index(
        "fx_hedge_open",
        "base",
        "quote",
        unique=True,
        postgresql_where=sa.text("state IN ('planned', 'sending', 'unknown')"),
    ),
)

APPEND_ONLY = ("fx_source", "fx_rate", "fx_conversion")
"""What is never changed nor deleted. Of a quote only its end is added."""

_MONEY = schema.handling(Category.FINANCIAL, Purpose.LAW, Retention.LAW)
_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)
_EVIDENCE = schema.technical(Purpose.EVIDENCE, Retention.LAW)
schema.describe(SOURCE, schema.technical(Purpose.EVIDENCE))
schema.describe(RATE, schema.technical(Purpose.EVIDENCE))
schema.describe(
    QUOTE,
    _EVIDENCE,
    id=_WHOSE,
    account=_WHOSE,
    sell_account=_WHOSE,
    buy_account=_WHOSE,
    document=_MONEY,
    **dict.fromkeys(
        ("sell_units", "buy_units", "fee_units", "residue_units", "base_units", "quote_units", "volume"), _MONEY
    ),
)
schema.describe(CONVERSION, _EVIDENCE, id=_WHOSE, quote=_WHOSE, account=_WHOSE, verdict=_WHOSE, receipt=_MONEY)
schema.describe(CLOCK, schema.technical())
schema.describe(EXPOSURE, schema.technical(), account=_WHOSE, open_units=_MONEY)
schema.describe(VOLUME, schema.technical(), account=_WHOSE, volume=_MONEY)
schema.describe(POSITION, schema.technical())
schema.describe(HEDGE, schema.technical(Purpose.EVIDENCE))
