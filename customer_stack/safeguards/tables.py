"""What customers set against themselves. The exclusions and the history are only ever added to, whoever asks."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns
from customer_stack import schema
from customer_stack.safeguards import model
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
NOW = sa.text("now()")

LIMIT_KIND, PERIOD, EXCLUSION_KIND, FACT = (
    postgresql.ENUM(*(each.value for each in of), name=f"safeguard_{name}", metadata=schema.METADATA)
    for of, name in (
        (model.LimitKind, "limit_kind"),
        (model.Period, "period"),
        (model.ExclusionKind, "exclusion_kind"),
        (model.Fact, "fact"),
    )
)

LIMIT = sa.Table(
    "safeguard_limit",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("kind", LIMIT_KIND, primary_key=True),
    sa.Column("period", PERIOD, primary_key=True),
    sa.Column("amount", COUNTER),
    sa.Column("currency", sa.Text(), nullable=False),
    sa.Column("next_amount", COUNTER),
    sa.Column("next_at", MOMENT),
    sa.Column("version", COUNTER, nullable=False, server_default="0"),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("amount >= 0 AND next_amount >= 0"),
)

EXCLUSION = sa.Table(
    "safeguard_exclusion",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("kind", EXCLUSION_KIND, nullable=False),
    sa.Column("begins_at", MOMENT, nullable=False),
    sa.Column("ends_at", MOMENT),
    sa.CheckConstraint("ends_at > begins_at"),
    sa.Index("safeguard_exclusion_account", "account"),
)

REALITY = sa.Table(
    "safeguard_reality",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("minutes", COUNTER, nullable=False),
    sa.Column("told_at", MOMENT),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

CHANGE = sa.Table(
    "safeguard_change",
    schema.METADATA,
    columns.numbered("safeguard_change", schema.METADATA, schema.KERNEL),
    sa.Column("change", REF, nullable=False, unique=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("fact", FACT, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("period", sa.Text(), nullable=False),
    sa.Column("before", sa.Text(), nullable=False),
    sa.Column("after", sa.Text(), nullable=False),
    sa.Column("currency", sa.Text(), nullable=False),
    sa.Column("effective_at", MOMENT),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("safeguard_change_account", "account", "id"),
)

APPEND_ONLY = ("safeguard_change", "safeguard_exclusion")

_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.LAW, Retention.LAW)
_CHOSEN = schema.handling(Category.PREFERENCE, Purpose.LAW, Retention.LAW)
schema.describe(LIMIT, _CHOSEN, account=_WHOSE)
schema.describe(EXCLUSION, _CHOSEN, id=_WHOSE, account=_WHOSE)
schema.describe(REALITY, _CHOSEN, account=_WHOSE)
schema.describe(CHANGE, _CHOSEN, id=schema.technical(Purpose.LAW, Retention.LAW), change=_WHOSE, account=_WHOSE)
