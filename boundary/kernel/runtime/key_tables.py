"""The states of channel keys. Secrets stay in files; a row names a key by its fingerprint and says what it is for."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel import key_states
from boundary.kernel.runtime import columns


def table(metadata: sa.MetaData, types: columns.Types) -> sa.Table:
    state = postgresql.ENUM(*(each.value for each in key_states.State), name="channel_key_state", metadata=metadata)
    return sa.Table(
        "channel_key",
        metadata,
        sa.Column("key_id", types.counter, primary_key=True, autoincrement=False),
        sa.Column("channel", types.ref, nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("fingerprint", types.hash32, nullable=False, unique=True),
        sa.Column("added_at", types.moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("seen_at", types.moment),
        sa.Column("activated_at", types.moment),
        sa.Column("replaced_at", types.moment),
        sa.Column("ended_at", types.moment),
        sa.Index("channel_key_active", "channel", unique=True, postgresql_where=sa.text("state = 'active'")),
    )
