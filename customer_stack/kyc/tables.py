"""Applications, what happened to them, files in sealed pieces, who looked, what was refused, and freezes."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.kyc import model
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32
NOW = sa.text("now()")

STATE = postgresql.ENUM(*(each.value for each in model.State), name="kyc_state", metadata=schema.METADATA)
EVENT_KIND = postgresql.ENUM(*(each.value for each in model.Event), name="kyc_event_kind", metadata=schema.METADATA)
SOURCE = postgresql.ENUM(*(each.value for each in model.Source), name="kyc_source", metadata=schema.METADATA)
UPLOAD_KIND = postgresql.ENUM(
    *(each.value for each in model.UploadKind), name="kyc_upload_kind", metadata=schema.METADATA
)
UPLOAD_STATE = postgresql.ENUM(
    *(each.value for each in model.UploadState), name="kyc_upload_state", metadata=schema.METADATA
)
_OPEN = "approved_at IS NULL AND state IN ({})".format(", ".join(f"'{each.value}'" for each in model.OPEN))

APPLICATION = sa.Table(
    "kyc_application",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("level", sa.SmallInteger(), nullable=False),
    sa.Column("policy_version", sa.Integer(), nullable=False),
    sa.Column("state", STATE, nullable=False),
    sa.Column("waiting", sa.Text(), nullable=False, server_default=""),
    sa.Column("session", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("revision", COUNTER, nullable=False, server_default="0"),
    sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    sa.Column("residence", sa.Text(), nullable=False, server_default=""),
    sa.Column("applicant", sa.Text(), nullable=False, server_default=""),
    sa.Column("claimed_by", REF),
    sa.Column("claimed_at", MOMENT),
    sa.Column("approved_at", MOMENT),
    sa.Column("expires_at", MOMENT),
    sa.Column("attached_at", MOMENT),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("submitted_at", MOMENT),
    sa.Column("changed_at", MOMENT, nullable=False),
    sa.Column("form", schema.SEALED),
    sa.Column("document_index", schema.BLIND),
    sa.Column("customer_text", schema.SEALED),
    sa.Column("private_text", schema.SEALED),
    sa.CheckConstraint("level BETWEEN 1 AND 3"),
    sa.Index("kyc_application_account", "account", "created_at"),
    sa.Index("kyc_application_open", "account", unique=True, postgresql_where=sa.text(_OPEN)),
    sa.Index("kyc_application_queue", "state", "submitted_at", "id"),
    sa.Index("kyc_application_document", "document_index", postgresql_where=sa.text("document_index IS NOT NULL")),
    sa.Index("kyc_application_due", "expires_at", postgresql_where=sa.text("state = 'approved'")),
)

EVENT = sa.Table(
    "kyc_event",
    schema.METADATA,
    columns.numbered("kyc_event", schema.METADATA, schema.KERNEL),
    sa.Column("application", REF, sa.ForeignKey("kyc_application.id"), nullable=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("event", EVENT_KIND, nullable=False),
    sa.Column("source", SOURCE, nullable=False),
    sa.Column("sequence", COUNTER, nullable=False),
    sa.Column("digest", HASH, nullable=False, unique=True),
    sa.Column("level", sa.SmallInteger(), nullable=False),
    sa.Column("policy_version", sa.Integer(), nullable=False),
    sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    sa.Column("by", REF),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("kyc_event_application", "application", "id"),
)

EVENT_TEXT = sa.Table(
    "kyc_event_text",
    schema.METADATA,
    sa.Column("event", COUNTER, sa.ForeignKey("kyc_event.id"), primary_key=True, autoincrement=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("texts", schema.SEALED, nullable=False),
    sa.Index("kyc_event_text_account", "account"),
)

UPLOAD = sa.Table(
    "kyc_upload",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("application", REF, sa.ForeignKey("kyc_application.id"), nullable=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("kind", UPLOAD_KIND, nullable=False),
    sa.Column("state", UPLOAD_STATE, nullable=False),
    sa.Column("size", sa.Integer(), nullable=False),
    sa.Column("media", sa.Text(), nullable=False, server_default=""),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("judged_at", MOMENT),
    sa.Index("kyc_upload_application", "application"),
    sa.Index("kyc_upload_scanning", "created_at", postgresql_where=sa.text("state = 'scanning'")),
)

UPLOAD_PART = sa.Table(
    "kyc_upload_part",
    schema.METADATA,
    sa.Column("upload", REF, sa.ForeignKey("kyc_upload.id"), primary_key=True),
    sa.Column("part", sa.SmallInteger(), primary_key=True, autoincrement=False),
    sa.Column("piece", sa.SmallInteger(), primary_key=True, autoincrement=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("data", schema.SEALED, nullable=False),
    sa.Index("kyc_upload_part_account", "account"),
)

VIEW = sa.Table(
    "kyc_view",
    schema.METADATA,
    columns.numbered("kyc_view", schema.METADATA, schema.KERNEL),
    sa.Column("application", REF, nullable=False),
    sa.Column("upload", REF),
    sa.Column("viewer", REF, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("kyc_view_application", "application", "id"),
)

REFUSED_HOOK = sa.Table(
    "kyc_refused_hook",
    schema.METADATA,
    columns.numbered("kyc_refused_hook", schema.METADATA, schema.KERNEL),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("size", COUNTER, nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.UniqueConstraint("digest", "reason"),
    sa.Index("kyc_refused_hook_at", "at"),
)

SAGA = sa.Table(
    "kyc_saga",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("application", REF, nullable=False),
    sa.Column("begun_at", MOMENT, nullable=False),
    sa.Column("finished_at", MOMENT),
    sa.Column("lifted_at", MOMENT),
    sa.Index("kyc_saga_account", "account", unique=True, postgresql_where=sa.text("lifted_at IS NULL")),
    sa.Index("kyc_saga_running", "begun_at", postgresql_where=sa.text("finished_at IS NULL")),
)

SAGA_STEP = sa.Table(
    "kyc_saga_step",
    schema.METADATA,
    sa.Column("saga", REF, sa.ForeignKey("kyc_saga.id"), primary_key=True),
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("at", MOMENT, nullable=False),
)

FREEZE = sa.Table(
    "kyc_freeze",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("saga", REF, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
)

APPEND_ONLY = ("kyc_event", "kyc_saga_step", "kyc_view")
"""What is never changed nor deleted. What officers and vendors wrote of somebody stands apart from it, sealed."""

_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)
_FINDING = schema.handling(Category.COMPLIANCE, Purpose.LAW, Retention.LAW)
_DUTY = schema.technical(Purpose.LAW, Retention.LAW)


def _sealed(field: str, category: Category) -> schema.Handling:
    return schema.sealed(field, subject="account", category=category, purpose=Purpose.LAW)


schema.describe(
    APPLICATION,
    _DUTY,
    id=_WHOSE,
    account=_WHOSE,
    applicant=_WHOSE,
    claimed_by=_WHOSE,
    level=_FINDING,
    state=_FINDING,
    waiting=_FINDING,
    reasons=_FINDING,
    residence=_FINDING,
    form=_sealed("kyc.form", Category.IDENTITY),
    document_index=schema.blind(subject="account", category=Category.IDENTITY, purpose=Purpose.LAW),
    customer_text=_sealed("kyc.customer_text", Category.COMMUNICATION),
    private_text=_sealed("kyc.private_text", Category.COMPLIANCE),
)
schema.describe(
    EVENT,
    _DUTY,
    application=_WHOSE,
    account=_WHOSE,
    by=_WHOSE,
    event=_FINDING,
    reasons=_FINDING,
)
schema.describe(EVENT_TEXT, _DUTY, account=_WHOSE, texts=_sealed("kyc.texts", Category.COMPLIANCE))
schema.describe(UPLOAD, _DUTY, id=_WHOSE, application=_WHOSE, account=_WHOSE, kind=_FINDING)
schema.describe(UPLOAD_PART, _DUTY, upload=_WHOSE, account=_WHOSE, data=_sealed("kyc.file", Category.IDENTITY))
schema.describe(
    VIEW, schema.technical(Purpose.EVIDENCE, Retention.LAW), application=_WHOSE, viewer=_WHOSE, upload=_WHOSE
)
schema.describe(REFUSED_HOOK, schema.technical(Purpose.EVIDENCE))
schema.describe(SAGA, _DUTY, account=_WHOSE, application=_WHOSE)
schema.describe(SAGA_STEP, _DUTY)
schema.describe(FREEZE, _DUTY, account=_FINDING)
