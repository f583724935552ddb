"""Catalogue keys, signatures, and documents that wait."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from execution_stack import schema
from execution_stack.catalogue import model

KEY_STATE = postgresql.ENUM(
    *(each.value for each in model.KeyState), name="catalogue_key_state", metadata=schema.METADATA
)
HELD_STATE = postgresql.ENUM(
    *(each.value for each in model.HeldState), name="catalogue_held_state", metadata=schema.METADATA
)
APPEND_ONLY = ("catalogue_signature",)

KEY = sa.Table(
    "catalogue_key",
    schema.METADATA,
    sa.Column("public_key", schema.HASH32, primary_key=True),
    sa.Column("state", KEY_STATE, nullable=False, server_default=model.KeyState.ACTIVE.value),
    sa.Column("statement", schema.HASH32, nullable=False, unique=True),
    sa.Column("registered_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("revoked_at", schema.MOMENT),
)
SIGNATURE = sa.Table(
    "catalogue_signature",
    schema.METADATA,
    sa.Column("document", schema.HASH32, primary_key=True),
    sa.Column("public_key", schema.HASH32, nullable=False),
    sa.Column("signature", schema.SIGNATURE64, nullable=False),
    sa.Column("at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
)
HELD = sa.Table(
    "catalogue_held",
    schema.METADATA,
    sa.Column("document", schema.HASH32, primary_key=True),
    sa.Column("size", schema.COUNTER, nullable=False),
    sa.Column("findings", schema.COUNTER, nullable=False),
    sa.Column("state", HELD_STATE, nullable=False, server_default=model.HeldState.WAITING.value),
    sa.Column("held_at", schema.MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("decided_at", schema.MOMENT),
)
