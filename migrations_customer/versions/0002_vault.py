"""The vault: wrapped keys of subjects, and the ledger of those that were destroyed."""

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"

_STATEMENTS = (
    """\
CREATE TYPE erasure_reason AS ENUM ('request', 'retention', 'operator')""",
    """\
CREATE TABLE erasure (
    subject UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    reason erasure_reason NOT NULL,
    PRIMARY KEY (subject)
)""",
    """\
CREATE TABLE subject_key (
    subject UUID NOT NULL,
    version BIGINT NOT NULL,
    kek BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE,
    retired_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (subject, version)
)""",
    """\
CREATE INDEX subject_key_kek ON subject_key (kek, subject)""",
    """\
CREATE INDEX subject_key_replaced ON subject_key (subject) WHERE replaced_at IS NOT NULL""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure \
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # rather fail and try again than queue everybody behind us
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in ("DROP TABLE subject_key", "DROP TABLE erasure", "DROP TYPE erasure_reason"):
        op.execute(statement)
