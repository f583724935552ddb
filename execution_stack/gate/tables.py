"""Channels, and both directions of each one's transcript."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns, key_tables, transcript_tables, witness_tables
from execution_stack import schema
from execution_stack.gate import model

LINK = postgresql.ENUM(*(state.value for state in model.Link), name="channel_link", metadata=schema.METADATA)

CHANNEL = sa.Table(
    "channel",
    schema.METADATA,
    sa.Column("id", schema.REF, primary_key=True),
    sa.Column("link", LINK, nullable=False, server_default=model.Link.UNSEEN.value),
    sa.Column("heard_at", schema.MOMENT),
    sa.Column("registered_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)

TRANSCRIPT = transcript_tables.tables(schema.METADATA, schema.KERNEL, nonces=True)
WITNESS = witness_tables.tables(schema.METADATA, schema.KERNEL)

CHANNEL_SIGNER = sa.Table(
    "channel_signer",
    schema.METADATA,
    sa.Column("channel", schema.REF, primary_key=True),
    sa.Column("public_key", schema.HASH32, primary_key=True),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
"""Keys with which a customer stack may sign its heads, as its operator published them; not secret, and not removed."""

AGREEMENT = postgresql.ENUM(
    *(each.value for each in model.Agreement), name="channel_agreement", metadata=schema.METADATA
)

CHANNEL_CHECKPOINT = sa.Table(
    "channel_checkpoint",
    schema.METADATA,
    sa.Column("channel", schema.REF, primary_key=True),
    columns.numbered("channel_checkpoint", schema.METADATA, schema.KERNEL),
    sa.Column("agreement", AGREEMENT, nullable=False),
    *(sa.Column(name, schema.COUNTER, nullable=False) for name in ("sent_epoch", "sent_sequence")),
    *(sa.Column(name, schema.COUNTER, nullable=False) for name in ("received_epoch", "received_sequence")),
    *(sa.Column(name, schema.COUNTER, nullable=False) for name in ("participants", "open_intents")),
    *(sa.Column(name, schema.AMOUNT, nullable=False) for name in ("charged", "paid")),
    *(
        sa.Column(f"{name}_differ", sa.Boolean(), nullable=False, server_default=sa.false())
        for name in ("participants", "open_intents", "charged", "paid")
    ),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
"""Our totals, as stated or as worked out for the cores that a customer stack named; which of its figures are others.

Of those figures nothing is kept: a number that is not ours is a number that its sender chose.
"""

CHANNEL_KEY = key_tables.table(schema.METADATA, schema.KERNEL)

CHANNEL_FILL = sa.Table(
    "channel_fill",
    schema.METADATA,
    sa.Column("channel", schema.REF, primary_key=True),
    sa.Column("last", schema.COUNTER, nullable=False),
)
"""The number of the last fill that a customer stack was told: they follow each other without a gap."""
