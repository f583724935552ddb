"""Rules in versions, alerts, cases with what belongs to them, reports, and how far the books were looked at.

Everything that tells that somebody is looked into stands behind a wall: `WALLED` tables have row security, and only
who `functions.SEES` lets through finds a row in them. Cases and reports have keys of their own in the vault, so that
the erasure of a customer does not take away what the law makes us keep about them.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.monitoring import model
from customer_stack.monitoring.model import cases, reports
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32
NOW = sa.text("now()")
NIL = sa.text("'00000000-0000-0000-0000-000000000000'")


def _enum(name: str, *values: str) -> postgresql.ENUM:
    return postgresql.ENUM(*map(str, values), name=name, metadata=schema.METADATA)


SEVERITY = _enum("monitoring_severity", *model.Severity)
ANSWER = _enum("monitoring_answer", *model.Answer)
CASE_STATE = _enum("monitoring_case_state", *cases.State)
CONCLUSION = _enum("monitoring_conclusion", *cases.Conclusion)
HAPPENING = _enum("monitoring_case_happening", *cases.Event, *cases.Remark)
REPORT_KIND = _enum("monitoring_report_kind", *reports.Kind)
REPORT_STATE = _enum("monitoring_report_state", *reports.State)

RULES = sa.Table(
    "monitoring_rules",
    schema.METADATA,
    sa.Column("number", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("hash", HASH, nullable=False, unique=True),
    sa.Column("document", sa.Text(), nullable=False),
    sa.Column("effective_at", MOMENT, nullable=False, unique=True),
    sa.Column("proposer", REF),
    sa.Column("approver", REF),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("number = 1 AND proposer IS NULL AND approver IS NULL OR proposer <> approver"),
)

ALERT = sa.Table(
    "monitoring_alert",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("key", HASH, nullable=False, unique=True),
    sa.Column("rule", sa.Text(), nullable=False),
    sa.Column("version", COUNTER, nullable=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("operation", REF, nullable=False),
    sa.Column("severity", SEVERITY, nullable=False),
    sa.Column("answer", ANSWER, nullable=False),
    sa.Column("certain", sa.Boolean(), nullable=False),
    sa.Column("score", sa.Integer(), nullable=False),
    sa.Column("half_life_days", sa.Integer(), nullable=False),
    sa.Column("case_id", REF),
    sa.Column("raised_at", MOMENT, nullable=False),
    sa.Index("monitoring_alert_order", "raised_at", "id"),
    sa.Index("monitoring_alert_account", "account", "raised_at"),
    sa.Index("monitoring_alert_operation", "operation"),
    sa.Index("monitoring_alert_case", "case_id", postgresql_where=sa.text("case_id IS NOT NULL")),
)

SHADOW = sa.Table(
    "monitoring_shadow",
    schema.METADATA,
    sa.Column("key", HASH, primary_key=True),
    sa.Column("rule", sa.Text(), nullable=False),
    sa.Column("version", COUNTER, nullable=False),
    sa.Column("operation", REF, nullable=False),
    sa.Column("certain", sa.Boolean(), nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_shadow_rule", "version", "rule"),
)

RISK_NOTE = sa.Table(
    "monitoring_risk_note",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("points", sa.Integer(), nullable=False),
    sa.Column("half_life_days", sa.Integer(), nullable=False),
    sa.Column("by", REF, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_risk_note_account", "account"),
    sa.CheckConstraint("points BETWEEN 1 AND 1000 AND half_life_days BETWEEN 1 AND 3660"),
)

LINK = sa.Table(
    "monitoring_link",
    schema.METADATA,
    sa.Column("one", REF, primary_key=True),
    sa.Column("other", REF, primary_key=True),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("by", REF),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.Index("monitoring_link_other", "other"),
    sa.CheckConstraint("one < other"),
)

CASE = sa.Table(
    "monitoring_case",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("subject", REF, nullable=False),
    sa.Column("link", REF, nullable=False, server_default=NIL),
    sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column("state", CASE_STATE, nullable=False, server_default=cases.State.OPEN.value),
    sa.Column("investigator", REF),
    sa.Column("conclusion", CONCLUSION),
    sa.Column("approver", REF),
    sa.Column("version", COUNTER, nullable=False, server_default="1"),
    sa.Column("opened_at", MOMENT, nullable=False),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("overdue_at", MOMENT),
    sa.Column("closed_at", MOMENT),
    sa.Index(
        "monitoring_case_once", "kind", "subject", "link", unique=True, postgresql_where=sa.text("state <> 'closed'")
    ),
    sa.Index("monitoring_case_order", "opened_at", "id"),
    sa.Index("monitoring_case_subject", "subject"),
    sa.Index("monitoring_case_due", "due_at", postgresql_where=sa.text("state <> 'closed' AND overdue_at IS NULL")),
    sa.CheckConstraint("investigator <> approver"),
    sa.CheckConstraint("(state = 'closed') = (approver IS NOT NULL)"),
    sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)"),
    sa.CheckConstraint("state NOT IN ('deciding', 'closed') OR conclusion IS NOT NULL"),
    sa.CheckConstraint("(state IN ('investigating', 'deciding', 'closed')) = (investigator IS NOT NULL)"),
)

CASE_EVENT = sa.Table(
    "monitoring_case_event",
    schema.METADATA,
    columns.numbered("monitoring_case_event", schema.METADATA, schema.KERNEL),
    sa.Column("case_id", REF, sa.ForeignKey("monitoring_case.id"), nullable=False),
    sa.Column("what", HAPPENING, nullable=False),
    sa.Column("by", REF),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_case_event_case", "case_id", "id"),
)

CASE_LINK = sa.Table(
    "monitoring_case_link",
    schema.METADATA,
    sa.Column("one", REF, sa.ForeignKey("monitoring_case.id"), primary_key=True),
    sa.Column("other", REF, sa.ForeignKey("monitoring_case.id"), primary_key=True),
    sa.Column("by", REF, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_case_link_other", "other"),
    sa.CheckConstraint("one < other"),
)

NOTE = sa.Table(
    "monitoring_note",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("case_id", REF, sa.ForeignKey("monitoring_case.id"), nullable=False),
    sa.Column("author", REF, nullable=False),
    sa.Column("text", schema.SEALED, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_note_case", "case_id", "at"),
)

EVIDENCE = sa.Table(
    "monitoring_evidence",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("case_id", REF, sa.ForeignKey("monitoring_case.id"), nullable=False),
    sa.Column("author", REF, nullable=False),
    sa.Column("name", schema.SEALED, nullable=False),
    sa.Column("media_type", sa.Text(), nullable=False),
    sa.Column("size", COUNTER, nullable=False),
    sa.Column("content", schema.SEALED, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_evidence_case", "case_id", "at"),
)

REPORT = sa.Table(
    "monitoring_report",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("kind", REPORT_KIND, nullable=False),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("case_id", REF, sa.ForeignKey("monitoring_case.id")),
    sa.Column("subject", REF, nullable=False),
    sa.Column("transfer", REF),
    sa.Column("state", REPORT_STATE, nullable=False, server_default=reports.State.DRAFT.value),
    sa.Column("version", COUNTER, nullable=False, server_default="1"),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("content", schema.SEALED, nullable=False),
    sa.Column("file", schema.SEALED),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("overdue_at", MOMENT),
    sa.Column("drafted_by", REF),
    sa.Column("proposed_by", REF),
    sa.Column("approved_by", REF),
    sa.Column("reference", sa.Text()),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Index("monitoring_report_order", "created_at", "id"),
    sa.Index(
        "monitoring_report_transfer", "transfer", "subject", unique=True, postgresql_where=sa.text("kind = 'threshold'")
    ),
    sa.Index(
        "monitoring_report_case",
        "case_id",
        unique=True,
        postgresql_where=sa.text("kind = 'suspicious' AND state <> 'discarded'"),
    ),
    sa.Index("monitoring_report_due", "due_at", postgresql_where=sa.text("state IN ('draft', 'approved')")),
    sa.CheckConstraint("(kind = 'threshold') = (transfer IS NOT NULL)"),
    sa.CheckConstraint("kind <> 'suspicious' OR case_id IS NOT NULL"),
    sa.CheckConstraint("proposed_by <> approved_by"),
    sa.CheckConstraint("state IN ('draft', 'discarded') OR approved_by IS NOT NULL AND proposed_by IS NOT NULL"),
    sa.CheckConstraint("(state IN ('exported', 'acknowledged')) = (file IS NOT NULL)"),
    sa.CheckConstraint("(state = 'acknowledged') = (reference IS NOT NULL)"),
)

EXPORT = sa.Table(
    "monitoring_export",
    schema.METADATA,
    sa.Column("report", REF, sa.ForeignKey("monitoring_report.id"), primary_key=True),
    sa.Column("sha256", HASH, nullable=False),
    sa.Column("size", COUNTER, nullable=False),
    sa.Column("signature", schema.KERNEL.signature64, nullable=False),
    sa.Column("public_key", HASH, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
)

TRAVEL = sa.Table(
    "monitoring_travel",
    schema.METADATA,
    sa.Column("operation", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("fields", schema.SEALED, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("monitoring_travel_account", "account"),
)

CURSOR = sa.Table(
    "monitoring_cursor",
    schema.METADATA,
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("watermark", COUNTER, nullable=False, server_default="0"),
    sa.Column("low", COUNTER, nullable=False, server_default="0"),
    sa.Column("target", COUNTER, nullable=False, server_default="0"),
    sa.Column("position", COUNTER, nullable=False, server_default="0"),
    sa.Column("mark_xid", COUNTER, nullable=False, server_default="0"),
    sa.Column("mark_seq", COUNTER, nullable=False, server_default="0"),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
)

APPEND_ONLY = (
    "monitoring_rules", "monitoring_risk_note", "monitoring_case_event", "monitoring_case_link", "monitoring_export",
)  # fmt: skip
WALLED = (
    "monitoring_alert", "monitoring_shadow", "monitoring_risk_note", "monitoring_case", "monitoring_case_event",
    "monitoring_case_link", "monitoring_note", "monitoring_evidence", "monitoring_report", "monitoring_export",
)  # fmt: skip
"""Tables that show nothing to who is not let through."""

_MADE = schema.technical(Purpose.LAW, Retention.LAW)
_WHOSE = schema.handling(Category.COMPLIANCE, Purpose.LAW, Retention.LAW)
_STAFF = schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.LAW)


def _sealed(field: str, subject: str) -> schema.Handling:
    return schema.sealed(
        field, subject=subject, category=Category.COMPLIANCE, purpose=Purpose.LAW, retention=Retention.LAW
    )


schema.describe(RULES, schema.technical(Purpose.LAW), proposer=_STAFF, approver=_STAFF)
schema.describe(ALERT, _MADE, account=_WHOSE, operation=_WHOSE, case_id=_WHOSE)
schema.describe(SHADOW, _MADE, operation=_WHOSE)
schema.describe(RISK_NOTE, _MADE, account=_WHOSE, reason=_WHOSE, points=_WHOSE, by=_STAFF)
schema.describe(LINK, _MADE, one=_WHOSE, other=_WHOSE, reason=_WHOSE, by=_STAFF)
schema.describe(
    CASE, _MADE, id=_WHOSE, subject=_WHOSE, link=_WHOSE, reasons=_WHOSE, conclusion=_WHOSE, investigator=_STAFF,
    approver=_STAFF,
)  # fmt: skip
schema.describe(CASE_EVENT, _MADE, case_id=_WHOSE, by=_STAFF)
schema.describe(CASE_LINK, _MADE, one=_WHOSE, other=_WHOSE, by=_STAFF)
schema.describe(NOTE, _MADE, case_id=_WHOSE, author=_STAFF, text=_sealed("case_note", "case_id"))
schema.describe(
    EVIDENCE,
    _MADE,
    case_id=_WHOSE,
    author=_STAFF,
    name=_sealed("evidence_name", "case_id"),
    content=_sealed("evidence", "case_id"),
)
schema.describe(
    REPORT, _MADE, id=_WHOSE, case_id=_WHOSE, subject=_WHOSE, transfer=_WHOSE, content=_sealed("report_content", "id"),
    file=_sealed("report_file", "id"), drafted_by=_STAFF, proposed_by=_STAFF, approved_by=_STAFF,
)  # fmt: skip
schema.describe(EXPORT, _MADE, report=_WHOSE)
schema.describe(TRAVEL, _MADE, operation=_WHOSE, account=_WHOSE, fields=_sealed("travel_fields", "account"))
schema.describe(CURSOR, schema.technical())
