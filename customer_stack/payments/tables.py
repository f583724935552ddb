"""Beneficiaries, references, deposits, statements, withdrawals with their steps, and the events of both directions.

Amounts are the ledger's; a row here says what a transfer was for, never how much somebody has.
"""

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.payments.model import beneficiaries, deposits, hooks, payouts
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32
CODED = schema.KERNEL.coded
AMOUNT = sa.Numeric(38, 0)
NOW = sa.text("now()")
META = schema.METADATA


def _enum(name: str, of: type[enum.StrEnum]) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in of), name=name, metadata=META)


BENEFICIARY_STATE = _enum("beneficiary_state", beneficiaries.State)
PAYEE = _enum("beneficiary_payee", beneficiaries.Payee)
SCREENED = _enum("beneficiary_screened", beneficiaries.Screened)
DEPOSIT_STATE = _enum("deposit_state", deposits.State)
STATEMENT_STATE = _enum("payment_statement_state", deposits.ImportState)
WITHDRAWAL_STATE = _enum("withdrawal_state", payouts.State)
HOOK_STATE = _enum("payment_hook_state", hooks.HookState)
HOOK_DELIVERY_STATE = _enum("payment_hook_delivery_state", hooks.DeliveryState)

BENEFICIARY = sa.Table(
    "beneficiary",
    META,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("state", BENEFICIARY_STATE, nullable=False, server_default="active"),
    sa.Column("currency", sa.Text(), nullable=False),
    sa.Column("country", sa.Text(), nullable=False),
    sa.Column("name", schema.SEALED, nullable=False),
    sa.Column("details", schema.SEALED, nullable=False),
    sa.Column("details_index", schema.BLIND, nullable=False),
    sa.Column("payee", PAYEE, nullable=False),
    sa.Column("screened", SCREENED, nullable=False),
    sa.Column("usable_at", MOMENT, nullable=False),
    sa.Column("revision", COUNTER, nullable=False, server_default="1"),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False),
    sa.Index("beneficiary_of_account", "account", "id"),
    sa.Index(
        "beneficiary_once", "account", "currency", "details_index", unique=True,
        postgresql_where=sa.text("state = 'active'"),
    ),
    sa.Index("beneficiary_in_review", "id", postgresql_where=sa.text("screened = 'review'")),
    sa.Index("beneficiary_unscreened", "id", postgresql_where=sa.text("screened IN ('pending', 'error')")),
)  # fmt: skip

