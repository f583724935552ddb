"""Channels, and both directions of each one's transcript."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import key_tables, transcript_tables
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

TRANSCRIPT = transcript_tables.tables(schema.METADATA, schema.KERNEL)

CHANNEL_KEY = key_tables.table(schema.METADATA, schema.KERNEL)
