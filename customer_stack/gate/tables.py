"""The customer side's record of its channel."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.gate import model

LINK = postgresql.ENUM(*(state.value for state in model.Link), name="channel_link", metadata=schema.METADATA)

CHANNEL = sa.Table(
    "channel",
    schema.METADATA,
    sa.Column("id", schema.KERNEL.ref, primary_key=True),
    sa.Column("link", LINK, nullable=False, server_default=model.Link.UNSEEN.value),
    sa.Column("answered_at", schema.KERNEL.moment),
)
