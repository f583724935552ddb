"""The tick table of an instrument, and the states behind its window."""

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"

_STATEMENTS = (
    """\
ALTER TYPE instrument_state ADD VALUE 'closed'""",
    """\
ALTER TYPE instrument_state ADD VALUE 'resolved'""",
    """\
ALTER TABLE instrument ADD COLUMN grid JSONB DEFAULT '[]' NOT NULL""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("a state that rows may hold is not taken away; restore a backup instead")
