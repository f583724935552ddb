"""Inboxes, what accounts chose, deliveries and announcements; lists of accounts by state and role."""

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"

_STATEMENTS = (
    """\
CREATE TYPE announcement_state AS ENUM ('writing', 'done')""",
    """\
CREATE TYPE delivery_state AS ENUM ('waiting', 'sending', 'sent', 'unknown', 'dead')""",
    """\
CREATE TYPE notice_category AS ENUM ('security', 'account', 'announcements')""",
    """\
CREATE TYPE notice_channel AS ENUM ('email', 'sms')""",
    """\
CREATE TYPE notice_locale AS ENUM ('en', 'si', 'ta', 'ar')""",
    """\
CREATE TABLE announcement (
    id UUID NOT NULL,
    author UUID NOT NULL,
    role TEXT,
    locale notice_locale,
    state announcement_state DEFAULT 'writing' NOT NULL,
    reached UUID,
    written BIGINT DEFAULT '0' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE announcement_text (
    announcement UUID NOT NULL,
    locale notice_locale NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (announcement, locale)
)""",
    """\
CREATE TABLE delivery (
    id UUID NOT NULL,
    account UUID NOT NULL,
    notification UUID,
    channel notice_channel NOT NULL,
    kind TEXT NOT NULL,
    locale notice_locale NOT NULL,
    state delivery_state DEFAULT 'waiting' NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    reference TEXT DEFAULT '' NOT NULL,
    sealed BYTEA,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX delivery_account ON delivery (account)""",
    """\
CREATE INDEX delivery_due ON delivery (due_at) WHERE state IN ('waiting', 'sending')""",
    """\
CREATE INDEX delivery_ended ON delivery (ended_at) WHERE ended_at IS NOT NULL""",
    """\
CREATE INDEX delivery_state ON delivery (state, id)""",
    """\
CREATE TABLE notice_choice (
    account UUID NOT NULL,
    locale notice_locale,
    revision BIGINT DEFAULT '1' NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
CREATE TABLE notice_preference (
    account UUID NOT NULL,
    category notice_category NOT NULL,
    channel notice_channel NOT NULL,
    enabled BOOLEAN NOT NULL,
    PRIMARY KEY (account, category, channel)
)""",
    """\
CREATE TABLE notification (
    id UUID NOT NULL,
    account UUID NOT NULL,
    kind TEXT NOT NULL,
    facts BYTEA,
    announcement UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX notification_inbox ON notification (account, id)""",
    """\
CREATE UNIQUE INDEX notification_once ON notification (announcement, account) WHERE announcement IS NOT NULL""",
    """\
CREATE INDEX notification_unread ON notification (account, id) WHERE read_at IS NULL""",
    """\
CREATE INDEX account_state ON account (state, id)""",
    """\
CREATE INDEX access_standing_role ON access_standing (role, account)""",
)
_UNDO = (
    "DROP INDEX access_standing_role",
    "DROP INDEX account_state",
    "DROP TABLE announcement",
    "DROP TABLE announcement_text",
    "DROP TABLE delivery",
    "DROP TABLE notice_choice",
    "DROP TABLE notice_preference",
    "DROP TABLE notification",
    "DROP TYPE announcement_state",
    "DROP TYPE delivery_state",
    "DROP TYPE notice_category",
    "DROP TYPE notice_channel",
    "DROP TYPE notice_locale",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # rather fail and try again than queue everybody behind us
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _UNDO:
        op.execute(statement)
