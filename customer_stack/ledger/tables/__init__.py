"""Assets, accounts, transfers and what is kept beside them for speed.

A transfer is one row. Both its accounts are pinned to its asset by composite keys, so what one loses in an asset the
other gains. The row holds the balances of its accounts' own sides behind it, which makes every row checkable against
the one before it, and an as-of balance two index reads. Only the functions in `functions` write transfers and balances.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.ledger import model
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32
AMOUNT = sa.Numeric(38, 0)
NOW = sa.text("now()")

ASSET_KIND = postgresql.ENUM(
    *(each.value for each in model.AssetKind), name="ledger_asset_kind", metadata=schema.METADATA
)
TRANSFER_SEQ = sa.Sequence("ledger_transfer_seq", metadata=schema.METADATA)


def _balance(name: str) -> sa.Column[object]:
    return sa.Column(name, AMOUNT, nullable=False, server_default="0")


ASSET = sa.Table(
    "ledger_asset",
    schema.METADATA,
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text(), nullable=False, unique=True),
    sa.Column("scale", sa.SmallInteger(), nullable=False),
    sa.Column("kind", ASSET_KIND, nullable=False),
    sa.Column("instrument", REF, unique=True),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("number > 0 AND scale BETWEEN 0 AND 18"),
)

ACCOUNT = sa.Table(
    "ledger_account",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("asset", sa.Integer(), sa.ForeignKey("ledger_asset.number"), nullable=False),
    sa.Column("code", sa.Integer(), nullable=False),
    sa.Column("flags", sa.Integer(), nullable=False),
    sa.Column("owner", REF),
    sa.Column("reference", REF),
    sa.Column("tag64", COUNTER, nullable=False, server_default="0"),
    sa.Column("tag32", COUNTER, nullable=False, server_default="0"),
    sa.Column("opened_at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("id", "asset"),
    sa.CheckConstraint(
        f"code >= {model.CUSTOMERS_BELOW} OR owner IS NOT NULL AND owner <> '{model.HOUSE}'",
        name="ledger_account_customers",
    ),
    sa.Index(
        "ledger_account_owner", "owner", "code", "asset", unique=True, postgresql_where=sa.text("owner IS NOT NULL")
    ),
)

BALANCE = sa.Table(
    "ledger_balance",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("asset", sa.Integer(), nullable=False),
    sa.Column("flags", sa.Integer(), nullable=False),
    sa.Column("version", COUNTER, nullable=False, server_default="0"),
    sa.Column("last_at", MOMENT, nullable=False, server_default=sa.text("'-infinity'")),
    _balance("debits_pending"),
    _balance("debits_posted"),
    _balance("credits_pending"),
    _balance("credits_posted"),
    sa.Column("code", sa.Integer(), nullable=False, server_default="0"),
    sa.ForeignKeyConstraint(["account", "asset"], ["ledger_account.id", "ledger_account.asset"]),
    sa.CheckConstraint("least(debits_pending, debits_posted, credits_pending, credits_posted) >= 0"),
    postgresql_with={"fillfactor": 50},  # every row is written over and over, and finds room for that beside itself
)

TRANSFER = sa.Table(
    "ledger_transfer",
    schema.METADATA,
    sa.Column("seq", COUNTER, server_default=TRANSFER_SEQ.next_value(), primary_key=True, autoincrement=False),
    sa.Column("posted_at", MOMENT, nullable=False),
    sa.Column("xid", columns.Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("id", REF, nullable=False, unique=True),
    sa.Column("debit", REF),
    sa.Column("credit", REF),
    sa.Column("asset", sa.Integer()),
    sa.Column("code", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("flags", sa.Integer(), nullable=False),
    sa.Column("timeout", sa.Integer(), nullable=False, server_default="0"),
    _balance("amount"),
    _balance("released"),
    _balance("debits_pending"),
    _balance("debits_posted"),
    _balance("credits_pending"),
    _balance("credits_posted"),
    sa.Column("chain", COUNTER),
    sa.Column("pending_id", REF, sa.ForeignKey("ledger_transfer.id")),
    sa.Column("reverses", REF, sa.ForeignKey("ledger_transfer.id")),
    sa.Column("reference", REF),
    sa.Column("tag64", COUNTER),
    sa.Column("tag32", COUNTER),
    sa.Column("effective_at", MOMENT),
    sa.Column("verdict", REF),
    sa.Column("cause", sa.SmallInteger()),
    sa.ForeignKeyConstraint(["debit", "asset"], ["ledger_account.id", "ledger_account.asset"]),
    sa.ForeignKeyConstraint(["credit", "asset"], ["ledger_account.id", "ledger_account.asset"]),
    sa.CheckConstraint("num_nonnulls(debit, credit, asset) = CASE WHEN flags & 32768 <> 0 THEN 0 ELSE 3 END"),
    sa.CheckConstraint("debit <> credit AND amount >= 0 AND released >= 0"),
    sa.Index("ledger_transfer_debit", "debit", "posted_at", "seq"),
    sa.Index("ledger_transfer_credit", "credit", "posted_at", "seq"),
    sa.Index("ledger_transfer_ends", "pending_id", unique=True, postgresql_where=sa.text("pending_id IS NOT NULL")),
    sa.Index("ledger_transfer_reverses", "reverses", unique=True, postgresql_where=sa.text("reverses IS NOT NULL")),
    sa.Index("ledger_transfer_verdict", "verdict", unique=True, postgresql_where=sa.text("verdict IS NOT NULL")),
    sa.Index("ledger_transfer_chain", "chain", postgresql_where=sa.text("chain IS NOT NULL")),
    sa.Index("ledger_transfer_closing", "debit", "credit", postgresql_where=sa.text("flags & 192 <> 0")),
    sa.Index("ledger_transfer_reference", "reference", postgresql_where=sa.text("reference IS NOT NULL")),
    sa.Index("ledger_transfer_debit_dated", "debit", "posted_at", postgresql_where=sa.text("effective_at IS NOT NULL")),
    sa.Index(
        "ledger_transfer_credit_dated", "credit", "posted_at", postgresql_where=sa.text("effective_at IS NOT NULL")
    ),
)

TIMER = sa.Table(
    "ledger_timer",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Index("ledger_timer_due", "expires_at"),
)

COMMAND = sa.Table(
    "ledger_command",
    schema.METADATA,
    sa.Column("key", HASH, primary_key=True),
    sa.Column("input", HASH, nullable=False),
    sa.Column("answer", schema.KERNEL.coded, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
)

ALARM = sa.Table(
    "ledger_alarm",
    schema.METADATA,
    columns.numbered("ledger_alarm", schema.METADATA, schema.KERNEL),
    sa.Column("transfer", REF, sa.ForeignKey("ledger_transfer.id"), nullable=False),
    sa.Column("account", REF, nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
)

TRIAL = sa.Table(
    "ledger_trial",
    schema.METADATA,
    sa.Column("day", sa.Date(), primary_key=True),
    sa.Column("accounts", COUNTER, nullable=False),
    sa.Column("last_seq", COUNTER, nullable=False),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
)

TRIAL_LINE = sa.Table(
    "ledger_trial_line",
    schema.METADATA,
    sa.Column("day", sa.Date(), primary_key=True),
    sa.Column("account", REF, primary_key=True),
    sa.Column("asset", sa.Integer(), nullable=False),
    _balance("debits_pending"),
    _balance("debits_posted"),
    _balance("credits_pending"),
    _balance("credits_posted"),
)

APPEND_ONLY = (
    "ledger_asset", "ledger_account", "ledger_transfer", "ledger_command", "ledger_alarm", "ledger_trial",
    "ledger_trial_line",
)  # fmt: skip
"""What is never changed nor deleted. A trial balance that is interrupted goes on where it stopped."""

# What somebody owns and moves is kept as long as the law says: an erased person's rows name nobody any more.
_MONEY = schema.handling(Category.FINANCIAL, Purpose.LAW, Retention.LAW)
_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)
_SUMS = dict.fromkeys(("debits_pending", "debits_posted", "credits_pending", "credits_posted"), _MONEY)
_BOOKS = schema.technical(Purpose.LAW, Retention.LAW)
schema.describe(ASSET, schema.technical())
schema.describe(ACCOUNT, _BOOKS, id=_WHOSE, owner=_WHOSE, reference=_WHOSE)
schema.describe(BALANCE, _BOOKS, account=_WHOSE, **_SUMS)
schema.describe(
    TRANSFER, _BOOKS, debit=_WHOSE, credit=_WHOSE, reference=_WHOSE, amount=_MONEY, released=_MONEY, **_SUMS
)
schema.describe(TIMER, schema.technical(retention=Retention.TRANSIENT))
schema.describe(COMMAND, schema.technical(Purpose.EVIDENCE))
schema.describe(ALARM, _BOOKS, account=_WHOSE)
schema.describe(TRIAL, schema.technical(Purpose.LAW))
schema.describe(TRIAL_LINE, _BOOKS, account=_WHOSE, **_SUMS)
