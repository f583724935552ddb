"""The first tables: audit log, outbox, jobs, and the channel's state."""

from alembic import op

revision: str = "0001"
down_revision: str | None = None

_STATEMENTS = (
    """\
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'append_only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """\
CREATE FUNCTION refuse_early() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
IF OLD.at > now() - interval '35 days' THEN
RAISE EXCEPTION 'kept' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN OLD;
END $$""",
    """\
CREATE TYPE channel_agreement AS ENUM ('stated', 'agrees', 'differs')""",
    """\
CREATE TYPE channel_halt AS ENUM ('equivocation', 'other_side', 'lost', 'heads', 'other_epoch', 'operator')""",
    """\
CREATE TYPE channel_key_state AS ENUM ('pending', 'active', 'verify_only', 'retired', 'revoked')""",
    """\
CREATE TYPE channel_link AS ENUM ('unseen', 'open', 'lost')""",
    """\
CREATE TYPE channel_origin AS ENUM ('ours', 'theirs')""",
    """\
CREATE TYPE channel_outcome AS ENUM ('sent', 'applied', 'refused', 'accepted', 'working', 'cancelled', 'expired')""",
    """\
CREATE TYPE channel_verdict AS ENUM ('stated', 'holds', 'contradicts')""",
    """\
CREATE TYPE document_state AS ENUM ('wanted', 'held', 'refused')""",
    """\
CREATE TYPE instrument_state AS ENUM ('listed', 'halted', 'delisted')""",
    """\
CREATE TYPE job_state AS ENUM ('waiting', 'done', 'failed')""",
    """\
CREATE TYPE operator_state AS ENUM ('registered', 'active', 'revoked')""",
    """\
CREATE TYPE reference_state AS ENUM ('spare', 'attached', 'burnt')""",
    """\
CREATE TYPE wallet_kind AS ENUM ('own', 'custody')""",
    """\
CREATE SEQUENCE audit_entry_id""",
    """\
CREATE SEQUENCE channel_checkpoint_id""",
    """\
CREATE SEQUENCE channel_heads_id""",
    """\
CREATE SEQUENCE channel_outbox_id""",
    """\
CREATE SEQUENCE outbox_id""",
    """\
CREATE TABLE audit_entry (
    id BIGINT DEFAULT nextval('audit_entry_id') NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX audit_entry_commit_order ON audit_entry (xid, id)""",
    """\
CREATE TABLE audit_era (
    number BIGINT NOT NULL,
    cluster BIGINT NOT NULL,
    first_entry BIGINT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (number)
)""",
    """\
CREATE TABLE audit_head (
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    chain BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    public_key BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (size)
)""",
    """\
CREATE TABLE audit_node (
    level BIGINT NOT NULL,
    index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, index)
)""",
    """\
CREATE TABLE audit_seal (
    seq BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    leaf BYTEA NOT NULL,
    chain BYTEA NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (entry_id)
)""",
    """\
CREATE TABLE channel (
    id UUID NOT NULL,
    link channel_link DEFAULT 'unseen' NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE channel_checkpoint (
    channel UUID NOT NULL,
    id BIGINT DEFAULT nextval('channel_checkpoint_id') NOT NULL,
    agreement channel_agreement NOT NULL,
    sent_epoch BIGINT NOT NULL,
    sent_sequence BIGINT NOT NULL,
    received_epoch BIGINT NOT NULL,
    received_sequence BIGINT NOT NULL,
    participants BIGINT NOT NULL,
    open_intents BIGINT NOT NULL,
    charged BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    own_participants BIGINT NOT NULL,
    own_open_intents BIGINT NOT NULL,
    own_charged BIGINT NOT NULL,
    own_paid BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, id)
)""",
    """\
CREATE TABLE channel_epoch (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sent_last BIGINT NOT NULL,
    sent_head BYTEA NOT NULL,
    received_last BIGINT NOT NULL,
    received_head BYTEA NOT NULL,
    sent_common BIGINT NOT NULL,
    received_common BIGINT NOT NULL,
    compared BIGINT NOT NULL,
    following BIGINT NOT NULL,
    resent BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch)
)""",
    """\
