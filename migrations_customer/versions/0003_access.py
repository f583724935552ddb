"""Access: roles, grants and proposals; and two mechanisms of the kernel, rate limits and the answers kept for repeats."""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"

_STATEMENTS = (
    """\
CREATE TYPE access_role AS ENUM ('admin', 'investor', 'issuer', 'staff')""",
    """\
CREATE TYPE access_item AS ENUM (
    'audit.view', 'business.review', 'business.view', 'compliance.manage', 'compliance.view',
    'dataroom.manage', 'dataroom.view', 'dividends.manage', 'kyc.review', 'kyc.view', 'offerings.manage',
    'offerings.view', 'permissions.manage', 'platform.analytics', 'platform.finances', 'platform.stats',
    'tokens.manage', 'tokens.view', 'trading.manage', 'users.manage', 'users.view', 'wallet.manage',
    'wallet.view', 'compliance_officer', 'finance_manager', 'kyc_officer', 'operations', 'super_admin',
    'support', 'token_manager', 'privacy_auditor', 'regulator'
)""",
    """\
CREATE TYPE access_proposal_state AS ENUM ('open', 'executed', 'rejected', 'withdrawn', 'expired')""",
    """\
CREATE TABLE rate_limit (
    slot BYTEA NOT NULL,
    full_at BIGINT NOT NULL,
    step BIGINT NOT NULL,
    span BIGINT NOT NULL,
    PRIMARY KEY (slot)
)""",
    """\
CREATE INDEX rate_limit_full_at ON rate_limit (full_at)""",
    """\
CREATE TABLE idempotency (
    slot BYTEA NOT NULL,
    input BYTEA NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (slot)
)""",
    """\
CREATE INDEX idempotency_at ON idempotency (at)""",
    """\
CREATE TABLE access_standing (
    account UUID NOT NULL,
    role access_role NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
CREATE TABLE access_grant (
    account UUID NOT NULL,
    item access_item NOT NULL,
    granted_by UUID,
    granted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (account, item),
    FOREIGN KEY(account) REFERENCES access_standing (account)
)""",
    """\
CREATE INDEX access_grant_super_admin ON access_grant (account) WHERE item = 'super_admin'""",
    """\
CREATE TABLE access_proposal (
    hash BYTEA NOT NULL,
    nonce UUID NOT NULL,
    payload BYTEA NOT NULL,
    needs access_item NOT NULL,
    proposer UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state access_proposal_state DEFAULT 'open' NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (hash)
)""",
    """\
CREATE INDEX access_proposal_open ON access_proposal (expires_at) WHERE state = 'open'""",
    """\
CREATE INDEX access_proposal_order ON access_proposal (proposed_at, hash)""",
)
_UNDO = (
    "DROP TABLE access_proposal",
    "DROP TABLE access_grant",
    "DROP TABLE access_standing",
    "DROP TABLE idempotency",
    "DROP TABLE rate_limit",
    "DROP TYPE access_proposal_state",
    "DROP TYPE access_item",
    "DROP TYPE access_role",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _UNDO:
        op.execute(statement)
