"""What is kept of the books: the journal of commands, what came of it, and where the engine stands.

Rows are few and packed where much is written: a row of the journal holds a run of commands, a row of batches all events
of one transaction. Orders and trades have a row each, and no index but their key.

    clob_shard          which journals there are, and the number of each one's next command
    clob_book           which instrument's book is where
    clob_participant    the small number under which a book knows a participant
    clob_command        the journal: runs of commands, numbered without a gap
    clob_timer          when a book must next be told the time
    clob_cursor         who may write for a shard, and how far it has come
    clob_batch          what the books said, in the order of matching, with a chained hash
    clob_order          how each order stands
    clob_trade          each trade, numbered without a gap for each instrument
    clob_candle         candles of every span, folded from the trades
    clob_candle_place   how far they are folded
    clob_snapshot       the state of all books of a shard after a batch, in parts; written last, so whole if it is there
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from execution_stack import schema
from execution_stack.clob import model
from execution_stack.clob.market_data import candles

ORDER_STATE = postgresql.ENUM(
    *(each.value for each in model.OrderState), name="clob_order_state", metadata=schema.METADATA
)
SIDE = postgresql.ENUM(*(each.name.lower() for each in model.Side), name="clob_side", metadata=schema.METADATA)

SHARD = sa.Table(
    "clob_shard",
    schema.METADATA,
    sa.Column("shard", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("next", schema.COUNTER, nullable=False, server_default="1"),
)

BOOK = sa.Table(
    "clob_book",
    schema.METADATA,
    sa.Column("number", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("instrument", schema.REF, nullable=False, unique=True),
    sa.Column("shard", schema.COUNTER, nullable=False),
    sa.Column("next_order", schema.COUNTER, nullable=False, server_default="1"),
    sa.Column("day_ends", schema.COUNTER, nullable=False),
    sa.Column("next_day", schema.MOMENT, nullable=False),
    sa.Column("window_seconds", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("opened_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
"""`next_order` is the id of the book's next order; `day_ends` is in seconds after midnight, UTC."""

PARTICIPANT = sa.Table(
    "clob_participant",
    schema.METADATA,
    columns.numbered("clob_participant", schema.METADATA, schema.KERNEL),
    sa.Column("participant", schema.REF, nullable=False, unique=True),
    sa.Column("channel", schema.REF, nullable=False),
)

