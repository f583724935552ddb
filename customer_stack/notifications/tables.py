"""The inbox, what accounts chose, deliveries, and announcements."""

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.notifications import model
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter


def _enum(type_: type[enum.StrEnum], name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in type_), name=name, metadata=schema.METADATA)


LOCALE = _enum(model.Locale, "notice_locale")
CATEGORY = _enum(model.Category, "notice_category")
CHANNEL = _enum(model.Channel, "notice_channel")
DELIVERY_STATE = _enum(model.DeliveryState, "delivery_state")
ANNOUNCEMENT_STATE = _enum(model.AnnouncementState, "announcement_state")

NOTIFICATION = sa.Table(
    "notification",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("facts", postgresql.BYTEA()),
    sa.Column("announcement", REF),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("read_at", MOMENT),
    sa.Index("notification_inbox", "account", "id"),
    sa.Index("notification_unread", "account", "id", postgresql_where=sa.text("read_at IS NULL")),
    sa.Index(
        "notification_once",
        "announcement",
        "account",
        unique=True,
        postgresql_where=sa.text("announcement IS NOT NULL"),
    ),
)
schema.describe(
    NOTIFICATION,
    schema.technical(Purpose.SERVICE, Retention.ACCOUNT),
    account=schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ACCOUNT),
    facts=schema.sealed(
        "notification.facts", subject="account", category=Category.COMMUNICATION, purpose=Purpose.SERVICE
    ),
)

NOTICE_CHOICE = sa.Table(
    "notice_choice",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("locale", LOCALE),
    sa.Column("revision", COUNTER, nullable=False, server_default="1"),
    sa.Column("changed_at", MOMENT, nullable=False),
)
schema.describe(
    NOTICE_CHOICE,
    schema.technical(Purpose.SERVICE, Retention.ACCOUNT),
    account=schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ACCOUNT),
    locale=schema.handling(Category.PREFERENCE, Purpose.SERVICE, Retention.ACCOUNT),
)

NOTICE_PREFERENCE = sa.Table(
    "notice_preference",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("category", CATEGORY, primary_key=True),
    sa.Column("channel", CHANNEL, primary_key=True),
    sa.Column("enabled", sa.Boolean(), nullable=False),
)
schema.describe(
    NOTICE_PREFERENCE,
    schema.handling(Category.PREFERENCE, Purpose.SERVICE, Retention.ACCOUNT),
    account=schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ACCOUNT),
)

DELIVERY = sa.Table(
    "delivery",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("notification", REF),
    sa.Column("channel", CHANNEL, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("locale", LOCALE, nullable=False),
    sa.Column("state", DELIVERY_STATE, nullable=False, server_default=model.DeliveryState.WAITING.value),
    sa.Column("attempts", COUNTER, nullable=False, server_default="0"),
    sa.Column("code", sa.Text(), nullable=False, server_default=""),
    sa.Column("reference", sa.Text(), nullable=False, server_default=""),
    sa.Column("sealed", postgresql.BYTEA()),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("lease_until", MOMENT),
    sa.Column("expires_at", MOMENT),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
    sa.Index("delivery_account", "account"),
    sa.Index("delivery_due", "due_at", postgresql_where=sa.text("state IN ('waiting', 'sending')")),
    sa.Index("delivery_state", "state", "id"),
    sa.Index("delivery_ended", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")),
)
schema.describe(
    DELIVERY,
    schema.technical(Purpose.SERVICE, Retention.TRANSIENT),
    account=schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.TRANSIENT),
    locale=schema.handling(Category.PREFERENCE, Purpose.SERVICE, Retention.TRANSIENT),
    sealed=schema.sealed(
        "delivery.content",
        subject="account",
        category=Category.CONTACT,
        purpose=Purpose.SERVICE,
        retention=Retention.TRANSIENT,
    ),
)

ANNOUNCEMENT = sa.Table(
    "announcement",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("author", REF, nullable=False),
    sa.Column("role", sa.Text()),
    sa.Column("locale", LOCALE),
    sa.Column("state", ANNOUNCEMENT_STATE, nullable=False, server_default=model.AnnouncementState.WRITING.value),
    sa.Column("reached", REF),
    sa.Column("written", COUNTER, nullable=False, server_default="0"),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("finished_at", MOMENT),
)
schema.describe(
    ANNOUNCEMENT,
    schema.technical(Purpose.OPERATION),
    author=schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.ALWAYS),
)

ANNOUNCEMENT_TEXT = sa.Table(
    "announcement_text",
    schema.METADATA,
    sa.Column("announcement", REF, primary_key=True),
    sa.Column("locale", LOCALE, primary_key=True),
    sa.Column("title", sa.Text(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
)
schema.describe(ANNOUNCEMENT_TEXT, schema.technical(Purpose.OPERATION))
