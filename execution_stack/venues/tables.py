"""Orders at venues, what is asked about them, fills and positions, markets, prices, and what is kept as evidence.

Prices are amounts per contract and counts hundredths of one, whatever a market's tick table is today.
"""

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.venues import model
from execution_stack.venues.model import dealing


def _enum(type_: type[enum.StrEnum], name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in type_), name=name, metadata=schema.METADATA)


VENUE = _enum(dealing.Name, "venue_name")
SIDE = _enum(model.Side, "venue_side")
TIME_IN_FORCE = _enum(model.TimeInForce, "venue_time_in_force")
REFUSAL = _enum(model.Code, "venue_refusal")
MARKET_STATUS = _enum(model.MarketStatus, "venue_market_status")
RESULT = _enum(model.Result, "venue_result")
ORDER_STATE = _enum(dealing.State, "venue_order_state")
COMMAND_KIND = _enum(dealing.CommandKind, "venue_command_kind")
COMMAND_STATE = _enum(dealing.CommandState, "venue_command_state")
ACCOUNT_STATE = _enum(dealing.AccountState, "venue_account_state")
CAUSE = _enum(dealing.Cause, "venue_cause")
FINDING = _enum(dealing.FindingKind, "venue_finding_kind")
SNAPSHOT_KIND = _enum(dealing.SnapshotKind, "venue_snapshot_kind")

APPEND_ONLY = ("venue_fill", "venue_bust", "venue_settlement", "venue_snapshot", "venue_transfer", "venue_client")


def _venue(*, key: bool = False) -> sa.Column[str]:
    return sa.Column("venue", VENUE, primary_key=key, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, schema.COUNTER, primary_key=True, autoincrement=False)


def _at(name: str = "at") -> sa.Column[object]:
    return sa.Column(name, schema.MOMENT, nullable=False, server_default=sa.text("now()"))


def _figure(name: str, type_: schema.Domain, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, type_, nullable=False, server_default=default)


