"""Payments: what compliance looks at, what finance ticks off, and money of nobody on its way back."""

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"

_STATEMENTS = (
    """\
ALTER TYPE withdrawal_state ADD VALUE 'under_review'""",
    """\
ALTER TABLE deposit ADD COLUMN intended UUID""",
    """\
CREATE INDEX deposit_judged_again ON deposit (id) WHERE state = 'suspense' AND why = 'clearance'""",
    """\
CREATE INDEX beneficiary_in_review ON beneficiary (id) WHERE screened = 'review'""",
    """\
ALTER TABLE withdrawal ADD COLUMN deposit UUID, ADD COLUMN claimed_by UUID, ADD COLUMN resolved_by UUID,
    ADD COLUMN resolution TEXT DEFAULT '' NOT NULL, ADD COLUMN resolved_at TIMESTAMP WITH TIME ZONE""",
    """\
ALTER TABLE withdrawal ADD FOREIGN KEY (deposit) REFERENCES deposit (id)""",
    """\
CREATE INDEX payment_event_not_held ON payment_event (id) WHERE seen = 'not_held'""",
    """\
CREATE INDEX withdrawal_of_deposit ON withdrawal (deposit) WHERE deposit IS NOT NULL""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was paid is not unmade; restore a backup instead")
