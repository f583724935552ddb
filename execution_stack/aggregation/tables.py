"""Omnibus orders, their members, and their manifests."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from execution_stack import schema
from execution_stack.aggregation import model
from execution_stack.intents import model as intents

SIDE = postgresql.ENUM(*(each.value for each in intents.Side), name="omnibus_side", metadata=schema.METADATA)
MANNER = postgresql.ENUM(*(each.value for each in model.Manner), name="omnibus_manner", metadata=schema.METADATA)
STATE = postgresql.ENUM(*(each.value for each in model.State), name="omnibus_state", metadata=schema.METADATA)
WHY = postgresql.ENUM(*(each.value for each in model.Why), name="omnibus_why", metadata=schema.METADATA)
REASON = postgresql.ENUM(*(each.value for each in model.Reason), name="omnibus_reason", metadata=schema.METADATA)

OMNIBUS_ORDER = sa.Table(
    "omnibus_order",
    schema.METADATA,
    sa.Column("ref", schema.REF, primary_key=True),
    sa.Column("instrument", schema.REF, nullable=False),
    sa.Column("side", SIDE, nullable=False),
    sa.Column("limit_ticks", schema.TICKS, nullable=False),
    sa.Column("manner", MANNER, nullable=False),
    sa.Column("state", STATE, nullable=False, server_default=model.State.GATHERING.value),
    sa.Column("members", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("lots", schema.LOTS, nullable=False, server_default="0"),
    sa.Column("version", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("obeyed", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("changes", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("obeying", schema.COUNTER),
    sa.Column("over", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("why", WHY),
    sa.Column("opened_at", schema.MOMENT, nullable=False),
    sa.Column("closes_at", schema.MOMENT, nullable=False),
    sa.Column("ended_at", schema.MOMENT),
    sa.Index(
        "omnibus_order_pool",
        "instrument",
        "side",
        "limit_ticks",
        "manner",
        unique=True,
        postgresql_where=sa.text("state = 'gathering' AND manner <> 'all_or_nothing'"),
    ),
    sa.Index(
        "omnibus_order_waiting", "ref", postgresql_where=sa.text("(over OR obeying IS NOT NULL) AND state <> 'ended'")
    ),
    sa.Index("omnibus_order_newest", "opened_at", "ref"),
    sa.Index("omnibus_order_open", "state", "closes_at", postgresql_where=sa.text("state <> 'ended'")),
)
"""`lots` is what the newest manifest says, `obeyed` the version that the venue is known to obey. `obeying` is what it
obeys as soon as the fills before that are shared, and `over` what it will be then, with `why` unless all of it was
filled.
"""

OMNIBUS_MEMBER = sa.Table(
    "omnibus_member",
    schema.METADATA,
    sa.Column("order", schema.REF, sa.ForeignKey("omnibus_order.ref"), primary_key=True),
    sa.Column("channel", schema.REF, primary_key=True),
    sa.Column("epoch", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("sequence", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("position", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("participant", schema.REF, nullable=False),
    sa.Column("number", schema.COUNTER),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("filled", schema.LOTS, nullable=False, server_default="0"),
    sa.Column("target", schema.LOTS),
    sa.Column("reason", REASON),
    sa.Column("open", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("at", schema.MOMENT, nullable=False),
    sa.Index("omnibus_member_number", "order", "number", unique=True),
    sa.Index(
        "omnibus_member_open", "channel", "epoch", "sequence", "position", unique=True, postgresql_where=sa.text("open")
    ),
    sa.Index("omnibus_member_participant", "channel", "participant", postgresql_where=sa.text("open")),
    sa.Index("omnibus_member_changing", "order", postgresql_where=sa.text("target IS NOT NULL")),
)
"""`lots` is what the intent may have of this order in all; `target` is what that shall become, and `reason` why."""

OMNIBUS_MANIFEST = sa.Table(
    "omnibus_manifest",
    schema.METADATA,
    sa.Column("order", schema.REF, sa.ForeignKey("omnibus_order.ref"), primary_key=True),
    sa.Column("version", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("root", schema.HASH32, nullable=False),
    sa.Column("members", schema.COUNTER, nullable=False),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("xid", columns.Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("left_at", schema.MOMENT),
    sa.Column("left_xid", columns.Xid8()),
    sa.Index("omnibus_manifest_waiting", "xid", postgresql_where=sa.text("left_at IS NULL")),
)

OMNIBUS_CHANGE = sa.Table(
    "omnibus_change",
    schema.METADATA,
    sa.Column("order", schema.REF, primary_key=True),
    sa.Column("version", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("number", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("lots_before", schema.LOTS, nullable=False),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.ForeignKeyConstraint(
        ["order", "version"],
        ["omnibus_manifest.order", "omnibus_manifest.version"],
        deferrable=True,
        initially="DEFERRED",
    ),
)
"""What a version changed in the one before it. From the newest lots and these, every version can be told again."""
