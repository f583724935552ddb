"""Who holds what, how events ended, and who was paid."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.resolution import model

KIND = postgresql.ENUM(*(each.value for each in model.Kind), name="resolution_kind", metadata=schema.METADATA)
STATE = postgresql.ENUM(*(each.value for each in model.State), name="resolution_state", metadata=schema.METADATA)
STEP = postgresql.ENUM(*(each.value for each in model.Step), name="resolution_step", metadata=schema.METADATA)

HOLDING = sa.Table(
    "holding",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("channel", schema.REF, primary_key=True),
    sa.Column("participant", schema.REF, primary_key=True),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("paid", schema.AMOUNT, nullable=False),
    sa.Column("had", schema.AMOUNT, nullable=False),
    sa.Index("holding_participant", "participant", "instrument"),
)
"""`paid` for what was bought, `had` for what was sold, fees included."""

RESOLUTION = sa.Table(
    "resolution",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("revision", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("kind", KIND, nullable=False),
    sa.Column("value", schema.AMOUNT),
    sa.Column("state", STATE, nullable=False, server_default=model.State.PAYING.value),
    sa.Column("step", STEP, nullable=False),
    sa.Column("decided_at", schema.MOMENT, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.CheckConstraint("(kind = 'voided') = (value IS NULL)", name="resolution_value"),
    sa.Index("resolution_open", "instrument", unique=True, postgresql_where=sa.text("state <> 'replaced'")),
    sa.Index("resolution_paying", "at", postgresql_where=sa.text("state = 'paying'")),
)

PAYOUT = sa.Table(
    "payout",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("revision", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("channel", schema.REF, primary_key=True),
    sa.Column("participant", schema.REF, primary_key=True),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("amount", schema.AMOUNT, nullable=False),
    sa.Column("reversed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.ForeignKeyConstraint(["instrument", "revision"], ["resolution.instrument", "resolution.revision"]),
    sa.Index(
        "payout_once", "instrument", "channel", "participant", unique=True, postgresql_where=sa.text("NOT reversed")
    ),
)
