"""Payments: beneficiaries, deposits and statements, withdrawals and their steps, events in and out."""

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"

_STATEMENTS = (
    """\
CREATE TYPE beneficiary_state AS ENUM ('active', 'removed')""",
    """\
CREATE TYPE beneficiary_payee AS ENUM ('unchecked', 'match', 'close', 'no_match', 'unavailable')""",
    """\
CREATE TYPE beneficiary_screened AS ENUM ('clear', 'review', 'blocked', 'pending', 'error')""",
    """\
CREATE TYPE deposit_state AS ENUM ('booked', 'suspense', 'released', 'returned')""",
    """\
CREATE TYPE payment_statement_state AS ENUM ('waiting', 'running', 'done', 'refused')""",
    """\
CREATE TYPE withdrawal_state AS ENUM ('requested', 'refused', 'awaiting_approval', 'queued', 'sending', 'submitted', 'unknown', 'completed', 'failed', 'returned', 'cancelled')""",
    """\
CREATE TYPE payment_hook_state AS ENUM ('active', 'paused')""",
    """\
CREATE TYPE payment_hook_delivery_state AS ENUM ('waiting', 'done', 'dead')""",
    """\
CREATE SEQUENCE withdrawal_step_id""",
    """\
CREATE SEQUENCE payment_event_id""",
    """\
CREATE SEQUENCE payment_hook_event_id""",
    """\
CREATE TABLE beneficiary (
    id UUID NOT NULL,
    account UUID NOT NULL,
    state beneficiary_state DEFAULT 'active' NOT NULL,
    currency TEXT NOT NULL,
    country TEXT NOT NULL,
    name BYTEA NOT NULL,
    details BYTEA NOT NULL,
    details_index BYTEA NOT NULL,
    payee beneficiary_payee NOT NULL,
    screened beneficiary_screened NOT NULL,
    usable_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revision BIGINT DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX beneficiary_of_account ON beneficiary (account, id)""",
    """\
CREATE UNIQUE INDEX beneficiary_once ON beneficiary (account, currency, details_index) WHERE state = 'active'""",
    """\
CREATE INDEX beneficiary_unscreened ON beneficiary (id) WHERE screened IN ('pending', 'error')""",
    """\
CREATE TABLE deposit_reference (
    reference TEXT NOT NULL,
    account UUID NOT NULL,
    asset INTEGER NOT NULL,
    provider TEXT NOT NULL,
    external TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (reference),
    UNIQUE (account, asset, provider)
)""",
    """\
CREATE UNIQUE INDEX deposit_reference_external ON deposit_reference (provider, external) WHERE external <> ''""",
    """\
CREATE TABLE payment_statement (
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    digest BYTEA NOT NULL,
    size BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    state payment_statement_state DEFAULT 'waiting' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    lines BIGINT DEFAULT '0' NOT NULL,
    booked BIGINT DEFAULT '0' NOT NULL,
    suspense BIGINT DEFAULT '0' NOT NULL,
    passed BIGINT DEFAULT '0' NOT NULL,
    taken_by UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (digest)
)""",
    """\
CREATE TABLE payment_statement_part (
    statement UUID NOT NULL,
    number BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (statement, number),
    FOREIGN KEY(statement) REFERENCES payment_statement (id)
)""",
    """\
CREATE TABLE deposit (
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    line BYTEA NOT NULL,
    account UUID,
    asset INTEGER NOT NULL,
    amount NUMERIC(38, 0) NOT NULL,
    value_date DATE NOT NULL,
    state deposit_state NOT NULL,
    why TEXT DEFAULT '' NOT NULL,
    transfer UUID NOT NULL,
    resolution UUID,
    remitter BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (provider, line),
    CHECK (amount > 0),
    CHECK ((account IS NULL) = (state IN ('suspense', 'returned')))
)""",
    """\
CREATE INDEX deposit_in_suspense ON deposit (id) WHERE state = 'suspense'""",
    """\
CREATE INDEX deposit_of_account ON deposit (account, id) WHERE account IS NOT NULL""",
    """\
CREATE TABLE withdrawal (
    id UUID NOT NULL,
    account UUID NOT NULL,
    beneficiary UUID NOT NULL,
    asset INTEGER NOT NULL,
    amount NUMERIC(38, 0) NOT NULL,
    fee NUMERIC(38, 0) NOT NULL,
    rail TEXT NOT NULL,
    provider TEXT NOT NULL,
    state withdrawal_state NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    external TEXT DEFAULT '' NOT NULL,
    hold UUID NOT NULL,
    fee_hold UUID,
    route BYTEA NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    returned NUMERIC(38, 0),
    contradicted BOOLEAN DEFAULT false NOT NULL,
    value_date DATE NOT NULL,
    revision BIGINT DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CHECK (amount > 0 AND fee >= 0),
    FOREIGN KEY(beneficiary) REFERENCES beneficiary (id)
)""",
    """\
CREATE INDEX withdrawal_due ON withdrawal (due_at) WHERE due_at IS NOT NULL""",
    """\
CREATE UNIQUE INDEX withdrawal_external ON withdrawal (provider, external) WHERE external <> ''""",
    """\
CREATE INDEX withdrawal_of_account ON withdrawal (account, id)""",
    """\
CREATE INDEX withdrawal_to_look_at ON withdrawal (state, id)""",
    """\
CREATE TABLE withdrawal_step (
    id BIGINT DEFAULT nextval('withdrawal_step_id') NOT NULL,
    withdrawal UUID NOT NULL,
    state withdrawal_state NOT NULL,
    event TEXT NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(withdrawal) REFERENCES withdrawal (id)
)""",
    """\
CREATE INDEX withdrawal_step_of ON withdrawal_step (withdrawal, id)""",
    """\
CREATE TABLE payment_event (
    id BIGINT DEFAULT nextval('payment_event_id') NOT NULL,
    provider TEXT NOT NULL,
    key BYTEA,
    digest BYTEA NOT NULL,
    seen TEXT NOT NULL,
    kind TEXT DEFAULT '' NOT NULL,
    content BYTEA,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE UNIQUE INDEX payment_event_once ON payment_event (provider, key) WHERE key IS NOT NULL""",
    """\
CREATE INDEX payment_event_seen ON payment_event (provider, seen, at)""",
    """\
CREATE TABLE payment_hook (
    id UUID NOT NULL,
    url TEXT NOT NULL,
    secret BYTEA NOT NULL,
    state payment_hook_state DEFAULT 'active' NOT NULL,
    created_by UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE payment_hook_event (
    id BIGINT DEFAULT nextval('payment_hook_event_id') NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE TABLE payment_hook_delivery (
    hook UUID NOT NULL,
    event BIGINT NOT NULL,
    state payment_hook_delivery_state DEFAULT 'waiting' NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (hook, event),
    FOREIGN KEY(hook) REFERENCES payment_hook (id),
    FOREIGN KEY(event) REFERENCES payment_hook_event (id)
)""",
    """\
CREATE INDEX payment_hook_delivery_due ON payment_hook_delivery (due_at) WHERE state = 'waiting'""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawal_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_hook_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was paid is not unmade; restore a backup instead")