ACCOUNT = sa.Table(
    "venue_account",
    schema.METADATA,
    _venue(key=True),
    sa.Column("state", ACCOUNT_STATE, nullable=False, server_default=dealing.AccountState.OPEN.value),
    sa.Column("cause", CAUSE),
    sa.Column("killed_at", schema.MOMENT),
    sa.Column("fills_read_to", schema.MOMENT, nullable=False),
    sa.Column("settlements_read_to", schema.MOMENT, nullable=False),
    sa.Column("opened_at", schema.MOMENT, nullable=False),
)
TRANSFER = sa.Table(
    "venue_transfer",
    schema.METADATA,
    _venue(key=True),
    _number("number"),
    _figure("amount", schema.AMOUNT),
    sa.Column("outward", sa.Boolean, nullable=False),
    _at(),
)
MARKET = sa.Table(
    "venue_market",
    schema.METADATA,
    _venue(key=True),
    sa.Column("market", schema.CODE, primary_key=True),
    sa.Column("instrument", schema.REF, nullable=False, unique=True),
    sa.Column("event", schema.CODE, nullable=False),
    sa.Column("series", schema.CODE, nullable=False),
    sa.Column("status", MARKET_STATUS, nullable=False),
    sa.Column("document", schema.HASH32, nullable=False),
    _figure("tick", schema.AMOUNT),
    _figure("lot", schema.LOTS),
    _figure("payout", schema.AMOUNT),
    sa.Column("opens_at", schema.MOMENT, nullable=False),
    sa.Column("closes_at", schema.MOMENT, nullable=False),
    _at("seen_at"),
)
RANGE = sa.Table(
    "venue_range",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("start", schema.AMOUNT, primary_key=True, autoincrement=False),
    sa.Column("upto", schema.AMOUNT, nullable=False),
    sa.Column("step", schema.AMOUNT, nullable=False),
)
ORDER = sa.Table(
    "venue_order",
    schema.METADATA,
    sa.Column("ref", schema.REF, primary_key=True),
    sa.Column("client", schema.REF, nullable=False, unique=True),
    _venue(),
    sa.Column("instrument", schema.REF, nullable=False),
    sa.Column("market", schema.CODE, nullable=False),
    sa.Column("side", SIDE, nullable=False),
    _figure("price", schema.AMOUNT),
    _figure("count", schema.LOTS),
    sa.Column("time_in_force", TIME_IN_FORCE, nullable=False),
    sa.Column("expires_at", schema.MOMENT),
    sa.Column("post_only", sa.Boolean, nullable=False),
    sa.Column("reduce_only", sa.Boolean, nullable=False),
    sa.Column("state", ORDER_STATE, nullable=False, server_default=dealing.State.RECORDED.value),
    sa.Column("venue_id", schema.VENUE_ID, unique=True),
    _figure("filled", schema.LOTS, "0"),
    _figure("reserved", schema.AMOUNT),
    _figure("attempts", schema.COUNTER, "0"),
    sa.Column("checked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("refusal", REFUSAL),
    sa.Column("sent_at", schema.MOMENT),
    sa.Column("due_at", schema.MOMENT),
    _at("recorded_at"),
    _at("changed_at"),
    sa.Index("venue_order_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("venue_order_open", "venue", postgresql_where=sa.text(
        "state NOT IN ('filled', 'cancelled', 'refused', 'expired')"
    )),
)  # fmt: skip
CLIENT = sa.Table(
    "venue_client",
    schema.METADATA,
    sa.Column("client", schema.REF, primary_key=True),
    sa.Column("order", schema.REF, nullable=False),
    _at(),
)
COMMAND = sa.Table(
    "venue_command",
    schema.METADATA,
    sa.Column("order", schema.REF, primary_key=True),
    _number("number"),
    sa.Column("kind", COMMAND_KIND, nullable=False),
    sa.Column("price", schema.AMOUNT),
    sa.Column("count", schema.LOTS),
    sa.Column("client", schema.REF),
    sa.Column("state", COMMAND_STATE, nullable=False, server_default=dealing.CommandState.RECORDED.value),
    _figure("attempts", schema.COUNTER, "0"),
    sa.Column("refusal", REFUSAL),
    sa.Column("sent_at", schema.MOMENT),
    sa.Column("due_at", schema.MOMENT),
    _at("recorded_at"),
    _at("changed_at"),
    sa.Index("venue_command_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
)
FILL = sa.Table(
    "venue_fill",
    schema.METADATA,
    _venue(key=True),
    sa.Column("fill", schema.VENUE_ID, primary_key=True),
    sa.Column("order", schema.REF, nullable=False),
    sa.Column("instrument", schema.REF, nullable=False),
    sa.Column("side", SIDE, nullable=False),
    _figure("price", schema.AMOUNT),
    _figure("count", schema.LOTS),
    _figure("fee", schema.AMOUNT),
    sa.Column("taker", sa.Boolean, nullable=False),
    sa.Column("filled_at", schema.MOMENT, nullable=False),
    _at("heard_at"),
    sa.Index("venue_fill_order", "order"),
)
BUST = sa.Table(
    "venue_bust",
    schema.METADATA,
    _venue(key=True),
    sa.Column("fill", schema.VENUE_ID, primary_key=True),
    sa.Column("order", schema.REF, nullable=False),
    _at(),
)
POSITION = sa.Table(
    "venue_position",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    _venue(),
    sa.Column("market", schema.CODE, nullable=False),
    _figure("bought", schema.LOTS, "0"),
    _figure("sold", schema.LOTS, "0"),
    _figure("cost", schema.AMOUNT, "0"),
    _figure("proceeds", schema.AMOUNT, "0"),
    _figure("fees", schema.AMOUNT, "0"),
)
SETTLEMENT = sa.Table(
    "venue_settlement",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    _number("revision"),
    _venue(),
    sa.Column("result", RESULT, nullable=False),
    sa.Column("value", schema.AMOUNT),
    _figure("yes_count", schema.LOTS),
    _figure("no_count", schema.LOTS),
    _figure("revenue", schema.AMOUNT),
    _figure("fee", schema.AMOUNT),
    sa.Column("settled_at", schema.MOMENT, nullable=False),
    _at("heard_at"),
)
FINDING_TABLE = sa.Table(
    "venue_finding",
    schema.METADATA,
    sa.Column("digest", schema.HASH32, primary_key=True),
    _venue(),
    sa.Column("kind", FINDING, nullable=False),
    sa.Column("order", schema.REF),
    sa.Column("fill", schema.VENUE_ID),
    sa.Column("market", schema.CODE),
    _at("found_at"),
    sa.Column("over_at", schema.MOMENT),
    sa.Index("venue_finding_open", "venue", postgresql_where=sa.text("over_at IS NULL")),
)
SNAPSHOT = sa.Table(
    "venue_snapshot",
    schema.METADATA,
    _venue(key=True),
    sa.Column("kind", SNAPSHOT_KIND, primary_key=True),
    sa.Column("at", schema.MOMENT, primary_key=True),
    sa.Column("file", schema.HASH32, nullable=False),
    sa.Column("content", schema.HASH32, nullable=False),
    _figure("size", schema.COUNTER),
)
QUOTE = sa.Table(
    "venue_quote",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("last", schema.TICKS),
    sa.Column("torn", sa.Boolean, nullable=False),
    sa.Column("source_at", schema.MOMENT),
    sa.Column("heard_at", schema.MOMENT, nullable=False),
)
LEVEL = sa.Table(
    "venue_level",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("side", SIDE, primary_key=True),
    _number("place"),
    _figure("ticks", schema.TICKS),
    _figure("lots", schema.LOTS),
)
