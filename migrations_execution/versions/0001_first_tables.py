"""The first tables: audit log, outbox, jobs, and the channel's state."""

from alembic import op

revision: str = "0001"
down_revision: str | None = None

_STATEMENTS = (
    """\
CREATE DOMAIN ref AS uuid CONSTRAINT ref_closed CHECK (uuid_extract_version(VALUE) IS NOT DISTINCT FROM 4 OR VALUE IS NULL)""",
    """\
CREATE DOMAIN counter AS bigint CONSTRAINT counter_closed CHECK (VALUE >= 0)""",
    """\
CREATE DOMAIN amount AS bigint CONSTRAINT amount_closed CHECK (VALUE BETWEEN 0 AND 1000000000000000000)""",
    """\
CREATE DOMAIN ticks AS bigint CONSTRAINT ticks_closed CHECK (VALUE BETWEEN 0 AND 1000000000)""",
    """\
CREATE DOMAIN lots AS bigint CONSTRAINT lots_closed CHECK (VALUE BETWEEN 0 AND 1000000000000)""",
    """\
CREATE DOMAIN moment AS timestamp with time zone CONSTRAINT moment_closed CHECK (VALUE >= '2020-01-01 00:00:00+00' AND VALUE < '2200-01-01 00:00:00+00')""",
    """\
CREATE DOMAIN hash32 AS bytea CONSTRAINT hash32_closed CHECK (octet_length(VALUE) = 32)""",
    """\
CREATE DOMAIN signature64 AS bytea CONSTRAINT signature64_closed CHECK (octet_length(VALUE) = 64)""",
    """\
CREATE DOMAIN signature65 AS bytea CONSTRAINT signature65_closed CHECK (octet_length(VALUE) = 65)""",
    """\
CREATE DOMAIN address20 AS bytea CONSTRAINT address20_closed CHECK (octet_length(VALUE) = 20)""",
    """\
CREATE DOMAIN code AS text CONSTRAINT code_closed CHECK (VALUE ~ '^[A-Z0-9.-]{1,32}$')""",
    """\
CREATE DOMAIN coded AS bytea CONSTRAINT coded_closed CHECK (octet_length(VALUE) BETWEEN 1 AND 262144)""",
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
CREATE TYPE channel_verdict AS ENUM ('stated', 'holds', 'contradicts')""",
    """\
CREATE TYPE document_kind AS ENUM ('rules', 'resolution_source', 'prospectus', 'terms')""",
    """\
CREATE TYPE document_media AS ENUM ('markdown', 'json', 'pdf')""",
    """\
CREATE TYPE instrument_product AS ENUM ('event_contract', 'security_token', 'equity', 'option', 'future', 'currency_pair')""",
    """\
CREATE TYPE instrument_route AS ENUM ('omnibus', 'clob', 'broker')""",
    """\
CREATE TYPE instrument_state AS ENUM ('listed', 'halted', 'delisted')""",
    """\
CREATE TYPE intent_kind AS ENUM ('limit', 'market', 'post_only')""",
    """\
CREATE TYPE intent_side AS ENUM ('buy', 'sell')""",
    """\
CREATE TYPE intent_state AS ENUM ('open', 'cancelled', 'expired', 'closed')""",
    """\
CREATE TYPE intent_time_in_force AS ENUM ('day', 'until_cancelled', 'until_time', 'at_once_or_cancel', 'all_or_nothing')""",
    """\
CREATE TYPE job_state AS ENUM ('waiting', 'done', 'failed')""",
    """\
CREATE TYPE operator_state AS ENUM ('registered', 'active', 'revoked')""",
    """\
CREATE TYPE participant_category AS ENUM ('retail', 'professional', 'institution')""",
    """\
CREATE TYPE participant_status AS ENUM ('issued', 'eligible', 'frozen', 'closed')""",
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
    id counter DEFAULT nextval('audit_entry_id') NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at moment DEFAULT now() NOT NULL,
    payload coded NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX audit_entry_commit_order ON audit_entry (xid, id)""",
    """\
CREATE TABLE audit_era (
    number counter NOT NULL,
    cluster counter NOT NULL,
    first_entry counter NOT NULL,
    opened_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (number)
)""",
    """\
CREATE TABLE audit_head (
    size counter NOT NULL,
    root hash32 NOT NULL,
    chain hash32 NOT NULL,
    at moment NOT NULL,
    public_key hash32 NOT NULL,
    signature signature64 NOT NULL,
    PRIMARY KEY (size)
)""",
    """\
CREATE TABLE audit_node (
    level counter NOT NULL,
    index counter NOT NULL,
    hash hash32 NOT NULL,
    PRIMARY KEY (level, index)
)""",
    """\
CREATE TABLE audit_seal (
    seq counter NOT NULL,
    entry_id counter NOT NULL,
    leaf hash32 NOT NULL,
    chain hash32 NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (entry_id)
)""",
    """\
CREATE TABLE channel (
    id ref NOT NULL,
    link channel_link DEFAULT 'unseen' NOT NULL,
    heard_at moment,
    registered_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE channel_checkpoint (
    channel ref NOT NULL,
    id counter DEFAULT nextval('channel_checkpoint_id') NOT NULL,
    agreement channel_agreement NOT NULL,
    sent_epoch counter NOT NULL,
    sent_sequence counter NOT NULL,
    received_epoch counter NOT NULL,
    received_sequence counter NOT NULL,
    participants counter NOT NULL,
    open_intents counter NOT NULL,
    charged amount NOT NULL,
    paid amount NOT NULL,
    participants_differ BOOLEAN DEFAULT false NOT NULL,
    open_intents_differ BOOLEAN DEFAULT false NOT NULL,
    charged_differ BOOLEAN DEFAULT false NOT NULL,
    paid_differ BOOLEAN DEFAULT false NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, id)
)""",
    """\
CREATE TABLE channel_epoch (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sent_last counter NOT NULL,
    sent_head hash32 NOT NULL,
    received_last counter NOT NULL,
    received_head hash32 NOT NULL,
    sent_common counter NOT NULL,
    received_common counter NOT NULL,
    compared counter NOT NULL,
    following counter NOT NULL,
    resent counter NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch)
)""",
    """\
CREATE TABLE channel_heads (
    channel ref NOT NULL,
    id counter DEFAULT nextval('channel_heads_id') NOT NULL,
    origin channel_origin NOT NULL,
    verdict channel_verdict NOT NULL,
    at_micros counter NOT NULL,
    sent_epoch counter NOT NULL,
    sent_sequence counter NOT NULL,
    sent_messages counter NOT NULL,
    sent_head hash32 NOT NULL,
    received_epoch counter NOT NULL,
    received_sequence counter NOT NULL,
    received_messages counter NOT NULL,
    received_head hash32 NOT NULL,
    audit_size counter NOT NULL,
    audit_root hash32 NOT NULL,
    audit_chain hash32 NOT NULL,
    audit_at counter NOT NULL,
    audit_key hash32 NOT NULL,
    audit_signature signature64 NOT NULL,
    key hash32 NOT NULL,
    signature signature64 NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, id)
)""",
    """\
CREATE TABLE channel_inbound (
    channel ref NOT NULL,
    epoch counter DEFAULT '1' NOT NULL,
    due counter DEFAULT '1' NOT NULL,
    head hash32 NOT NULL,
    messages counter DEFAULT '0' NOT NULL,
    halted BOOLEAN DEFAULT false NOT NULL,
    reason channel_halt,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_key (
    key_id counter NOT NULL,
    channel ref NOT NULL,
    state channel_key_state NOT NULL,
    fingerprint hash32 NOT NULL,
    added_at moment DEFAULT now() NOT NULL,
    seen_at moment,
    activated_at moment,
    replaced_at moment,
    ended_at moment,
    PRIMARY KEY (key_id),
    UNIQUE (fingerprint)
)""",
    """\
CREATE UNIQUE INDEX channel_key_active ON channel_key (channel) WHERE state = 'active'""",
    """\
CREATE TABLE channel_nonce (
    channel ref NOT NULL,
    nonce ref NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, nonce)
)""",
    """\
CREATE INDEX channel_nonce_age ON channel_nonce (at)""",
    """\
CREATE TABLE channel_outbound (
    channel ref NOT NULL,
    epoch counter DEFAULT '1' NOT NULL,
    due counter DEFAULT '1' NOT NULL,
    head hash32 NOT NULL,
    acked counter DEFAULT '0' NOT NULL,
    messages counter DEFAULT '0' NOT NULL,
    PRIMARY KEY (channel)
)""",
    """\
CREATE TABLE channel_outbox (
    channel ref NOT NULL,
    id counter DEFAULT nextval('channel_outbox_id') NOT NULL,
    count counter NOT NULL,
    payload coded NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, id)
)""",
    """\
CREATE TABLE channel_received (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    core hash32 NOT NULL,
    messages counter NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence)
)""",
    """\
CREATE TABLE channel_refused (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    core hash32 NOT NULL,
    code counter NOT NULL,
    count counter NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence, core, code)
)""",
    """\
CREATE TABLE channel_reopening (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sent_last counter NOT NULL,
    sent_head hash32 NOT NULL,
    received_last counter NOT NULL,
    received_head hash32 NOT NULL,
    statement hash32 NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch)
)""",
    """\
CREATE TABLE channel_sent (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    count counter NOT NULL,
    messages counter NOT NULL,
    previous hash32 NOT NULL,
    core hash32 NOT NULL,
    body coded NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence)
)""",
    """\
CREATE TABLE channel_signer (
    channel ref NOT NULL,
    public_key hash32 NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, public_key)
)""",
    """\
CREATE TABLE channel_void (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence)
)""",
    """\
CREATE TABLE document (
    hash hash32 NOT NULL,
    size counter NOT NULL,
    kind document_kind NOT NULL,
    media document_media NOT NULL,
    statement hash32 NOT NULL,
    imported_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (hash),
    UNIQUE (statement)
)""",
    """\
CREATE TABLE instrument (
    ref ref NOT NULL,
    code code NOT NULL,
    route instrument_route NOT NULL,
    product instrument_product NOT NULL,
    state instrument_state DEFAULT 'listed' NOT NULL,
    tick_size amount NOT NULL,
    lot_size amount NOT NULL,
    price_max ticks NOT NULL,
    cap_lots lots NOT NULL,
    opens_at moment NOT NULL,
    closes_at moment NOT NULL,
    document hash32 NOT NULL,
    reference_ticks ticks,
    listed_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (ref),
    UNIQUE (code)
)""",
    """\
CREATE TABLE intent (
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    position counter NOT NULL,
    participant ref NOT NULL,
    instrument ref NOT NULL,
    side intent_side NOT NULL,
    kind intent_kind NOT NULL,
    time_in_force intent_time_in_force NOT NULL,
    limit_ticks ticks NOT NULL,
    lots lots NOT NULL,
    cost_cap amount NOT NULL,
    expires_at counter NOT NULL,
    state intent_state DEFAULT 'open' NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, epoch, sequence, position)
)""",
    """\
CREATE TABLE job (
    id ref NOT NULL,
    payload coded NOT NULL,
    key hash32,
    state job_state DEFAULT 'waiting' NOT NULL,
    run_at moment NOT NULL,
    attempts counter DEFAULT '0' NOT NULL,
    lease_until moment,
    created_at moment DEFAULT now() NOT NULL,
    finished_at moment,
    PRIMARY KEY (id),
    UNIQUE (key)
)""",
    """\
CREATE INDEX job_due ON job (run_at) WHERE state = 'waiting'""",
    """\
CREATE TABLE operator (
    ref ref NOT NULL,
    channel ref,
    public_key hash32 NOT NULL,
    state operator_state DEFAULT 'registered' NOT NULL,
    registered_at moment DEFAULT now() NOT NULL,
    activated_at moment,
    revoked_at moment,
    PRIMARY KEY (ref),
    UNIQUE (public_key)
)""",
    """\
CREATE TABLE operator_decision (
    statement hash32 NOT NULL,
    first ref NOT NULL,
    second ref NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (statement)
)""",
    """\
CREATE TABLE outbox (
    id counter DEFAULT nextval('outbox_id') NOT NULL,
    payload coded NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE participant (
    ref ref NOT NULL,
    channel ref NOT NULL,
    status participant_status DEFAULT 'issued' NOT NULL,
    level counter DEFAULT '0' NOT NULL,
    category participant_category DEFAULT 'retail' NOT NULL,
    issued_at moment DEFAULT now() NOT NULL,
    activated_at moment,
    activated_epoch counter,
    activated_sequence counter,
    PRIMARY KEY (ref)
)""",
    """\
CREATE INDEX participant_stock ON participant (channel) WHERE status = 'issued'""",
    """\
CREATE TABLE wallet (
    address address20 NOT NULL,
    channel ref NOT NULL,
    participant ref NOT NULL,
    kind wallet_kind NOT NULL,
    signed_at moment,
    proof signature65,
    statement hash32,
    registered_at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (address),
    CONSTRAINT wallet_proven CHECK ((kind = 'own') = (proof IS NOT NULL) AND (proof IS NULL) = (statement IS NULL) AND (proof IS NULL) = (signed_at IS NULL)),
    UNIQUE (statement)
)""",
    """\
CREATE INDEX wallet_participant ON wallet (channel, participant)""",
    """\
CREATE UNIQUE INDEX wallet_custody ON wallet (channel, participant) WHERE kind = 'custody'""",
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
