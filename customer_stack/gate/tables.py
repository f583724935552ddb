"""The customer side's record of its channel: the transcript, who holds the relay, names, and opaque references."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import key_tables, transcript_tables
from customer_stack import schema
from customer_stack.gate import model

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter

LINK = postgresql.ENUM(*(each.value for each in model.Link), name="channel_link", metadata=schema.METADATA)
OUTCOME = postgresql.ENUM(*(each.value for each in model.Outcome), name="channel_outcome", metadata=schema.METADATA)
REFERENCE_STATE = postgresql.ENUM(
    *(each.value for each in model.ReferenceState), name="reference_state", metadata=schema.METADATA
)
WALLET_KIND = postgresql.ENUM(*(each.value for each in model.WalletKind), name="wallet_kind", metadata=schema.METADATA)

CHANNEL = sa.Table(
    "channel",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("link", LINK, nullable=False, server_default=model.Link.UNSEEN.value),
    sa.Column("answered_at", MOMENT),
)

TRANSCRIPT = transcript_tables.tables(schema.METADATA, schema.KERNEL, named=True)

CHANNEL_LEASE = sa.Table(
    "channel_lease",
    schema.METADATA,
    sa.Column("channel", REF, primary_key=True),
    sa.Column("holder", REF, nullable=False),
    sa.Column("until", MOMENT, nullable=False),
    sa.Column("backend", COUNTER, nullable=False),
)

CHANNEL_SUBJECT = sa.Table(
    "channel_subject",
    schema.METADATA,
    sa.Column("channel", REF, primary_key=True),
    sa.Column("epoch", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("sequence", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("position", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("subject", REF, nullable=False),
    sa.Column("outcome", OUTCOME, nullable=False, server_default=model.Outcome.SENT.value),
    sa.Column("code", sa.SmallInteger()),
    sa.Column("at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("answered_at", MOMENT),
    sa.Index("channel_subject_subject", "subject"),
    postgresql_with={"fillfactor": 50},  # every row is written twice, and finds room for that beside itself
)

CHANNEL_REFERENCE = sa.Table(
    "channel_reference",
    schema.METADATA,
    sa.Column("reference", REF, primary_key=True),
    sa.Column("channel", REF, nullable=False),
    sa.Column("state", REFERENCE_STATE, nullable=False, server_default=model.ReferenceState.SPARE.value),
    sa.Column("subject", REF, unique=True),
    sa.Column("issued_at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("attached_at", MOMENT),
    sa.Index("channel_reference_spare", "channel", postgresql_where=sa.text("state = 'spare'")),
)

CHANNEL_WALLET = sa.Table(
    "channel_wallet",
    schema.METADATA,
    sa.Column("address", sa.LargeBinary(), sa.CheckConstraint("octet_length(address) = 20"), primary_key=True),
    sa.Column("channel", REF, nullable=False),
    sa.Column("reference", REF, nullable=False),
    sa.Column("kind", WALLET_KIND, nullable=False),
    sa.Column("heard_at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index("channel_wallet_reference", "channel", "reference"),
)

CHANNEL_RESERVATION = sa.Table(
    "channel_reservation",
    schema.METADATA,
    sa.Column("channel", REF, primary_key=True),
    sa.Column("subject", REF, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=sa.text("now()")),
)

CHANNEL_KEY = key_tables.table(schema.METADATA, schema.KERNEL)
