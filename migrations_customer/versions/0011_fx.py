"""Foreign exchange: sources and rates, quotes, conversions, positions, hedges, and the highest time written down."""

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"

_STATEMENTS = (
    """\
CREATE TYPE fx_hedge_state AS ENUM ('planned', 'sending', 'unknown', 'done', 'refused')""",
    """\
CREATE TYPE fx_quote_state AS ENUM ('active', 'used', 'expired', 'cancelled')""",
    """\
CREATE TYPE fx_side AS ENUM ('sell', 'buy')""",
    """\
CREATE SEQUENCE fx_rate_id""",
    """\
CREATE SEQUENCE fx_source_id""",
    """\
CREATE TABLE fx_clock (
    id SMALLINT NOT NULL,
    high TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CHECK (id = 1)
)""",
    """\
CREATE TABLE fx_exposure (
    base TEXT NOT NULL,
    quote TEXT NOT NULL,
    account UUID NOT NULL,
    open_units BIGINT NOT NULL,
    PRIMARY KEY (base, quote, account),
    CHECK (open_units >= 0)
)""",
    """\
CREATE TABLE fx_hedge (
    id UUID NOT NULL,
    base TEXT NOT NULL,
    quote TEXT NOT NULL,
    provider TEXT NOT NULL,
    base_minor BIGINT NOT NULL,
    base_units BIGINT NOT NULL,
    state fx_hedge_state DEFAULT 'planned' NOT NULL,
    handle TEXT DEFAULT '' NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    quote_minor BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id),
    CHECK (base_minor <> 0 AND (state = 'done') = (quote_minor IS NOT NULL))
)""",
    """\
CREATE UNIQUE INDEX fx_hedge_open ON fx_hedge (base, quote) WHERE state IN ('planned', 'sending', 'unknown')""",
    """\
CREATE TABLE fx_position (
    base TEXT NOT NULL,
    quote TEXT NOT NULL,
    base_units BIGINT NOT NULL,
    quote_units BIGINT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (base, quote)
)""",
    """\
CREATE TABLE fx_quote (
    id UUID NOT NULL,
    account UUID NOT NULL,
    base TEXT NOT NULL,
    quote TEXT NOT NULL,
    side fx_side NOT NULL,
    sell TEXT NOT NULL,
    buy TEXT NOT NULL,
    sell_units BIGINT NOT NULL,
    buy_units BIGINT NOT NULL,
    fee_units BIGINT NOT NULL,
    residue_units BIGINT NOT NULL,
    residue_of fx_side NOT NULL,
    base_units BIGINT NOT NULL,
    quote_units BIGINT NOT NULL,
    volume BIGINT NOT NULL,
    sell_account UUID NOT NULL,
    buy_account UUID NOT NULL,
    document BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state fx_quote_state DEFAULT 'active' NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (id, state),
    CHECK (sell_units > 0 AND buy_units > 0 AND fee_units >= 0 AND residue_units >= 0),
    CHECK ((state = 'active') = (ended_at IS NULL) AND (state <> 'used' OR ended_at < expires_at))
)""",
    """\
CREATE INDEX fx_quote_account ON fx_quote (account, id)""",
    """\
CREATE INDEX fx_quote_due ON fx_quote (expires_at) WHERE state = 'active'""",
    """\
CREATE INDEX fx_quote_open ON fx_quote (account) WHERE state = 'active'""",
    """\
CREATE TABLE fx_source (
    id BIGINT DEFAULT nextval('fx_source_id') NOT NULL,
    adapter TEXT NOT NULL,
    origin TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (adapter, origin)
)""",
    """\
CREATE TABLE fx_volume (
    account UUID NOT NULL,
    month DATE NOT NULL,
    volume BIGINT NOT NULL,
    PRIMARY KEY (account, month)
)""",
    """\
CREATE TABLE fx_conversion (
    id UUID NOT NULL,
    quote UUID NOT NULL,
    state fx_quote_state DEFAULT 'used' NOT NULL,
    account UUID NOT NULL,
    key BYTEA NOT NULL,
    input BYTEA NOT NULL,
    verdict UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    receipt BYTEA NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(quote, state) REFERENCES fx_quote (id, state),
    CHECK (state = 'used'),
    UNIQUE (quote),
    UNIQUE (key)
)""",
    """\
CREATE INDEX fx_conversion_account ON fx_conversion (account, id)""",
    """\
CREATE TABLE fx_rate (
    id BIGINT DEFAULT nextval('fx_rate_id') NOT NULL,
    source BIGINT NOT NULL,
    base TEXT NOT NULL,
    quote TEXT NOT NULL,
    bid NUMERIC NOT NULL,
    ask NUMERIC NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    fetched_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (id),
    CHECK (bid > 0 AND ask > 0),
    FOREIGN KEY(source) REFERENCES fx_source (id)
)""",
    """\
CREATE INDEX fx_rate_newest ON fx_rate (source, base, quote, id)""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fx_conversion FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fx_rate FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fx_source FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was promised and exchanged is not unmade; restore a backup instead")
