"""Tick tables, states behind an instrument's window, and everything of risk with its first limits."""

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

_STATEMENTS = (
    """\
ALTER TYPE instrument_state ADD VALUE 'closed'""",
    """\
ALTER TYPE instrument_state ADD VALUE 'resolved'""",
    """\
CREATE TYPE risk_category AS ENUM ('retail', 'professional', 'institution')""",
    """\
CREATE TYPE risk_cause AS ENUM ('all_stopped', 'channel_stopped', 'instrument_stopped', 'participant_stopped', 'blocked', 'not_allowed', 'cooling_down', 'order_value', 'daily_volume', 'open_orders', 'open_orders_here', 'open_notional', 'open_notional_here', 'position_value', 'orders_per_minute')""",
    """\
CREATE TYPE risk_listing AS ENUM ('allow', 'block')""",
    """\
CREATE TYPE risk_scope AS ENUM ('all', 'channel', 'instrument', 'participant')""",
    """\
CREATE SEQUENCE risk_finding_id""",
    """\
CREATE TABLE instrument_band (
    instrument ref NOT NULL,
    from_ticks ticks NOT NULL,
    step_ticks ticks NOT NULL,
    PRIMARY KEY (instrument, from_ticks),
    FOREIGN KEY(instrument) REFERENCES instrument (ref)
)""",
    """\
CREATE TABLE risk_account (
    participant ref NOT NULL,
    day counter DEFAULT '0' NOT NULL,
    traded amount DEFAULT '0' NOT NULL,
    open_orders counter DEFAULT '0' NOT NULL,
    open_value amount DEFAULT '0' NOT NULL,
    refusals counter DEFAULT '0' NOT NULL,
    cooling_until counter DEFAULT '0' NOT NULL,
    slot counter DEFAULT '0' NOT NULL,
    placed_0 counter DEFAULT '0' NOT NULL,
    placed_1 counter DEFAULT '0' NOT NULL,
    placed_2 counter DEFAULT '0' NOT NULL,
    placed_3 counter DEFAULT '0' NOT NULL,
    placed_4 counter DEFAULT '0' NOT NULL,
    placed_5 counter DEFAULT '0' NOT NULL,
    placed_6 counter DEFAULT '0' NOT NULL,
    PRIMARY KEY (participant)
)""",
    """\
CREATE TABLE risk_default (
    category risk_category NOT NULL,
    level counter NOT NULL,
    order_value amount,
    daily_volume amount,
    open_orders counter,
    open_notional amount,
    position_value amount,
    orders_per_minute counter,
    cooldown_after counter,
    cooldown_seconds counter,
    PRIMARY KEY (category, level)
)""",
    """\
CREATE TABLE risk_finding (
    id counter DEFAULT nextval('risk_finding_id') NOT NULL,
    channel ref NOT NULL,
    participant ref NOT NULL,
    instrument ref NOT NULL,
    cause risk_cause NOT NULL,
    refuses BOOLEAN NOT NULL,
    value amount NOT NULL,
    bound amount NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX risk_finding_at ON risk_finding (at)""",
    """\
CREATE INDEX risk_finding_participant ON risk_finding (participant, id)""",
    """\
CREATE TABLE risk_holding (
    participant ref NOT NULL,
    instrument ref NOT NULL,
    long_lots amount DEFAULT '0' NOT NULL,
    long_value amount DEFAULT '0' NOT NULL,
    short_lots amount DEFAULT '0' NOT NULL,
    short_value amount DEFAULT '0' NOT NULL,
    buy_lots amount DEFAULT '0' NOT NULL,
    buy_value amount DEFAULT '0' NOT NULL,
    sell_lots amount DEFAULT '0' NOT NULL,
    sell_value amount DEFAULT '0' NOT NULL,
    open_orders counter DEFAULT '0' NOT NULL,
    PRIMARY KEY (participant, instrument)
)""",
    """\
CREATE TABLE risk_instrument (
    instrument ref NOT NULL,
    order_value amount,
    open_orders counter,
    open_notional amount,
    position_value amount,
    PRIMARY KEY (instrument)
)""",
    """\
CREATE TABLE risk_participant (
    participant ref NOT NULL,
    order_value amount,
    daily_volume amount,
    open_orders counter,
    open_notional amount,
    position_value amount,
    orders_per_minute counter,
    cooldown_after counter,
    cooldown_seconds counter,
    PRIMARY KEY (participant)
)""",
    """\
CREATE TABLE risk_stop (
    id ref NOT NULL,
    scope risk_scope NOT NULL,
    channel ref,
    instrument ref,
    participant ref,
    at moment DEFAULT now() NOT NULL,
    lifted_at moment,
    statement hash32,
    PRIMARY KEY (id),
    CONSTRAINT risk_stop_subject CHECK ((scope = 'channel') = (channel IS NOT NULL) AND (scope = 'instrument') = (instrument IS NOT NULL) AND (scope = 'participant') = (participant IS NOT NULL)),
    CONSTRAINT risk_stop_lifted CHECK ((lifted_at IS NULL) = (statement IS NULL)),
    UNIQUE (statement)
)""",
    """\
CREATE UNIQUE INDEX risk_stop_once ON risk_stop (scope, channel, instrument, participant) NULLS NOT DISTINCT WHERE lifted_at IS NULL""",
    """\
CREATE TABLE risk_symbol (
    participant ref NOT NULL,
    instrument ref NOT NULL,
    listing risk_listing NOT NULL,
    PRIMARY KEY (participant, instrument)
)""",
    """\
CREATE INDEX intent_open ON intent (instrument) WHERE state = 'open'""",
    """\
CREATE INDEX intent_open_of ON intent (participant) WHERE state = 'open'""",
    """\
INSERT INTO risk_default (category, level, order_value, daily_volume, open_orders, open_notional, position_value,
  orders_per_minute, cooldown_after, cooldown_seconds)
VALUES
    ('retail', 1, 50000000000, 500000000000, 100, 250000000000, 250000000000, 60, 25, 60),
    ('retail', 2, 100000000000, 1000000000000, 100, 500000000000, 500000000000, 60, 25, 60),
    ('retail', 3, 250000000000, 2500000000000, 100, 1250000000000, 1250000000000, 60, 25, 60),
    ('retail', 4, 500000000000, 5000000000000, 100, 2500000000000, 2500000000000, 60, 25, 60),
    ('retail', 5, 1000000000000, 10000000000000, 100, 5000000000000, 5000000000000, 60, 25, 60),
    ('professional', 1, 1000000000000, 10000000000000, 1000, 5000000000000, 5000000000000, 600, NULL, NULL),
    ('professional', 2, 1000000000000, 10000000000000, 1000, 5000000000000, 5000000000000, 600, NULL, NULL),
    ('professional', 3, 2000000000000, 20000000000000, 1000, 10000000000000, 10000000000000, 600, NULL, NULL),
    ('professional', 4, 2000000000000, 20000000000000, 1000, 10000000000000, 10000000000000, 600, NULL, NULL),
    ('professional', 5, 5000000000000, 50000000000000, 1000, 25000000000000, 25000000000000, 600, NULL, NULL),
    ('institution', 1, 5000000000000, 50000000000000, 10000, 25000000000000, 25000000000000, 6000, NULL, NULL),
    ('institution', 2, 5000000000000, 50000000000000, 10000, 25000000000000, 25000000000000, 6000, NULL, NULL),
    ('institution', 3, 10000000000000, 100000000000000, 10000, 50000000000000, 50000000000000, 6000, NULL, NULL),
    ('institution', 4, 10000000000000, 100000000000000, 10000, 50000000000000, 50000000000000, 6000, NULL, NULL),
    ('institution', 5, 25000000000000, 250000000000000, 10000, 125000000000000, 125000000000000, 6000, NULL, NULL)""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a state that rows may hold is not taken away; restore a backup instead")
