"""The first tables: audit log, outbox, jobs, and the channel's state."""

from alembic import op

revision: str = "0001"
down_revision: str | None = None

_STATEMENTS = (
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
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first revision but an empty database; drop it instead")
