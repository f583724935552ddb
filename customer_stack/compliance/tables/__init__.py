"""Verdicts, what is held, and the row by which operations of one account wait for each other."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.compliance import model
from customer_stack.compliance.model import reviews
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
AMOUNT = sa.Numeric(38, 0)

KIND, ANSWER, STATE = (
    postgresql.ENUM(*(each.value for each in of), name=f"clearance_{name}", metadata=schema.METADATA)
    for of, name in ((model.OperationKind, "kind"), (model.Answer, "answer"), (reviews.State, "review_state"))
)

CLEARANCE = sa.Table(
    "clearance",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("xid", columns.Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("at", MOMENT, nullable=False),
    sa.Column("operation", REF, nullable=False),
    sa.Column("kind", KIND, nullable=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("ledger_account", REF, nullable=False),
    sa.Column("asset", sa.Integer(), nullable=False),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("home", AMOUNT),
    sa.Column("counterparty", REF),
    sa.Column("destination", sa.Text(), nullable=False),
    sa.Column("answer", ANSWER, nullable=False),
    sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column("facts", schema.KERNEL.coded, nullable=False),
    sa.Column("review", REF),
    sa.CheckConstraint("destination ~ '^([A-Z]{2})?$'", name="clearance_country"),
    sa.Index("clearance_account_at", "account", "at", "id"),
    sa.Index("clearance_operation", "operation"),
)

REVIEW = sa.Table(
    "clearance_review",
    schema.METADATA,
    sa.Column("verdict", REF, sa.ForeignKey("clearance.id"), primary_key=True),
    sa.Column("operation", REF, nullable=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("ledger_account", REF, nullable=False),
    sa.Column("asset", sa.Integer(), nullable=False),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Column("state", STATE, nullable=False, server_default=reviews.State.OPEN.value),
    sa.Column("ground", sa.Text(), nullable=False, server_default=""),
    sa.Column("decided_by", REF),
    sa.Column("approved_by", REF),
    sa.Column("decided_at", MOMENT),
    sa.Column("expires_at", MOMENT),
    sa.Column("used_by", REF),
    sa.Index(
        "clearance_review_live", "operation", "account", "ledger_account", "asset", "amount", unique=True,
        postgresql_where=sa.text("state = 'open'"),
    ),
    sa.Index("clearance_review_order", "state", "at", "verdict"),
    sa.Index("clearance_review_released", "account", postgresql_where=sa.text("state = 'released'")),
)  # fmt: skip

TURN = sa.Table(
    "clearance_turn",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("turns", schema.KERNEL.counter, nullable=False, server_default="0"),
)

APPEND_ONLY = ("clearance",)

_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)
_MONEY = schema.handling(Category.FINANCIAL, Purpose.LAW, Retention.LAW)
_JUDGED = schema.handling(Category.COMPLIANCE, Purpose.LAW, Retention.LAW)
_PLAIN = schema.technical(Purpose.LAW, Retention.LAW)
_STAFF = schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.LAW)
schema.describe(
    CLEARANCE, _PLAIN, account=_WHOSE, ledger_account=_WHOSE, counterparty=_WHOSE, operation=_WHOSE, amount=_MONEY,
    home=_MONEY, destination=_JUDGED, answer=_JUDGED, reasons=_JUDGED, facts=_JUDGED,
)  # fmt: skip
schema.describe(
    REVIEW, _PLAIN, account=_WHOSE, ledger_account=_WHOSE, operation=_WHOSE, amount=_MONEY, state=_JUDGED,
    ground=_JUDGED, decided_by=_STAFF, approved_by=_STAFF,
)  # fmt: skip
schema.describe(TURN, schema.technical(retention=Retention.ACCOUNT), account=_WHOSE)
