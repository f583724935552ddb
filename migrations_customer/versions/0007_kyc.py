"""Onboarding: applications, their log, files in sealed pieces, who looked, what was refused, and freezes."""

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"

_STATEMENTS = (
    """\
CREATE TYPE kyc_event_kind AS ENUM ('submitted', 'reopened', 'green', 'red_retry', 'red_final', 'on_hold', 'noted', 'review', 'approve', 'return', 'reject', 'override_approve', 'override_reject', 'abandon', 'expire', 'confirmed')""",
    """\
CREATE TYPE kyc_source AS ENUM ('customer', 'vendor', 'officer', 'house')""",
    """\
CREATE TYPE kyc_state AS ENUM ('draft', 'pending', 'verified', 'in_review', 'approved', 'returned', 'rejected', 'abandoned', 'expired')""",
    """\
CREATE TYPE kyc_upload_kind AS ENUM ('identity_front', 'identity_back', 'selfie', 'address_proof', 'funds_proof')""",
    """\
CREATE TYPE kyc_upload_state AS ENUM ('uploading', 'scanning', 'clean', 'infected', 'refused')""",
    """\
CREATE SEQUENCE kyc_event_id""",
    """\
CREATE SEQUENCE kyc_view_id""",
    """\
CREATE SEQUENCE kyc_refused_hook_id""",
    """\
CREATE TABLE kyc_application (
    id UUID NOT NULL,
    account UUID NOT NULL,
    level SMALLINT NOT NULL,
    policy_version INTEGER NOT NULL,
    state kyc_state NOT NULL,
    waiting TEXT DEFAULT '' NOT NULL,
    session INTEGER DEFAULT '0' NOT NULL,
    revision BIGINT DEFAULT '0' NOT NULL,
    reasons TEXT[] DEFAULT '{}' NOT NULL,
    residence TEXT DEFAULT '' NOT NULL,
    applicant TEXT DEFAULT '' NOT NULL,
    claimed_by UUID,
    claimed_at TIMESTAMP WITH TIME ZONE,
    approved_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    attached_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    form BYTEA,
    document_index BYTEA,
    customer_text BYTEA,
    private_text BYTEA,
    PRIMARY KEY (id),
    CHECK (level BETWEEN 1 AND 3)
)""",
    """\
CREATE INDEX kyc_application_account ON kyc_application (account, created_at)""",
    """\
CREATE INDEX kyc_application_document ON kyc_application (document_index) WHERE document_index IS NOT NULL""",
    """\
CREATE INDEX kyc_application_due ON kyc_application (expires_at) WHERE state = 'approved'""",
    """\
CREATE UNIQUE INDEX kyc_application_open ON kyc_application (account) WHERE approved_at IS NULL AND state IN ('draft', 'pending', 'verified', 'in_review', 'returned')""",
    """\
CREATE INDEX kyc_application_queue ON kyc_application (state, submitted_at, id)""",
    """\
CREATE TABLE kyc_event (
    id BIGINT DEFAULT nextval('kyc_event_id') NOT NULL,
    application UUID NOT NULL,
    account UUID NOT NULL,
    event kyc_event_kind NOT NULL,
    source kyc_source NOT NULL,
    sequence BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    level SMALLINT NOT NULL,
    policy_version INTEGER NOT NULL,
    reasons TEXT[] DEFAULT '{}' NOT NULL,
    by UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(application) REFERENCES kyc_application (id),
    UNIQUE (digest)
)""",
    """\
CREATE INDEX kyc_event_application ON kyc_event (application, id)""",
    """\
CREATE TABLE kyc_event_text (
    event BIGINT NOT NULL,
    account UUID NOT NULL,
    texts BYTEA NOT NULL,
    PRIMARY KEY (event),
    FOREIGN KEY(event) REFERENCES kyc_event (id)
)""",
    """\
CREATE INDEX kyc_event_text_account ON kyc_event_text (account)""",
    """\
CREATE TABLE kyc_upload (
    id UUID NOT NULL,
    application UUID NOT NULL,
    account UUID NOT NULL,
    kind kyc_upload_kind NOT NULL,
    state kyc_upload_state NOT NULL,
    size INTEGER NOT NULL,
    media TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    judged_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(application) REFERENCES kyc_application (id)
)""",
    """\
CREATE INDEX kyc_upload_application ON kyc_upload (application)""",
    """\
CREATE INDEX kyc_upload_scanning ON kyc_upload (created_at) WHERE state = 'scanning'""",
    """\
CREATE TABLE kyc_upload_part (
    upload UUID NOT NULL,
    part SMALLINT NOT NULL,
    piece SMALLINT NOT NULL,
    account UUID NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (upload, part, piece),
    FOREIGN KEY(upload) REFERENCES kyc_upload (id)
)""",
    """\
CREATE INDEX kyc_upload_part_account ON kyc_upload_part (account)""",
    """\
CREATE TABLE kyc_view (
    id BIGINT DEFAULT nextval('kyc_view_id') NOT NULL,
    application UUID NOT NULL,
    upload UUID,
    viewer UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX kyc_view_application ON kyc_view (application, id)""",
    """\
CREATE TABLE kyc_refused_hook (
    id BIGINT DEFAULT nextval('kyc_refused_hook_id') NOT NULL,
    digest BYTEA NOT NULL,
    size BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (digest, reason)
)""",
    """\
CREATE INDEX kyc_refused_hook_at ON kyc_refused_hook (at)""",
    """\
CREATE TABLE kyc_saga (
    id UUID NOT NULL,
    account UUID NOT NULL,
    application UUID NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    lifted_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE UNIQUE INDEX kyc_saga_account ON kyc_saga (account) WHERE lifted_at IS NULL""",
    """\
CREATE INDEX kyc_saga_running ON kyc_saga (begun_at) WHERE finished_at IS NULL""",
    """\
CREATE TABLE kyc_saga_step (
    saga UUID NOT NULL,
    name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (saga, name),
    FOREIGN KEY(saga) REFERENCES kyc_saga (id)
)""",
    """\
CREATE TABLE kyc_freeze (
    account UUID NOT NULL,
    saga UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (account)
)""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kyc_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kyc_saga_step FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kyc_view FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what the law wants kept is not dropped; restore a backup instead")
