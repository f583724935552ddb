"""The books: journal, engine, orders, trades and snapshots; and the numbers of fills on each channel."""

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"

_STATEMENTS = (
    """\
CREATE TYPE clob_order_state AS ENUM ('working', 'filled', 'cancelled', 'refused')""",
    """\
CREATE TYPE clob_side AS ENUM ('buy', 'sell')""",
    """\
CREATE SEQUENCE clob_participant_id""",
    """\
CREATE TABLE channel_fill (
    channel ref NOT NULL,
    last counter NOT NULL,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE clob_batch (
    shard counter NOT NULL,
    number counter NOT NULL,
    first counter NOT NULL,
    last counter NOT NULL,
    done BOOLEAN NOT NULL,
    events counter NOT NULL,
    payload coded,
    hash hash32 NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (shard, number)
)""",
    """\
CREATE TABLE clob_book (
    number counter NOT NULL,
    instrument ref NOT NULL,
    shard counter NOT NULL,
    next_order counter DEFAULT '1' NOT NULL,
    day_ends counter NOT NULL,
    next_day moment NOT NULL,
    window_seconds counter DEFAULT '0' NOT NULL,
    opened_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (instrument)
)""",
    """\
CREATE TABLE clob_command (
    shard counter NOT NULL,
    no counter NOT NULL,
    count counter NOT NULL,
    channel ref,
    epoch counter,
    sequence counter,
    position counter,
    payload coded NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (shard, no)
)""",
    """\
CREATE INDEX clob_command_intent ON clob_command (channel, epoch, sequence, position) WHERE position IS NOT NULL""",
    """\
CREATE TABLE clob_cursor (
    shard counter NOT NULL,
    epoch counter DEFAULT '0' NOT NULL,
    holder ref,
    until moment,
    batch counter DEFAULT '0' NOT NULL,
    command counter DEFAULT '0' NOT NULL,
    hash hash32 NOT NULL,
    PRIMARY KEY (shard)
)""",
    """\
CREATE TABLE clob_order (
    book counter NOT NULL,
    id counter NOT NULL,
    command counter NOT NULL,
    participant counter NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    position counter NOT NULL,
    side clob_side NOT NULL,
    price ticks NOT NULL,
    open lots NOT NULL,
    filled lots NOT NULL,
    state clob_order_state NOT NULL,
    reason counter NOT NULL,
    batch counter NOT NULL,
    PRIMARY KEY (book, id)
)
 WITH (fillfactor = 70)""",
    """\
CREATE TABLE clob_participant (
    id counter DEFAULT nextval('clob_participant_id') NOT NULL,
    participant ref NOT NULL,
    channel ref NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (participant)
)""",
    """\
CREATE TABLE clob_shard (
    shard counter NOT NULL,
    next counter DEFAULT '1' NOT NULL,
    PRIMARY KEY (shard)
)""",
    """\
CREATE TABLE clob_snapshot (
    shard counter NOT NULL,
    batch counter NOT NULL,
    command counter NOT NULL,
    parts counter NOT NULL,
    orders counter NOT NULL,
    digest hash32 NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (shard, batch)
)""",
    """\
CREATE TABLE clob_snapshot_part (
    shard counter NOT NULL,
    batch counter NOT NULL,
    part counter NOT NULL,
    payload coded NOT NULL,
    PRIMARY KEY (shard, batch, part)
)""",
    """\
CREATE TABLE clob_timer (
    book counter NOT NULL,
    at moment NOT NULL,
    PRIMARY KEY (book, at)
)""",
    """\
CREATE TABLE clob_trade (
    instrument ref NOT NULL,
    number counter NOT NULL,
    price ticks NOT NULL,
    lots lots NOT NULL,
    taker_side clob_side NOT NULL,
    auction BOOLEAN NOT NULL,
    taker counter NOT NULL,
    maker counter NOT NULL,
    batch counter NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (instrument, number)
)""",
    """\
ALTER TABLE clob_batch ALTER COLUMN payload SET STORAGE EXTERNAL""",
    """\
ALTER TABLE clob_command ALTER COLUMN payload SET STORAGE EXTERNAL""",
    """\
ALTER TABLE clob_snapshot_part ALTER COLUMN payload SET STORAGE EXTERNAL""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clob_command FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clob_batch FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clob_trade FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was matched cannot be unmatched; restore a backup from before instead")
