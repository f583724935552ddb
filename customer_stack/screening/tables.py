"""Lists as they were, who was screened against them, what was found and what was decided.

A version of a list lies in chunks that nothing reads until a row of `screening_adoption` makes it current; versions are
never deleted, because decisions name them. What a person is called lies sealed. Tokens are a keyed, truncated hash of
the parts of a name, so that a change of a list is compared with everybody without reading anybody.
"""

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.schema import Category, Purpose, Retention
from customer_stack.screening import model
from customer_stack.screening.model import people

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32
NOW = sa.text("now()")


def _enum(name: str, values: type[enum.StrEnum]) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in values), name=name, metadata=schema.METADATA)


PUBLISHER = _enum("screening_publisher", model.Publisher)
REFUSAL_REASON = _enum("screening_refusal_reason", model.Reason)
PART = postgresql.ENUM("entries", "raw", name="screening_part", metadata=schema.METADATA)
SUBJECT_KIND = _enum("screening_subject_kind", people.SubjectKind)
STATE = _enum("screening_state", people.State)
FAILURE = _enum("screening_failure", people.Failure)
TRIGGER = _enum("screening_trigger", people.Trigger)
TIER = _enum("screening_tier", people.Tier)
HIT_STATE = _enum("screening_hit_state", people.HitState)
CAUSE = _enum("screening_cause", people.Cause)

