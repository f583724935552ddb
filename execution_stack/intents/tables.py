"""The intake: one row per accepted intent."""

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.intents import model


def _enum(type_: type[enum.StrEnum], name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in type_), name=name, metadata=schema.METADATA)


INTENT = sa.Table(
    "intent",
    schema.METADATA,
    sa.Column("channel", schema.REF, primary_key=True),
    sa.Column("epoch", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("sequence", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("position", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("participant", schema.REF, nullable=False),
    sa.Column("instrument", schema.REF, nullable=False),
    sa.Column("side", _enum(model.Side, "intent_side"), nullable=False),
    sa.Column("kind", _enum(model.Kind, "intent_kind"), nullable=False),
    sa.Column("time_in_force", _enum(model.TimeInForce, "intent_time_in_force"), nullable=False),
    sa.Column("limit_ticks", schema.TICKS, nullable=False),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("cost_cap", schema.AMOUNT, nullable=False),
    sa.Column("expires_at", schema.COUNTER, nullable=False),
    sa.Column("state", _enum(model.State, "intent_state"), nullable=False, server_default=model.State.OPEN.value),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index("intent_open", "instrument", postgresql_where=sa.text("state = 'open'")),
    sa.Index("intent_open_of", "participant", postgresql_where=sa.text("state = 'open'")),
)
