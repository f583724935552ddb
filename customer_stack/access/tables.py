"""Who is what, what each was given, and what waits for a second person."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.access import model
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32

ROLE = postgresql.ENUM(*(each.value for each in model.Role), name="access_role", metadata=schema.METADATA)
ITEM = postgresql.ENUM(
    *(each.value for type_ in (model.Permission, model.Preset) for each in type_),
    name="access_item",
    metadata=schema.METADATA,
)
"""Permissions and presets in one type: the former have a point in their names and the latter none."""
STATE = postgresql.ENUM(
    *(each.value for each in model.ProposalState), name="access_proposal_state", metadata=schema.METADATA
)

STANDING = sa.Table(
    "access_standing",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("role", ROLE, nullable=False),
    sa.Column("version", COUNTER, nullable=False, server_default="1"),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Index("access_standing_role", "role", "account"),
)

GRANT = sa.Table(
    "access_grant",
    schema.METADATA,
    sa.Column("account", REF, sa.ForeignKey("access_standing.account"), primary_key=True),
    sa.Column("item", ITEM, primary_key=True),
    sa.Column("granted_by", REF),
    sa.Column("granted_at", MOMENT, nullable=False, server_default=sa.text("now()")),
    sa.Column("until", MOMENT),
    sa.Index("access_grant_super_admin", "account", postgresql_where=sa.text("item = 'super_admin'")),
)

PROPOSAL = sa.Table(
    "access_proposal",
    schema.METADATA,
    sa.Column("hash", HASH, primary_key=True),
    sa.Column("nonce", REF, nullable=False),
    sa.Column("payload", schema.KERNEL.coded, nullable=False),
    sa.Column("needs", ITEM, nullable=False),
    sa.Column("proposer", REF, nullable=False),
    sa.Column("proposed_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("state", STATE, nullable=False, server_default=model.ProposalState.OPEN.value),
    sa.Column("decided_by", REF),
    sa.Column("decided_at", MOMENT),
    sa.Index("access_proposal_order", "proposed_at", "hash"),
    sa.Index("access_proposal_open", "expires_at", postgresql_where=sa.text("state = 'open'")),
)

TABLES = (STANDING, GRANT, PROPOSAL)

_WHO = schema.handling(Category.PSEUDONYM, Purpose.SECURITY, Retention.ACCOUNT)
_STAFF = schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.LAW)
_MAY = schema.technical(Purpose.SECURITY, Retention.ACCOUNT)
schema.describe(STANDING, _MAY, account=_WHO)
schema.describe(GRANT, _MAY, account=_WHO, granted_by=_STAFF)
schema.describe(
    PROPOSAL,
    schema.technical(Purpose.EVIDENCE, Retention.LAW),
    payload=_STAFF,
    proposer=_STAFF,
    decided_by=_STAFF,
)
