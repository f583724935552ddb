"""The register of wallets."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.wallets import model

KIND = postgresql.ENUM(*(each.value for each in model.Kind), name="wallet_kind", metadata=schema.METADATA)

WALLET = sa.Table(
    "wallet",
    schema.METADATA,
    sa.Column("address", schema.ADDRESS20, primary_key=True),
    sa.Column("channel", schema.REF, nullable=False),
    sa.Column("participant", schema.REF, nullable=False),
    sa.Column("kind", KIND, nullable=False),
    sa.Column("signed_at", schema.MOMENT),
    sa.Column("proof", schema.SIGNATURE65),
    sa.Column("statement", schema.HASH32, unique=True),
    sa.Column("registered_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index("wallet_participant", "channel", "participant"),
    sa.Index("wallet_custody", "channel", "participant", unique=True, postgresql_where=sa.text("kind = 'custody'")),
    sa.CheckConstraint(
        "(kind = 'own') = (proof IS NOT NULL) AND (proof IS NULL) = (statement IS NULL)"
        " AND (proof IS NULL) = (signed_at IS NULL)",
        name="wallet_proven",
    ),
)
