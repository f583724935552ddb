"""Channels, and the nonces of the frames that they sent lately."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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

CHANNEL_NONCE = sa.Table(
    "channel_nonce",
    schema.METADATA,
    sa.Column("channel", schema.REF, sa.ForeignKey("channel.id"), primary_key=True),
    sa.Column("nonce", schema.REF, primary_key=True),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index("channel_nonce_age", "at"),
)
