"""Compliance: a strong hit of screening is let go by two officers, or by none."""

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"

_STATEMENTS = (
    """\
ALTER TYPE screening_cause ADD VALUE 'match_reopened'""",
    """\
ALTER TYPE screening_cause ADD VALUE 'stronger'""",
    """\
ALTER TABLE screening_hit
    ADD COLUMN proposed screening_hit_state,
    ADD COLUMN proposed_by UUID,
    ADD COLUMN proposed_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT screening_hit_takes_two CHECK (NOT strong OR state NOT IN ('false_positive', 'accepted') OR (proposed_by IS NOT NULL AND proposed_by <> decided_by AND proposed = state))""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what two people decided is not undecided; restore a backup instead")
