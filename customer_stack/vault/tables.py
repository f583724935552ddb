"""Wrapped keys, and the ledger of those that were destroyed."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.schema import Category, Purpose, Retention
from customer_stack.vault import model

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter

REASON = postgresql.ENUM(*(each.value for each in model.Reason), name="erasure_reason", metadata=schema.METADATA)

SUBJECT_KEY = sa.Table(
    "subject_key",
    schema.METADATA,
    sa.Column("subject", REF, primary_key=True),
    sa.Column("version", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("kek", COUNTER, nullable=False),
    sa.Column("wrapped", postgresql.BYTEA(), nullable=False),
    sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("replaced_at", MOMENT),
    sa.Column("retired_at", MOMENT),
    sa.Index("subject_key_kek", "kek", "subject"),
    sa.Index("subject_key_replaced", "subject", postgresql_where=sa.text("replaced_at IS NOT NULL")),
)
schema.describe(
    SUBJECT_KEY,
    schema.technical(Purpose.SECURITY, Retention.ERASED),
    subject=schema.handling(Category.PSEUDONYM, Purpose.SECURITY, Retention.ERASED),
    wrapped=schema.handling(Category.KEY, Purpose.SECURITY, Retention.ERASED),
)

ERASURE = sa.Table(
    "erasure",
    schema.METADATA,
    sa.Column("subject", REF, primary_key=True),
    sa.Column("at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("reason", REASON, nullable=False),
)
schema.describe(
    ERASURE,
    schema.technical(Purpose.LAW),
    subject=schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.ALWAYS),
)
