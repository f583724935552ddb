"""The customer side's record of its channel: the transcript, who holds the relay, names, and opaque references."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns, key_tables, transcript_tables, witness_tables
from customer_stack import schema
from customer_stack.gate import model
from customer_stack.schema import Category, Purpose, Retention

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
WITNESS = witness_tables.tables(schema.METADATA, schema.KERNEL)

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
    sa.Column("activation", REF, unique=True),
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

CHANNEL_TALLY = sa.Table(
    "channel_tally",
    schema.METADATA,
    sa.Column("channel", REF, primary_key=True),
    *(sa.Column(name, COUNTER, nullable=False, server_default="0") for name in ("open_intents", "charged", "paid")),
)
"""What all outcomes up to the last core that was applied come to, kept while applying: counting again takes too long."""

AGREEMENT = postgresql.ENUM(
    *(each.value for each in model.Agreement), name="channel_agreement", metadata=schema.METADATA
)

CHANNEL_CHECKPOINT = sa.Table(
    "channel_checkpoint",
    schema.METADATA,
    sa.Column("channel", REF, primary_key=True),
    columns.numbered("channel_checkpoint", schema.METADATA, schema.KERNEL),
    sa.Column("agreement", AGREEMENT, nullable=False),
    *(
        sa.Column(name, COUNTER, nullable=False)
        for name in (
            "sent_epoch",
            "sent_sequence",
            "received_epoch",
            "received_sequence",
            "participants",
            "open_intents",
            "charged",
            "paid",
            "own_participants",
            "own_open_intents",
            "own_charged",
            "own_paid",
        )
    ),
    sa.Column("at", MOMENT, nullable=False, server_default=sa.text("now()")),
)
"""Totals that were stated by us, or by the execution stack and worked out again here for the same cores."""

CHANNEL_KEY = key_tables.table(schema.METADATA, schema.KERNEL)

# What a message says about somebody stands in it as an opaque reference; here alone those lead to a subject.
_SUBJECT = schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ALWAYS)
_MESSAGE = schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.BACKUPS)
_OLD = schema.technical(Purpose.EVIDENCE, Retention.BACKUPS)
_GOES = {"channel_sent": _OLD, "channel_received": _OLD, "channel_void": _OLD, "channel_refused": _OLD}
_WAITING = schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.TRANSIENT)
_TRANSIENT = schema.technical(retention=Retention.TRANSIENT)

schema.describe(CHANNEL, schema.technical())
schema.describe(CHANNEL_KEY, schema.technical(Purpose.EVIDENCE))
schema.describe(CHANNEL_LEASE, _TRANSIENT)
schema.describe(CHANNEL_SUBJECT, schema.technical(Purpose.EVIDENCE), subject=_SUBJECT)
schema.describe(CHANNEL_REFERENCE, schema.technical(Purpose.SERVICE), reference=_SUBJECT, subject=_SUBJECT)
schema.describe(CHANNEL_RESERVATION, _TRANSIENT)
for _table in TRANSCRIPT:
    schema.describe(
        _table,
        _TRANSIENT if _table.name == "channel_outbox" else _GOES.get(_table.name, schema.technical(Purpose.EVIDENCE)),
        **{
            column: said
            for column, said in {"payload": _WAITING, "subjects": _WAITING, "about": _WAITING, "body": _MESSAGE}.items()
            if column in _table.c
        },
    )
schema.describe(CHANNEL_WALLET, schema.technical(Purpose.SERVICE), reference=_SUBJECT, address=_SUBJECT)
for _table in (*WITNESS, CHANNEL_TALLY, CHANNEL_CHECKPOINT):
    schema.describe(_table, schema.technical(Purpose.EVIDENCE))