CREATE TABLE channel_heads (
    channel UUID NOT NULL,
    id BIGINT DEFAULT nextval('channel_heads_id') NOT NULL,
    origin channel_origin NOT NULL,
    verdict channel_verdict NOT NULL,
    at_micros BIGINT NOT NULL,
    sent_epoch BIGINT NOT NULL,
    sent_sequence BIGINT NOT NULL,
    sent_messages BIGINT NOT NULL,
    sent_head BYTEA NOT NULL,
    received_epoch BIGINT NOT NULL,
    received_sequence BIGINT NOT NULL,
    received_messages BIGINT NOT NULL,
    received_head BYTEA NOT NULL,
    audit_size BIGINT NOT NULL,
    audit_root BYTEA NOT NULL,
    audit_chain BYTEA NOT NULL,
    audit_at BIGINT NOT NULL,
    audit_key BYTEA NOT NULL,
    audit_signature BYTEA NOT NULL,
    key BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, id)
)""",
    """\
CREATE TABLE channel_inbound (
    channel UUID NOT NULL,
    epoch BIGINT DEFAULT '1' NOT NULL,
    due BIGINT DEFAULT '1' NOT NULL,
    head BYTEA NOT NULL,
    messages BIGINT DEFAULT '0' NOT NULL,
    halted BOOLEAN DEFAULT false NOT NULL,
    reason channel_halt,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_key (
    key_id BIGINT NOT NULL,
    channel UUID NOT NULL,
    state channel_key_state NOT NULL,
    fingerprint BYTEA NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    activated_at TIMESTAMP WITH TIME ZONE,
    replaced_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (key_id),
    UNIQUE (fingerprint)
)""",
    """\
CREATE UNIQUE INDEX channel_key_active ON channel_key (channel) WHERE state = 'active'""",
    """\
CREATE TABLE channel_lease (
    channel UUID NOT NULL,
    holder UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    backend BIGINT NOT NULL,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_outbound (
    channel UUID NOT NULL,
    epoch BIGINT DEFAULT '1' NOT NULL,
    due BIGINT DEFAULT '1' NOT NULL,
    head BYTEA NOT NULL,
    acked BIGINT DEFAULT '0' NOT NULL,
    messages BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_outbox (
    channel UUID NOT NULL,
    id BIGINT DEFAULT nextval('channel_outbox_id') NOT NULL,
    count BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    subjects UUID[] NOT NULL,
    about UUID,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, id)
)""",
    """\
CREATE TABLE channel_received (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    core BYTEA NOT NULL,
    messages BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence)
)""",
    """\
CREATE TABLE channel_reference (
    reference UUID NOT NULL,
    channel UUID NOT NULL,
    state reference_state DEFAULT 'spare' NOT NULL,
    subject UUID,
    activation UUID,
    issued_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    attached_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (reference),
    UNIQUE (subject),
    UNIQUE (activation)
)""",
    """\
CREATE INDEX channel_reference_spare ON channel_reference (channel) WHERE state = 'spare'""",
    """\
CREATE TABLE channel_refused (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    core BYTEA NOT NULL,
    code BIGINT NOT NULL,
    count BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence, core, code)
)""",
    """\
CREATE TABLE channel_reopening (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sent_last BIGINT NOT NULL,
    sent_head BYTEA NOT NULL,
    received_last BIGINT NOT NULL,
    received_head BYTEA NOT NULL,
    statement BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch)
)""",
    """\
CREATE TABLE channel_reservation (
    channel UUID NOT NULL,
    subject UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_sent (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    count BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    previous BYTEA NOT NULL,
    core BYTEA NOT NULL,
    body BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence)
)""",
    """\
