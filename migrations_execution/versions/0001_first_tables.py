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
CREATE DOMAIN ticks AS bigint CONSTRAINT ticks_closed CHECK (VALUE BETWEEN 0 AND 1000000000000000000)""",
    """\
CREATE DOMAIN lots AS bigint CONSTRAINT lots_closed CHECK (VALUE BETWEEN 0 AND 1000000000000000000)""",
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
CREATE TYPE channel_link AS ENUM ('unseen', 'open', 'lost')""",
    """\
CREATE TYPE job_state AS ENUM ('waiting', 'done', 'failed')""",
    """\
CREATE SEQUENCE audit_entry_id""",
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
CREATE TABLE outbox (
    id counter DEFAULT nextval('outbox_id') NOT NULL,
    payload coded NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE channel_nonce (
    channel ref NOT NULL,
    nonce ref NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (channel, nonce),
    FOREIGN KEY(channel) REFERENCES channel (id)
)""",
    """\
CREATE INDEX channel_nonce_age ON channel_nonce (at)""",
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
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first revision but an empty database; drop it instead")
