"""Screening: lists as they were published, subjects, decisions, hits, and what a change of a list asks for."""

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"

_STATEMENTS = (
    """\
CREATE TYPE screening_cause AS ENUM ('new', 'entity_changed', 'person_changed', 'expired', 'delisted', 'reopened')""",
    """\
CREATE TYPE screening_failure AS ENUM ('lists_missing', 'lists_stale', 'lists_loading', 'matcher_failed')""",
    """\
CREATE TYPE screening_hit_state AS ENUM ('open', 'false_positive', 'true_match', 'accepted', 'gone')""",
    """\
CREATE TYPE screening_part AS ENUM ('entries', 'raw')""",
    """\
CREATE TYPE screening_publisher AS ENUM ('ofac', 'un', 'eu', 'uk', 'ftm')""",
    """\
CREATE TYPE screening_refusal_reason AS ENUM ('unknown_format', 'malformed', 'entities', 'truncated', 'too_large', 'empty', 'shrunken', 'stale', 'older', 'incomplete')""",
    """\
CREATE TYPE screening_state AS ENUM ('clear', 'review', 'blocked', 'pending', 'error')""",
    """\
CREATE TYPE screening_subject_kind AS ENUM ('account', 'beneficiary', 'counterparty')""",
    """\
CREATE TYPE screening_tier AS ENUM ('sanction', 'crime', 'pep', 'rca')""",
    """\
CREATE TYPE screening_trigger AS ENUM ('onboarding', 'profile', 'beneficiary', 'counterparty', 'delta', 'retry', 'manual')""",
    """\
CREATE SEQUENCE screening_adoption_id""",
    """\
CREATE SEQUENCE screening_refusal_id""",
    """\
CREATE SEQUENCE screening_rescreen_id""",
    """\
CREATE SEQUENCE screening_version_id""",
    """\
CREATE TABLE screening_refusal (
    id BIGINT DEFAULT nextval('screening_refusal_id') NOT NULL,
    publisher screening_publisher NOT NULL,
    reason screening_refusal_reason NOT NULL,
    hash BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX screening_refusal_newest ON screening_refusal (publisher, id)""",
    """\
CREATE TABLE screening_subject (
    id UUID NOT NULL,
    kind screening_subject_kind NOT NULL,
    owner UUID NOT NULL,
    outcome screening_state NOT NULL,
    failure screening_failure,
    state screening_state NOT NULL,
    person BYTEA,
    commitment BYTEA NOT NULL,
    tokens BYTEA NOT NULL,
    decision UUID,
    screened_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
)""",
    """\
CREATE INDEX screening_subject_owner ON screening_subject (owner)""",
    """\
CREATE INDEX screening_subject_unanswered ON screening_subject (screened_at, id) WHERE outcome IN ('pending', 'error')""",
    """\
CREATE TABLE screening_version (
    id BIGINT DEFAULT nextval('screening_version_id') NOT NULL,
    publisher screening_publisher NOT NULL,
    hash BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    entities BIGINT NOT NULL,
    names BIGINT NOT NULL,
    published TIMESTAMP WITH TIME ZONE,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (publisher, hash, digest)
)""",
    """\
CREATE TABLE screening_adoption (
    id BIGINT DEFAULT nextval('screening_adoption_id') NOT NULL,
    publisher screening_publisher NOT NULL,
    version BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(version) REFERENCES screening_version (id)
)""",
    """\
CREATE INDEX screening_adoption_newest ON screening_adoption (publisher, id)""",
    """\
CREATE TABLE screening_chunk (
    version BIGINT NOT NULL,
    part screening_part NOT NULL,
    number BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (version, part, number),
    FOREIGN KEY(version) REFERENCES screening_version (id)
)""",
    """\
CREATE TABLE screening_decision (
    id UUID NOT NULL,
    subject UUID NOT NULL,
    owner UUID NOT NULL,
    trigger screening_trigger NOT NULL,
    outcome screening_state NOT NULL,
    failure screening_failure,
    state screening_state NOT NULL,
    matcher TEXT NOT NULL,
    libraries TEXT NOT NULL,
    lists BIGINT[] NOT NULL,
    review INTEGER NOT NULL,
    strong INTEGER NOT NULL,
    count INTEGER NOT NULL,
    hits BIGINT NOT NULL,
    person BYTEA NOT NULL,
    answer BYTEA,
    commitment BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(subject) REFERENCES screening_subject (id)
)""",
    """\
CREATE INDEX screening_decision_owner ON screening_decision (owner)""",
    """\
CREATE INDEX screening_decision_subject ON screening_decision (subject, id)""",
    """\
CREATE TABLE screening_hit (
    id UUID NOT NULL,
    subject UUID NOT NULL,
    owner UUID NOT NULL,
    publisher screening_publisher NOT NULL,
    ref TEXT NOT NULL,
    tier screening_tier NOT NULL,
    score INTEGER NOT NULL,
    strong BOOLEAN NOT NULL,
    state screening_hit_state NOT NULL,
    cause screening_cause NOT NULL,
    revision BIGINT NOT NULL,
    entity BYTEA NOT NULL,
    person BYTEA NOT NULL,
    decision UUID NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    note BYTEA,
    PRIMARY KEY (id),
    UNIQUE (subject, publisher, ref),
    CHECK ((state IN ('open', 'gone')) OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
    FOREIGN KEY(subject) REFERENCES screening_subject (id)
)""",
    """\
CREATE INDEX screening_hit_entity ON screening_hit (publisher, ref)""",
    """\
CREATE INDEX screening_hit_expiring ON screening_hit (expires_at) WHERE state IN ('false_positive', 'accepted')""",
    """\
CREATE INDEX screening_hit_open ON screening_hit (opened_at, id) WHERE state = 'open'""",
    """\
CREATE INDEX screening_hit_owner ON screening_hit (owner)""",
    """\
CREATE TABLE screening_rescreen (
    id BIGINT DEFAULT nextval('screening_rescreen_id') NOT NULL,
    publisher screening_publisher NOT NULL,
    version BIGINT NOT NULL,
    previous BIGINT,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    reached UUID,
    compared BIGINT DEFAULT '0' NOT NULL,
    decided BIGINT DEFAULT '0' NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(version) REFERENCES screening_version (id),
    FOREIGN KEY(previous) REFERENCES screening_version (id)
)""",
    """\
CREATE INDEX screening_rescreen_open ON screening_rescreen (id) WHERE finished_at IS NULL""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_adoption FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_chunk FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_refusal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """\
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what the law asks to keep is not unmade; restore a backup instead")
