"""Candles, folded from the trades of the books."""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"

_STATEMENTS = (
    """\
CREATE TYPE clob_candle_span AS ENUM ('minute', 'five_minutes', 'quarter', 'hour', 'four_hours', 'day')""",
    """\
CREATE TABLE clob_candle (
    instrument ref NOT NULL,
    span clob_candle_span NOT NULL,
    first counter NOT NULL,
    last counter NOT NULL,
    opens_at moment NOT NULL,
    open ticks NOT NULL,
    high ticks NOT NULL,
    low ticks NOT NULL,
    close ticks NOT NULL,
    lots counter NOT NULL,
    PRIMARY KEY (instrument, span, first)
)""",
    """\
CREATE TABLE clob_candle_place (
    instrument ref NOT NULL,
    folded counter DEFAULT '0' NOT NULL,
    PRIMARY KEY (instrument)
)""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup from before instead")