CREATE TABLE channel_subject (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    position BIGINT NOT NULL,
    subject UUID NOT NULL,
    outcome channel_outcome DEFAULT 'sent' NOT NULL,
    code SMALLINT,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (channel, epoch, sequence, position)
)
 WITH (fillfactor = 50)""",
    """\
CREATE INDEX channel_subject_subject ON channel_subject (subject)""",
    """\
CREATE TABLE channel_tally (
    channel UUID NOT NULL,
    open_intents BIGINT DEFAULT '0' NOT NULL,
    charged BIGINT DEFAULT '0' NOT NULL,
    paid BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_void (
    channel UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence)
)""",
    """\
CREATE TABLE channel_wallet (
    address BYTEA NOT NULL CHECK (octet_length(address) = 20),
    channel UUID NOT NULL,
    reference UUID NOT NULL,
    kind wallet_kind NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (address)
)""",
    """\
CREATE INDEX channel_wallet_reference ON channel_wallet (channel, reference)""",
    """\
CREATE TABLE instrument (
    ref UUID NOT NULL,
    route TEXT NOT NULL,
    product TEXT NOT NULL,
    state instrument_state NOT NULL,
    tick_size BIGINT NOT NULL,
    lot_size BIGINT NOT NULL,
    price_max BIGINT NOT NULL,
    cap_lots BIGINT NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
    document BYTEA NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (ref)
)""",
    """\
CREATE TABLE job (
    id UUID NOT NULL,
    payload BYTEA NOT NULL,
    key BYTEA,
    state job_state DEFAULT 'waiting' NOT NULL,
    run_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (key)
)""",
    """\
CREATE INDEX job_due ON job (run_at) WHERE state = 'waiting'""",
    """\
CREATE TABLE market_document (
    hash BYTEA NOT NULL,
    size BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state document_state DEFAULT 'wanted' NOT NULL,
    code TEXT,
    attempts BIGINT DEFAULT '0' NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    media_type TEXT,
    content BYTEA,
    heard_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (hash),
    CONSTRAINT market_document_held CHECK ((state = 'held') = (content IS NOT NULL) AND (content IS NULL) = (media_type IS NULL) AND (content IS NULL OR octet_length(content) = size))
)""",
    """\
CREATE INDEX market_document_due ON market_document (next_at) WHERE state <> 'held'""",
    """\
CREATE TABLE market_feed (
    one BOOLEAN DEFAULT true NOT NULL CHECK (one),
    run BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (one)
)""",
    """\
CREATE TABLE market_quote (
    instrument UUID NOT NULL,
    state instrument_state,
    reference_ticks BIGINT,
    bid_ticks BIGINT,
    bid_lots BIGINT,
    ask_ticks BIGINT,
    ask_lots BIGINT,
    trade_ticks BIGINT,
    trade_lots BIGINT,
    traded_at TIMESTAMP WITH TIME ZONE,
    levels JSONB NOT NULL,
    PRIMARY KEY (instrument)
)""",
    """\
CREATE TABLE operator (
    ref UUID NOT NULL,
    channel UUID,
    public_key BYTEA NOT NULL,
    state operator_state DEFAULT 'registered' NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    activated_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (ref),
    UNIQUE (public_key)
)""",
    """\
CREATE TABLE operator_decision (
    statement BYTEA NOT NULL,
    first UUID NOT NULL,
    second UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (statement)
)""",
    """\
CREATE TABLE outbox (
    id BIGINT DEFAULT nextval('outbox_id') NOT NULL,
    payload BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_node FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_era FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_reopening FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_epoch FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON channel_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON channel_sent FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER kept BEFORE DELETE ON channel_sent FOR EACH ROW EXECUTE FUNCTION refuse_early()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON channel_received FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER kept BEFORE DELETE ON channel_received FOR EACH ROW EXECUTE FUNCTION refuse_early()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON channel_void FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER kept BEFORE DELETE ON channel_void FOR EACH ROW EXECUTE FUNCTION refuse_early()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first revision but an empty database; drop it instead")