COMMAND = sa.Table(
    "clob_command",
    schema.METADATA,
    sa.Column("shard", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("no", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("count", schema.COUNTER, nullable=False),
    sa.Column("channel", schema.REF),
    sa.Column("epoch", schema.COUNTER),
    sa.Column("sequence", schema.COUNTER),
    sa.Column("position", schema.COUNTER),
    sa.Column("payload", schema.CODED, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index(
        "clob_command_intent",
        "channel",
        "epoch",
        "sequence",
        "position",
        postgresql_where=sa.text("position IS NOT NULL"),
    ),
)
"""`no` is the number of the row's first command, and `no + count` that of the next row's. A run that an intake placed bears
the name of its first intent, so that a later word about one of them finds the order.
"""

TIMER = sa.Table(
    "clob_timer",
    schema.METADATA,
    sa.Column("book", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("at", schema.MOMENT, primary_key=True),
)

CURSOR = sa.Table(
    "clob_cursor",
    schema.METADATA,
    sa.Column("shard", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("epoch", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("holder", schema.REF),
    sa.Column("until", schema.MOMENT),
    sa.Column("batch", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("command", schema.COUNTER, nullable=False, server_default="0"),
    sa.Column("hash", schema.HASH32, nullable=False),
)
"""`epoch` fences: it grows with every new holder, and a batch is committed only under the epoch that its writer holds."""

BATCH = sa.Table(
    "clob_batch",
    schema.METADATA,
    sa.Column("shard", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("number", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("first", schema.COUNTER, nullable=False),
    sa.Column("last", schema.COUNTER, nullable=False),
    sa.Column("done", sa.Boolean(), nullable=False),
    sa.Column("events", schema.COUNTER, nullable=False),
    sa.Column("payload", schema.CODED),
    sa.Column("hash", schema.HASH32, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
"""The commands from `first` to `last` were matched together. Where they said more than one transaction should write, several
batches name the same commands, and the last of them is `done`.
"""

ORDER = sa.Table(
    "clob_order",
    schema.METADATA,
    sa.Column("book", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("id", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("command", schema.COUNTER, nullable=False),
    sa.Column("participant", schema.COUNTER, nullable=False),
    sa.Column("epoch", schema.COUNTER, nullable=False),
    sa.Column("sequence", schema.COUNTER, nullable=False),
    sa.Column("position", schema.COUNTER, nullable=False),
    sa.Column("side", SIDE, nullable=False),
    sa.Column("price", schema.TICKS, nullable=False),
    sa.Column("open", schema.LOTS, nullable=False),
    sa.Column("filled", schema.LOTS, nullable=False),
    sa.Column("state", ORDER_STATE, nullable=False),
    sa.Column("reason", schema.COUNTER, nullable=False),
    sa.Column("batch", schema.COUNTER, nullable=False),
    postgresql_with={"fillfactor": "70"},
)
"""`command` is the number of the command that brought it, `batch` that of the last batch that changed it, `reason` a number of
`model.Reason`. Rows change in place: nothing that changes is indexed, and pages have room.
"""

TRADE = sa.Table(
    "clob_trade",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("number", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("price", schema.TICKS, nullable=False),
    sa.Column("lots", schema.LOTS, nullable=False),
    sa.Column("taker_side", SIDE, nullable=False),
    sa.Column("auction", sa.Boolean(), nullable=False),
    sa.Column("taker", schema.COUNTER, nullable=False),
    sa.Column("maker", schema.COUNTER, nullable=False),
    sa.Column("batch", schema.COUNTER, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
"""`taker` and `maker` are orders of the instrument's book; in an auction they are buyer and seller."""

SNAPSHOT = sa.Table(
    "clob_snapshot",
    schema.METADATA,
    sa.Column("shard", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("batch", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("command", schema.COUNTER, nullable=False),
    sa.Column("parts", schema.COUNTER, nullable=False),
    sa.Column("orders", schema.COUNTER, nullable=False),
    sa.Column("digest", schema.HASH32, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)

SNAPSHOT_PART = sa.Table(
    "clob_snapshot_part",
    schema.METADATA,
    sa.Column("shard", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("batch", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("part", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("payload", schema.CODED, nullable=False),
)

PLAIN = tuple(
    f"ALTER TABLE {table} ALTER COLUMN payload SET STORAGE EXTERNAL"
    for table in ("clob_batch", "clob_command", "clob_snapshot_part")
)
"""Packed numbers are kept as they are: compressing them costs the server more than writing them."""

KEPT = ("clob_command", "clob_batch", "clob_trade")
"""Written once, and neither changed nor removed."""

CANDLE_SPAN = postgresql.ENUM(
    *(each.name.lower() for each in candles.Span), name="clob_candle_span", metadata=schema.METADATA
)

CANDLE = sa.Table(
    "clob_candle",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("span", CANDLE_SPAN, primary_key=True),
    sa.Column("first", schema.COUNTER, primary_key=True, autoincrement=False),
    sa.Column("last", schema.COUNTER, nullable=False),
    sa.Column("opens_at", schema.MOMENT, nullable=False),
    sa.Column("open", schema.TICKS, nullable=False),
    sa.Column("high", schema.TICKS, nullable=False),
    sa.Column("low", schema.TICKS, nullable=False),
    sa.Column("close", schema.TICKS, nullable=False),
    sa.Column("lots", schema.COUNTER, nullable=False),
)
"""`first` and `last` are numbers of trades: the candles of a span hold every trade once. `lots` is a sum without the bound
of one trade. All of it follows from `clob_trade`, and may be made from it again.
"""

CANDLE_PLACE = sa.Table(
    "clob_candle_place",
    schema.METADATA,
    sa.Column("instrument", schema.REF, primary_key=True),
    sa.Column("folded", schema.COUNTER, nullable=False, server_default="0"),
)
"""How far the trades of an instrument are in its candles. Its row is locked by whoever folds the next ones."""
