"""What is heard of books: their newest state, every trade, candles, and how far these are complete."""

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"

_STATEMENTS = (
    """\
CREATE TYPE price_phase AS ENUM ('open', 'auction', 'halted')""",
    """\
CREATE TYPE price_series AS ENUM ('trades', 'minute', 'five_minutes', 'quarter', 'hour', 'four_hours', 'day')""",
    """\
CREATE TYPE price_side AS ENUM ('buy', 'sell')""",
    """\
CREATE TYPE price_span AS ENUM ('1m', '5m', '15m', '1h', '4h', '1d')""",
    """\
CREATE TABLE price_book (
    instrument UUID NOT NULL,
    revision BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    phase price_phase NOT NULL,
    indicative_ticks BIGINT NOT NULL,
    indicative_lots BIGINT NOT NULL,
    levels JSONB NOT NULL,
    trade_number BIGINT NOT NULL,
    trade_ticks BIGINT NOT NULL,
    trade_at TIMESTAMP WITH TIME ZONE,
    day_open BIGINT NOT NULL,
    day_high BIGINT NOT NULL,
    day_low BIGINT NOT NULL,
    day_lots BIGINT NOT NULL,
    day_trades BIGINT NOT NULL,
    PRIMARY KEY (instrument)
)""",
    """\
CREATE INDEX price_book_revision ON price_book (revision)""",
    """\
CREATE TABLE price_candle (
    instrument UUID NOT NULL,
    span price_span NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE NOT NULL,
    open BIGINT NOT NULL,
    high BIGINT NOT NULL,
    low BIGINT NOT NULL,
    close BIGINT NOT NULL,
    lots BIGINT NOT NULL,
    PRIMARY KEY (instrument, span, first)
)""",
    """\
CREATE TABLE price_feed (
    one BOOLEAN DEFAULT true NOT NULL CHECK (one),
    run BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (one)
)""",
    """\
CREATE TABLE price_history (
    instrument UUID NOT NULL,
    series price_series NOT NULL,
    reached BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    PRIMARY KEY (instrument, series)
)""",
    """\
CREATE TABLE price_trade (
    instrument UUID NOT NULL,
    number BIGINT NOT NULL,
    ticks BIGINT NOT NULL,
    lots BIGINT NOT NULL,
    side price_side NOT NULL,
    auction BOOLEAN NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (instrument, number)
)""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup from before instead")