VERSION = sa.Table(
    "screening_version",
    schema.METADATA,
    columns.numbered("screening_version", schema.METADATA, schema.KERNEL),
    sa.Column("publisher", PUBLISHER, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("entities", COUNTER, nullable=False),
    sa.Column("names", COUNTER, nullable=False),
    sa.Column("published", MOMENT),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("publisher", "hash", "digest"),
)

CHUNK = sa.Table(
    "screening_chunk",
    schema.METADATA,
    sa.Column("version", COUNTER, sa.ForeignKey("screening_version.id"), primary_key=True, autoincrement=False),
    sa.Column("part", PART, primary_key=True),
    sa.Column("number", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("data", schema.KERNEL.coded, nullable=False),
)

ADOPTION = sa.Table(
    "screening_adoption",
    schema.METADATA,
    columns.numbered("screening_adoption", schema.METADATA, schema.KERNEL),
    sa.Column("publisher", PUBLISHER, nullable=False),
    sa.Column("version", COUNTER, sa.ForeignKey("screening_version.id"), nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("screening_adoption_newest", "publisher", "id"),
)

REFUSAL = sa.Table(
    "screening_refusal",
    schema.METADATA,
    columns.numbered("screening_refusal", schema.METADATA, schema.KERNEL),
    sa.Column("publisher", PUBLISHER, nullable=False),
    sa.Column("reason", REFUSAL_REASON, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("screening_refusal_newest", "publisher", "id"),
)

RESCREEN = sa.Table(
    "screening_rescreen",
    schema.METADATA,
    columns.numbered("screening_rescreen", schema.METADATA, schema.KERNEL),
    sa.Column("publisher", PUBLISHER, nullable=False),
    sa.Column("version", COUNTER, sa.ForeignKey("screening_version.id"), nullable=False),
    sa.Column("previous", COUNTER, sa.ForeignKey("screening_version.id")),
    sa.Column("changed", COUNTER, nullable=False),
    sa.Column("removed", COUNTER, nullable=False),
    sa.Column("reached", REF),
    sa.Column("compared", COUNTER, nullable=False, server_default="0"),
    sa.Column("decided", COUNTER, nullable=False, server_default="0"),
    sa.Column("started_at", MOMENT, nullable=False),
    sa.Column("finished_at", MOMENT),
    sa.Index("screening_rescreen_open", "id", postgresql_where=sa.text("finished_at IS NULL")),
)

SUBJECT = sa.Table(
    "screening_subject",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("kind", SUBJECT_KIND, nullable=False),
    sa.Column("owner", REF, nullable=False),
    sa.Column("outcome", STATE, nullable=False),
    sa.Column("failure", FAILURE),
    sa.Column("state", STATE, nullable=False),
    sa.Column("person", schema.SEALED),
    sa.Column("commitment", HASH, nullable=False),
    sa.Column("tokens", schema.BLIND, nullable=False),
    sa.Column("decision", REF),
    sa.Column("screened_at", MOMENT),
    sa.Index("screening_subject_owner", "owner"),
    sa.Index(
        "screening_subject_unanswered", "screened_at", "id", postgresql_where=sa.text("outcome IN ('pending', 'error')")
    ),
)

DECISION = sa.Table(
    "screening_decision",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("subject", REF, sa.ForeignKey("screening_subject.id"), nullable=False),
    sa.Column("owner", REF, nullable=False),
    sa.Column("trigger", TRIGGER, nullable=False),
    sa.Column("outcome", STATE, nullable=False),
    sa.Column("failure", FAILURE),
    sa.Column("state", STATE, nullable=False),
    sa.Column("matcher", sa.Text(), nullable=False),
    sa.Column("libraries", sa.Text(), nullable=False),
    sa.Column("lists", postgresql.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column("review", sa.Integer(), nullable=False),
    sa.Column("strong", sa.Integer(), nullable=False),
    sa.Column("count", sa.Integer(), nullable=False),
    sa.Column("hits", COUNTER, nullable=False),
    sa.Column("person", schema.SEALED, nullable=False),
    sa.Column("answer", schema.SEALED),
    sa.Column("commitment", HASH, nullable=False),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("screening_decision_subject", "subject", "id"),
    sa.Index("screening_decision_owner", "owner"),
)

HIT = sa.Table(
    "screening_hit",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("subject", REF, sa.ForeignKey("screening_subject.id"), nullable=False),
    sa.Column("owner", REF, nullable=False),
    sa.Column("publisher", PUBLISHER, nullable=False),
    sa.Column("ref", sa.Text(), nullable=False),
    sa.Column("tier", TIER, nullable=False),
    sa.Column("score", sa.Integer(), nullable=False),
    sa.Column("strong", sa.Boolean(), nullable=False),
    sa.Column("state", HIT_STATE, nullable=False),
    sa.Column("cause", CAUSE, nullable=False),
    sa.Column("revision", COUNTER, nullable=False),
    sa.Column("entity", HASH, nullable=False),
    sa.Column("person", HASH, nullable=False),
    sa.Column("decision", REF, nullable=False),
    sa.Column("opened_at", MOMENT, nullable=False),
    sa.Column("decided_by", REF),
    sa.Column("decided_at", MOMENT),
    sa.Column("expires_at", MOMENT),
    sa.Column("note", schema.SEALED),
    sa.Column("proposed", HIT_STATE),
    sa.Column("proposed_by", REF),
    sa.Column("proposed_at", MOMENT),
    sa.UniqueConstraint("subject", "publisher", "ref"),
    sa.CheckConstraint("(state IN ('open', 'gone')) OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)"),
    sa.CheckConstraint(
        "NOT strong OR state NOT IN ('false_positive', 'accepted') "
        "OR (proposed_by IS NOT NULL AND proposed_by <> decided_by AND proposed = state)",
        name="screening_hit_takes_two",
    ),
    sa.Index("screening_hit_open", "opened_at", "id", postgresql_where=sa.text("state = 'open'")),
    sa.Index("screening_hit_owner", "owner"),
    sa.Index("screening_hit_entity", "publisher", "ref"),
    sa.Index(
        "screening_hit_expiring", "expires_at", postgresql_where=sa.text("state IN ('false_positive', 'accepted')")
    ),
)

APPEND_ONLY = ("screening_version", "screening_chunk", "screening_adoption", "screening_refusal")
"""Lists as they were published, and which of them was used when: what a decision is made again from."""

_LISTS = schema.technical(Purpose.LAW)
_FACT = schema.handling(Category.COMPLIANCE, Purpose.LAW, Retention.LAW)
_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)


def _sealed(field: str) -> schema.Handling:
    return schema.sealed(field, subject="owner", category=Category.IDENTITY, purpose=Purpose.LAW)


for _table in (VERSION, CHUNK, ADOPTION, REFUSAL):
    schema.describe(_table, _LISTS)
schema.describe(RESCREEN, _LISTS, reached=_WHOSE)
schema.describe(
    SUBJECT,
    _FACT,
    id=_WHOSE,
    owner=_WHOSE,
    person=_sealed("screening_subject.person"),
    tokens=schema.blind(subject="owner", category=Category.IDENTITY, purpose=Purpose.LAW),
)
schema.describe(
    DECISION,
    _FACT,
    subject=_WHOSE,
    owner=_WHOSE,
    person=_sealed("screening_decision.person"),
    answer=_sealed("screening_decision.answer"),
)
schema.describe(
    HIT,
    _FACT,
    subject=_WHOSE,
    owner=_WHOSE,
    note=schema.sealed("screening_hit.note", subject="owner", category=Category.COMPLIANCE, purpose=Purpose.LAW),
)