REFERENCE = sa.Table(
    "deposit_reference",
    META,
    sa.Column("reference", sa.Text(), primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("asset", sa.Integer(), nullable=False),
    sa.Column("provider", sa.Text(), nullable=False),
    sa.Column("external", sa.Text(), nullable=False, server_default=""),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.UniqueConstraint("account", "asset", "provider"),
    sa.Index(
        "deposit_reference_external", "provider", "external", unique=True, postgresql_where=sa.text("external <> ''")
    ),
)

STATEMENT = sa.Table(
    "payment_statement",
    META,
    sa.Column("id", REF, primary_key=True),
    sa.Column("provider", sa.Text(), nullable=False),
    sa.Column("digest", HASH, nullable=False, unique=True),
    sa.Column("size", COUNTER, nullable=False),
    sa.Column("parts", COUNTER, nullable=False),
    sa.Column("state", STATEMENT_STATE, nullable=False, server_default="waiting"),
    sa.Column("reason", sa.Text(), nullable=False, server_default=""),
    sa.Column("lines", COUNTER, nullable=False, server_default="0"),
    sa.Column("booked", COUNTER, nullable=False, server_default="0"),
    sa.Column("suspense", COUNTER, nullable=False, server_default="0"),
    sa.Column("passed", COUNTER, nullable=False, server_default="0"),
    sa.Column("taken_by", REF, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
)

STATEMENT_PART = sa.Table(
    "payment_statement_part",
    META,
    sa.Column("statement", REF, sa.ForeignKey("payment_statement.id"), primary_key=True),
    sa.Column("number", COUNTER, primary_key=True, autoincrement=False),
    sa.Column("content", schema.SEALED, nullable=False),
)

DEPOSIT = sa.Table(
    "deposit",
    META,
    sa.Column("id", REF, primary_key=True),
    sa.Column("provider", sa.Text(), nullable=False),
    sa.Column("line", HASH, nullable=False),
    sa.Column("account", REF),
    sa.Column("asset", sa.Integer(), nullable=False),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("value_date", sa.Date(), nullable=False),
    sa.Column("state", DEPOSIT_STATE, nullable=False),
    sa.Column("why", sa.Text(), nullable=False, server_default=""),
    sa.Column("transfer", REF, nullable=False),
    sa.Column("resolution", REF),
    sa.Column("remitter", schema.SEALED),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("resolved_at", MOMENT),
    sa.Column("intended", REF),
    sa.UniqueConstraint("provider", "line"),
    sa.CheckConstraint("amount > 0"),
    sa.CheckConstraint("(account IS NULL) = (state IN ('suspense', 'returned'))"),
    sa.Index("deposit_of_account", "account", "id", postgresql_where=sa.text("account IS NOT NULL")),
    sa.Index("deposit_judged_again", "id", postgresql_where=sa.text("state = 'suspense' AND why = 'clearance'")),
    sa.Index("deposit_in_suspense", "id", postgresql_where=sa.text("state = 'suspense'")),
)

WITHDRAWAL = sa.Table(
    "withdrawal",
    META,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("beneficiary", REF, sa.ForeignKey("beneficiary.id"), nullable=False),
    sa.Column("asset", sa.Integer(), nullable=False),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("fee", AMOUNT, nullable=False),
    sa.Column("rail", sa.Text(), nullable=False),
    sa.Column("provider", sa.Text(), nullable=False),
    sa.Column("state", WITHDRAWAL_STATE, nullable=False),
    sa.Column("reason", sa.Text(), nullable=False, server_default=""),
    sa.Column("external", sa.Text(), nullable=False, server_default=""),
    sa.Column("hold", REF, nullable=False),
    sa.Column("fee_hold", REF),
    sa.Column("route", CODED, nullable=False),
    sa.Column("attempts", COUNTER, nullable=False, server_default="0"),
    sa.Column("due_at", MOMENT),
    sa.Column("returned", AMOUNT),
    sa.Column("contradicted", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    sa.Column("value_date", sa.Date(), nullable=False),
    sa.Column("revision", COUNTER, nullable=False, server_default="1"),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False),
    sa.Column("deposit", REF, sa.ForeignKey("deposit.id")),
    sa.Column("claimed_by", REF),
    sa.Column("resolved_by", REF),
    sa.Column("resolution", sa.Text(), nullable=False, server_default=""),
    sa.Column("resolved_at", MOMENT),
    sa.CheckConstraint("amount > 0 AND fee >= 0"),
    sa.Index("withdrawal_of_account", "account", "id"),
    sa.Index("withdrawal_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("withdrawal_external", "provider", "external", unique=True, postgresql_where=sa.text("external <> ''")),
    sa.Index("withdrawal_of_deposit", "deposit", postgresql_where=sa.text("deposit IS NOT NULL")),
    sa.Index("withdrawal_to_look_at", "state", "id"),
)

STEP = sa.Table(
    "withdrawal_step",
    META,
    columns.numbered("withdrawal_step", META, schema.KERNEL),
    sa.Column("withdrawal", REF, sa.ForeignKey("withdrawal.id"), nullable=False),
    sa.Column("state", WITHDRAWAL_STATE, nullable=False),
    sa.Column("event", sa.Text(), nullable=False),
    sa.Column("code", sa.Text(), nullable=False, server_default=""),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("withdrawal_step_of", "withdrawal", "id"),
)

EVENT = sa.Table(
    "payment_event",
    META,
    columns.numbered("payment_event", META, schema.KERNEL),
    sa.Column("provider", sa.Text(), nullable=False),
    sa.Column("key", HASH),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("seen", sa.Text(), nullable=False),
    sa.Column("kind", sa.Text(), nullable=False, server_default=""),
    sa.Column("content", CODED),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("payment_event_once", "provider", "key", unique=True, postgresql_where=sa.text("key IS NOT NULL")),
    sa.Index("payment_event_seen", "provider", "seen", "at"),
    sa.Index("payment_event_not_held", "id", postgresql_where=sa.text("seen = 'not_held'")),
)

HOOK = sa.Table(
    "payment_hook",
    META,
    sa.Column("id", REF, primary_key=True),
    sa.Column("url", sa.Text(), nullable=False),
    sa.Column("secret", schema.SEALED, nullable=False),
    sa.Column("state", HOOK_STATE, nullable=False, server_default="active"),
    sa.Column("created_by", REF, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
)

HOOK_EVENT = sa.Table(
    "payment_hook_event",
    META,
    columns.numbered("payment_hook_event", META, schema.KERNEL),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("body", CODED, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
)

HOOK_DELIVERY = sa.Table(
    "payment_hook_delivery",
    META,
    sa.Column("hook", REF, sa.ForeignKey("payment_hook.id"), primary_key=True),
    sa.Column("event", COUNTER, sa.ForeignKey("payment_hook_event.id"), primary_key=True, autoincrement=False),
    sa.Column("state", HOOK_DELIVERY_STATE, nullable=False, server_default="waiting"),
    sa.Column("attempts", COUNTER, nullable=False, server_default="0"),
    sa.Column("code", sa.Text(), nullable=False, server_default=""),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Index("payment_hook_delivery_due", "due_at", postgresql_where=sa.text("state = 'waiting'")),
)

APPEND_ONLY = ("withdrawal_step", "payment_hook_event")

_LAW = schema.technical(Purpose.LAW, Retention.LAW)
_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)
_MONEY = schema.handling(Category.FINANCIAL, Purpose.LAW, Retention.LAW)
schema.describe(
    BENEFICIARY,
    schema.technical(Purpose.SERVICE, Retention.LAW),
    account=_WHOSE,
    country=_MONEY,
    currency=_MONEY,
    screened=schema.handling(Category.COMPLIANCE, Purpose.LAW, Retention.LAW),
    name=schema.sealed("beneficiary.name", subject="account", category=Category.IDENTITY, purpose=Purpose.SERVICE),
    details=schema.sealed(
        "beneficiary.details", subject="account", category=Category.FINANCIAL, purpose=Purpose.SERVICE
    ),
    details_index=schema.blind(subject="account", category=Category.FINANCIAL, purpose=Purpose.SERVICE),
)
schema.describe(REFERENCE, _LAW, reference=_WHOSE, account=_WHOSE, external=_WHOSE)
schema.describe(STATEMENT, _LAW, taken_by=_WHOSE)
schema.describe(
    STATEMENT_PART,
    _LAW,
    content=schema.sealed(
        "payment_statement_part.content", subject="statement", category=Category.FINANCIAL, purpose=Purpose.LAW,
        retention=Retention.LAW,
    ),
)  # fmt: skip
schema.describe(
    DEPOSIT,
    _LAW,
    account=_WHOSE,
    intended=_WHOSE,
    amount=_MONEY,
    remitter=schema.sealed("deposit.remitter", subject="id", category=Category.IDENTITY, purpose=Purpose.LAW),
)
schema.describe(
    WITHDRAWAL, _LAW, account=_WHOSE, beneficiary=_WHOSE, amount=_MONEY, fee=_MONEY, returned=_MONEY,
    claimed_by=schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.LAW),
    resolved_by=schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.LAW),
)  # fmt: skip
schema.describe(STEP, _LAW)
schema.describe(EVENT, schema.technical(Purpose.EVIDENCE), content=_MONEY)
schema.describe(
    HOOK,
    schema.technical(),
    created_by=schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.ALWAYS),
    secret=schema.sealed("payment_hook.secret", subject="id", category=Category.CREDENTIAL, purpose=Purpose.SECURITY),
)
schema.describe(HOOK_EVENT, _LAW, body=_MONEY)
schema.describe(HOOK_DELIVERY, schema.technical())
