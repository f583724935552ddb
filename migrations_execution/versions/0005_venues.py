"""Venues: orders and what is asked about them, fills, positions, markets, prices, evidence; and the catalogue's keys."""

from alembic import op

revision: str = "0005"
down_revision: str | None = "0001"

_STATEMENTS = (
    """\
CREATE DOMAIN venue_id AS uuid CONSTRAINT venue_id_closed CHECK (VALUE <> '00000000-0000-0000-0000-000000000000')""",
    """\
CREATE TYPE catalogue_key_state AS ENUM ('active', 'revoked')""",
    """\
CREATE TYPE catalogue_held_state AS ENUM ('waiting', 'published', 'refused')""",
    """\
CREATE TYPE venue_name AS ENUM ('kalshi')""",
    """\
CREATE TYPE venue_side AS ENUM ('bid', 'ask')""",
    """\
CREATE TYPE venue_time_in_force AS ENUM ('fill_or_kill', 'good_till_canceled', 'immediate_or_cancel')""",
    """\
CREATE TYPE venue_refusal AS ENUM ('invalid', 'price', 'count', 'funds', 'market_unknown', 'market_closed', 'market_paused', 'exchange_paused', 'post_only_crosses', 'self_trade', 'not_fillable', 'order_unknown', 'order_over', 'too_many_orders', 'group', 'forbidden', 'unrecognised')""",
    """\
CREATE TYPE venue_market_status AS ENUM ('initialized', 'inactive', 'active', 'closed', 'determined', 'disputed', 'amended', 'finalized')""",
    """\
CREATE TYPE venue_result AS ENUM ('yes', 'no', 'scalar', 'void')""",
    """\
CREATE TYPE venue_order_state AS ENUM ('recorded', 'sending', 'working', 'partially_filled', 'filled', 'cancelled', 'refused', 'expired', 'unknown')""",
    """\
CREATE TYPE venue_command_kind AS ENUM ('cancel', 'decrease', 'amend')""",
    """\
CREATE TYPE venue_command_state AS ENUM ('recorded', 'sending', 'unknown', 'done', 'refused')""",
    """\
CREATE TYPE venue_account_state AS ENUM ('open', 'killed')""",
    """\
CREATE TYPE venue_cause AS ENUM ('operator', 'contradiction')""",
    """\
CREATE TYPE venue_finding_kind AS ENUM ('order_differs', 'order_missing', 'order_stray', 'fill_differs', 'fill_stray', 'fill_missing', 'overfilled', 'position_differs', 'balance_differs', 'settlement_differs')""",
    """\
CREATE TYPE venue_snapshot_kind AS ENUM ('balance', 'positions', 'orders', 'fills', 'settlements')""",
    """\
CREATE TABLE catalogue_key (
    public_key hash32 NOT NULL,
    state catalogue_key_state DEFAULT 'active' NOT NULL,
    statement hash32 NOT NULL,
    registered_at moment DEFAULT now() NOT NULL,
    revoked_at moment,
    PRIMARY KEY (public_key),
    UNIQUE (statement)
)""",
    """\
CREATE TABLE catalogue_signature (
    document hash32 NOT NULL,
    public_key hash32 NOT NULL,
    signature signature64 NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (document)
)""",
    """\
CREATE TABLE catalogue_held (
    document hash32 NOT NULL,
    size counter NOT NULL,
    findings counter NOT NULL,
    state catalogue_held_state DEFAULT 'waiting' NOT NULL,
    held_at moment DEFAULT now() NOT NULL,
    decided_at moment,
    PRIMARY KEY (document)
)""",
    """\
CREATE TABLE venue_account (
    venue venue_name NOT NULL,
    state venue_account_state DEFAULT 'open' NOT NULL,
    cause venue_cause,
    killed_at moment,
    fills_read_to moment NOT NULL,
    settlements_read_to moment NOT NULL,
    opened_at moment NOT NULL,
    PRIMARY KEY (venue)
)""",
    """\
CREATE TABLE venue_transfer (
    venue venue_name NOT NULL,
    number counter NOT NULL,
    amount amount NOT NULL,
    outward BOOLEAN NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (venue, number)
)""",
    """\
CREATE TABLE venue_market (
    venue venue_name NOT NULL,
    market code NOT NULL,
    instrument ref NOT NULL,
    event code NOT NULL,
    series code NOT NULL,
    status venue_market_status NOT NULL,
    document hash32 NOT NULL,
    tick amount NOT NULL,
    lot lots NOT NULL,
    payout amount NOT NULL,
    opens_at moment NOT NULL,
    closes_at moment NOT NULL,
    seen_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (venue, market),
    UNIQUE (instrument)
)""",
    """\
CREATE TABLE venue_range (
    instrument ref NOT NULL,
    start amount NOT NULL,
    upto amount NOT NULL,
    step amount NOT NULL,
    PRIMARY KEY (instrument, start)
)""",
    """\
CREATE TABLE venue_order (
    ref ref NOT NULL,
    client ref NOT NULL,
    venue venue_name NOT NULL,
    instrument ref NOT NULL,
    market code NOT NULL,
    side venue_side NOT NULL,
    price amount NOT NULL,
    count lots NOT NULL,
    time_in_force venue_time_in_force NOT NULL,
    expires_at moment,
    post_only BOOLEAN NOT NULL,
    reduce_only BOOLEAN NOT NULL,
    state venue_order_state DEFAULT 'recorded' NOT NULL,
    venue_id venue_id,
    filled lots DEFAULT '0' NOT NULL,
    reserved amount NOT NULL,
    attempts counter DEFAULT '0' NOT NULL,
    checked BOOLEAN DEFAULT false NOT NULL,
    refusal venue_refusal,
    sent_at moment,
    due_at moment,
    recorded_at moment DEFAULT now() NOT NULL,
    changed_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (ref),
    UNIQUE (client),
    UNIQUE (venue_id)
)""",
    """\
CREATE INDEX venue_order_due ON venue_order (due_at) WHERE due_at IS NOT NULL""",
    """\
CREATE INDEX venue_order_open ON venue_order (venue) WHERE state NOT IN ('filled', 'cancelled', 'refused', 'expired')""",
    """\
CREATE TABLE venue_client (
    client ref NOT NULL,
    "order" ref NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (client)
)""",
    """\
CREATE TABLE venue_command (
    "order" ref NOT NULL,
    number counter NOT NULL,
    kind venue_command_kind NOT NULL,
    price amount,
    count lots,
    client ref,
    state venue_command_state DEFAULT 'recorded' NOT NULL,
    attempts counter DEFAULT '0' NOT NULL,
    refusal venue_refusal,
    sent_at moment,
    due_at moment,
    recorded_at moment DEFAULT now() NOT NULL,
    changed_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY ("order", number)
)""",
    """\
CREATE INDEX venue_command_due ON venue_command (due_at) WHERE due_at IS NOT NULL""",
    """\
CREATE TABLE venue_fill (
    venue venue_name NOT NULL,
    fill venue_id NOT NULL,
    "order" ref NOT NULL,
    instrument ref NOT NULL,
    side venue_side NOT NULL,
    price amount NOT NULL,
    count lots NOT NULL,
    fee amount NOT NULL,
    taker BOOLEAN NOT NULL,
    filled_at moment NOT NULL,
    heard_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (venue, fill)
)""",
    """\
CREATE INDEX venue_fill_order ON venue_fill ("order")""",
    """\
CREATE TABLE venue_bust (
    venue venue_name NOT NULL,
    fill venue_id NOT NULL,
    "order" ref NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (venue, fill)
)""",
    """\
CREATE TABLE venue_position (
    instrument ref NOT NULL,
    venue venue_name NOT NULL,
    market code NOT NULL,
    bought lots DEFAULT '0' NOT NULL,
    sold lots DEFAULT '0' NOT NULL,
    cost amount DEFAULT '0' NOT NULL,
    proceeds amount DEFAULT '0' NOT NULL,
    fees amount DEFAULT '0' NOT NULL,
    PRIMARY KEY (instrument)
)""",
    """\
CREATE TABLE venue_settlement (
    instrument ref NOT NULL,
    revision counter NOT NULL,
    venue venue_name NOT NULL,
    result venue_result NOT NULL,
    value amount,
    yes_count lots NOT NULL,
    no_count lots NOT NULL,
    revenue amount NOT NULL,
    fee amount NOT NULL,
    settled_at moment NOT NULL,
    heard_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (instrument, revision)
)""",
    """\
CREATE TABLE venue_finding (
    digest hash32 NOT NULL,
    venue venue_name NOT NULL,
    kind venue_finding_kind NOT NULL,
    "order" ref,
    fill venue_id,
    market code,
    found_at moment DEFAULT now() NOT NULL,
    over_at moment,
    PRIMARY KEY (digest)
)""",
    """\
CREATE INDEX venue_finding_open ON venue_finding (venue) WHERE over_at IS NULL""",
    """\
CREATE TABLE venue_snapshot (
    venue venue_name NOT NULL,
    kind venue_snapshot_kind NOT NULL,
    at moment NOT NULL,
    file hash32 NOT NULL,
    content hash32 NOT NULL,
    size counter NOT NULL,
    PRIMARY KEY (venue, kind, at)
)""",
    """\
CREATE TABLE venue_quote (
    instrument ref NOT NULL,
    last ticks,
    torn BOOLEAN NOT NULL,
    source_at moment,
    heard_at moment NOT NULL,
    PRIMARY KEY (instrument)
)""",
    """\
CREATE TABLE venue_level (
    instrument ref NOT NULL,
    side venue_side NOT NULL,
    place counter NOT NULL,
    ticks ticks NOT NULL,
    lots lots NOT NULL,
    PRIMARY KEY (instrument, side, place)
)""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON catalogue_signature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venue_fill FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venue_bust FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venue_settlement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venue_snapshot FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venue_transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venue_client FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was traded is not unmade; restore a backup instead")
