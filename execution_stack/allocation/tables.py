"""What venues filled, and how it was shared out."""

import sqlalchemy as sa

from execution_stack import schema

OMNIBUS_FILL = sa.Table(
    "omnibus_fill",
    schema.METADATA,
    sa.Column("order", schema.REF, primary_key=True),
    sa.Column("number", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("fill", schema.REF, nullable=False),
    sa.Column("version", schema.COUNTER, nullable=False),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("ticks", schema.TICKS, nullable=False),
    sa.Column("fee", schema.AMOUNT, nullable=False),
    sa.Column("improvement", schema.AMOUNT, nullable=False),
    sa.Column("reverses", schema.COUNTER),
    sa.Column("filled_at", schema.MOMENT, nullable=False),
    sa.Column("shared", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("done", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("order", "reverses"),
    sa.Index("omnibus_fill_once", "fill", unique=True, postgresql_where=sa.text("reverses IS NULL")),
    sa.Index("omnibus_fill_waiting", "order", "number", postgresql_where=sa.text("NOT done")),
)
"""A row that reverses another has its lots, fee and improvement again. `shared` members have their shares."""

ALLOCATION = sa.Table(
    "allocation",
    schema.METADATA,
    sa.Column("order", schema.REF, primary_key=True),
    sa.Column("fill", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("member", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("fee", schema.AMOUNT, nullable=False),
    sa.Column("improvement", schema.AMOUNT, nullable=False),
    sa.Column("told", schema.COUNTER, nullable=False),
    sa.ForeignKeyConstraint(["order", "fill"], ["omnibus_fill.order", "omnibus_fill.number"]),
)
"""`told` is the number under which the intent's channel heard of it."""
