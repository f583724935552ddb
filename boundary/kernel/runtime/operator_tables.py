"""The tables of a stack's operators: who may sign decisions, and which decisions were made.

operator           a person as an opaque reference and a public key; of one channel, or of the stack itself
operator_decision  the hash of every statement that two of them signed: a second use of one finds it here
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns, operator_states

APPEND_ONLY = ("operator_decision",)


def tables(metadata: sa.MetaData, types: columns.Types) -> tuple[sa.Table, sa.Table]:
    """Both, for a stack's metadata."""
    state = postgresql.ENUM(*(each.value for each in operator_states.State), name="operator_state", metadata=metadata)
    operator = sa.Table(
        "operator",
        metadata,
        sa.Column("ref", types.ref, primary_key=True),
        sa.Column("channel", types.ref),
        sa.Column("public_key", types.hash32, nullable=False, unique=True),
        sa.Column("state", state, nullable=False, server_default=operator_states.State.REGISTERED.value),
        sa.Column("registered_at", types.moment, nullable=False, server_default=sa.text("now()")),
        sa.Column("activated_at", types.moment),
        sa.Column("revoked_at", types.moment),
    )
    decision = sa.Table(
        "operator_decision",
        metadata,
        sa.Column("statement", types.hash32, primary_key=True),
        sa.Column("first", types.ref, nullable=False),
        sa.Column("second", types.ref, nullable=False),
        sa.Column("at", types.moment, nullable=False, server_default=sa.text("now()")),
    )
    return operator, decision
