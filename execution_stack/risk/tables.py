"""Limits, lists, counters, findings and stops."""

import enum
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from execution_stack import schema
from execution_stack.participants import model as participants
from execution_stack.risk import model


def _enum(type_: type[enum.StrEnum], name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in type_), name=name, metadata=schema.METADATA)


SCOPE = _enum(model.Scope, "risk_scope")
LISTING = _enum(model.Listing, "risk_listing")
CAUSE = _enum(model.Cause, "risk_cause")
CATEGORY = _enum(participants.Category, "risk_category")


def _type(name: str) -> schema.Domain:
    """Money, and sums of lots over orders, may be larger than any number of rows."""
    large = name.endswith(("value", "volume", "notional", "lots")) or name == "traded"
    return schema.AMOUNT if large else schema.COUNTER


def _limits(figures: Iterable[str]) -> list[sa.Column[int]]:
    return [sa.Column(figure, _type(figure)) for figure in figures]


def _counters(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, _type(name), nullable=False, server_default="0") for name in names]


DEFAULT = sa.Table(
    "risk_default",
    schema.METADATA,
    sa.Column("category", CATEGORY, primary_key=True),
    sa.Column("level", schema.COUNTER, primary_key=True, autoincrement=False),
    *_limits(model.FIGURES),
)
PARTICIPANT = sa.Table(
    "risk_participant", schema.METADATA, sa.Column("participant", schema.REF, primary_key=True), *_limits(model.FIGURES)
)
INSTRUMENT = sa.Table(
    "risk_instrument",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    *_limits(model.OF_INSTRUMENT),
)
SYMBOL = sa.Table(
    "risk_symbol",
    schema.METADATA,
    sa.Column("participant", schema.REF, primary_key=True),
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("listing", LISTING, nullable=False),
)
ACCOUNT = sa.Table(
    "risk_account",
    schema.METADATA,
    sa.Column("participant", schema.REF, primary_key=True),
    *_counters("day", "traded", "open_orders", "open_value", "refusals", "cooling_until", "slot"),
    *_counters(*(f"placed_{number}" for number in range(model.SLOTS))),
)
HOLDING = sa.Table(
    "risk_holding",
    schema.METADATA,
    sa.Column("participant", schema.REF, primary_key=True),
    sa.Column("instrument", schema.REF, primary_key=True),
    *_counters(*model.Holding._fields),
)
FINDING = sa.Table(
    "risk_finding",
    schema.METADATA,
    columns.numbered("risk_finding", schema.METADATA, schema.KERNEL),
    sa.Column("channel", schema.REF, nullable=False),
    sa.Column("participant", schema.REF, nullable=False),
    sa.Column("instrument", schema.REF, nullable=False),
    sa.Column("cause", CAUSE, nullable=False),
    sa.Column("refuses", sa.Boolean(), nullable=False),
    sa.Column("value", schema.AMOUNT, nullable=False),
    sa.Column("bound", schema.AMOUNT, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index("risk_finding_participant", "participant", "id"),
    sa.Index("risk_finding_at", "at"),
)
STOP = sa.Table(
    "risk_stop",
    schema.METADATA,
    sa.Column("id", schema.REF, primary_key=True),
    sa.Column("scope", SCOPE, nullable=False),
    sa.Column("channel", schema.REF),
    sa.Column("instrument", schema.REF),
    sa.Column("participant", schema.REF),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("lifted_at", schema.MOMENT),
    sa.Column("statement", schema.HASH32, unique=True),
    sa.CheckConstraint(
        "(scope = 'channel') = (channel IS NOT NULL) AND (scope = 'instrument') = (instrument IS NOT NULL)"
        " AND (scope = 'participant') = (participant IS NOT NULL)",
        name="risk_stop_subject",
    ),
    sa.CheckConstraint("(lifted_at IS NULL) = (statement IS NULL)", name="risk_stop_lifted"),
    sa.Index(
        "risk_stop_once",
        "scope",
        "channel",
        "instrument",
        "participant",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    ),
)
