"""Identity: accounts, passwords, consents, codes, sessions, second factors, contact changes and API keys."""

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

_STATEMENTS = (
    """\
CREATE TYPE account_reason AS ENUM ('compliance', 'customer_request', 'deceased', 'legal_order', 'other', 'security')""",
    """\
CREATE TYPE account_role AS ENUM ('admin', 'investor', 'issuer', 'staff')""",
    """\
CREATE TYPE account_state AS ENUM ('pending', 'active', 'suspended', 'closed')""",
    """\
CREATE TYPE code_purpose AS ENUM ('email_change', 'invitation', 'password_reset', 'phone_change', 'sign_in', \
'verify_email', 'verify_phone')""",
    """\
CREATE TYPE consent_kind AS ENUM ('terms', 'privacy_notice', 'essential_services', 'marketing', 'analytics', \
'third_party_sharing')""",
    """\
CREATE TYPE contact_change_state AS ENUM ('requested', 'waiting', 'done', 'cancelled')""",
    """\
CREATE TYPE contact_channel AS ENUM ('email', 'sms')""",
    """\
CREATE TYPE session_end AS ENUM ('signed_out', 'ended_by_owner', 'everywhere', 'password_changed', 'reuse', \
'client_changed', 'suspended', 'forced', 'crowded_out')""",
    """\
CREATE TABLE account (
    id UUID NOT NULL,
    role account_role NOT NULL,
    state account_state NOT NULL,
    reason account_reason,
    language TEXT NOT NULL,
    email BYTEA NOT NULL,
    email_index BYTEA NOT NULL,
    phone BYTEA NOT NULL,
    phone_index BYTEA NOT NULL,
    email_verified_at TIMESTAMP WITH TIME ZONE,
    phone_verified_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revision BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE UNIQUE INDEX account_email ON account (email_index) WHERE state IN ('active', 'suspended')""",
    """\
CREATE INDEX account_email_any ON account (email_index)""",
    """\
CREATE INDEX account_pending ON account (created_at) WHERE state = 'pending'""",
    """\
CREATE INDEX account_phone ON account (phone_index)""",
    """\
CREATE TABLE account_password (
    account UUID NOT NULL,
    hash TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
CREATE TABLE account_totp (
    account UUID NOT NULL,
    secret BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    last_step BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
CREATE TABLE api_key (
    id UUID NOT NULL,
    account UUID NOT NULL,
    digest BYTEA NOT NULL,
    prefix TEXT NOT NULL,
    label BYTEA NOT NULL,
    permissions TEXT[] NOT NULL,
    read_only BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (digest)
)""",
    """\
CREATE INDEX api_key_account ON api_key (account)""",
    """\
CREATE TABLE consent (
    id UUID NOT NULL,
    account UUID NOT NULL,
    consent consent_kind NOT NULL,
    version TEXT NOT NULL,
    granted BOOLEAN NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX consent_account ON consent (account, consent, at)""",
    """\
CREATE TABLE contact_change (
    id UUID NOT NULL,
    account UUID NOT NULL,
    channel contact_channel NOT NULL,
    state contact_change_state NOT NULL,
    value BYTEA NOT NULL,
    value_index BYTEA NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE UNIQUE INDEX contact_change_open ON contact_change (account, channel) WHERE state IN ('requested', 'waiting')""",
    """\
CREATE TABLE known_device (
    digest BYTEA NOT NULL,
    account UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (digest, account)
)""",
    """\
CREATE INDEX known_device_account ON known_device (account)""",
    """\
CREATE TABLE recovery_code (
    account UUID NOT NULL,
    digest BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (account, digest)
)""",
    """\
CREATE TABLE refresh_token (
    digest BYTEA NOT NULL,
    session UUID NOT NULL,
    generation BIGINT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (digest)
)""",
    """\
CREATE INDEX refresh_token_session ON refresh_token (session)""",
    """\
CREATE TABLE sent_code (
    account UUID NOT NULL,
    purpose code_purpose NOT NULL,
    digest BYTEA NOT NULL,
    tries BIGINT DEFAULT '0' NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (account, purpose)
)""",
    """\
CREATE INDEX sent_code_digest ON sent_code (digest)""",
    """\
CREATE INDEX sent_code_expired ON sent_code (expires_at)""",
    """\
CREATE TABLE session (
    id UUID NOT NULL,
    account UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    authenticated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    factor_at TIMESTAMP WITH TIME ZONE,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended session_end,
    generation BIGINT DEFAULT '0' NOT NULL,
    program BYTEA NOT NULL,
    network BYTEA NOT NULL,
    device BYTEA NOT NULL,
    place BYTEA NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX session_account ON session (account) WHERE ended_at IS NULL""",
    """\
CREATE INDEX session_over ON session (expires_at)""",
    """\
CREATE TABLE sign_in_challenge (
    digest BYTEA NOT NULL,
    account UUID NOT NULL,
    login BYTEA NOT NULL,
    program BYTEA NOT NULL,
    tries BIGINT DEFAULT '0' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (digest)
)""",
    """\
CREATE INDEX sign_in_challenge_expired ON sign_in_challenge (expires_at)""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent FOR EACH STATEMENT EXECUTE FUNCTION \
refuse_change()""",
)
_UNDO = (
    "DROP TABLE account",
    "DROP TABLE account_password",
    "DROP TABLE account_totp",
    "DROP TABLE api_key",
    "DROP TABLE consent",
    "DROP TABLE contact_change",
    "DROP TABLE known_device",
    "DROP TABLE recovery_code",
    "DROP TABLE refresh_token",
    "DROP TABLE sent_code",
    "DROP TABLE session",
    "DROP TABLE sign_in_challenge",
    "DROP TYPE account_reason",
    "DROP TYPE account_role",
    "DROP TYPE account_state",
    "DROP TYPE code_purpose",
    "DROP TYPE consent_kind",
    "DROP TYPE contact_change_state",
    "DROP TYPE contact_channel",
    "DROP TYPE session_end",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _UNDO:
        op.execute(statement)
