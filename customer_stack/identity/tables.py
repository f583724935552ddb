"""The tables of identity. What is personal is sealed; what is secret is a hash; what is looked up is a blind index."""

import enum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from customer_stack import schema
from customer_stack.access import model as access
from customer_stack.identity.model import accounts, notices, sessions
from customer_stack.schema import Category, Purpose, Retention

REF = schema.KERNEL.ref
MOMENT = schema.KERNEL.moment
COUNTER = schema.KERNEL.counter
HASH = schema.KERNEL.hash32


def _enum(type_: type[enum.StrEnum], name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*(each.value for each in type_), name=name, metadata=schema.METADATA)


ROLE = _enum(access.Role, "account_role")
STATE = _enum(accounts.State, "account_state")
REASON = _enum(accounts.Reason, "account_reason")
CHANNEL = _enum(accounts.Channel, "contact_channel")
CONSENT = _enum(accounts.Consent, "consent_kind")
END = _enum(sessions.End, "session_end")
PURPOSE = _enum(notices.Purpose, "code_purpose")
CHANGE = _enum(notices.ChangeState, "contact_change_state")

_WHOSE = schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ACCOUNT)
_PROOF = schema.handling(Category.CREDENTIAL, Purpose.SECURITY, Retention.ACCOUNT)
_PROOF_BRIEFLY = schema.handling(Category.CREDENTIAL, Purpose.SECURITY, Retention.TRANSIENT)
_CHOICE = schema.handling(Category.PREFERENCE, Purpose.SERVICE, Retention.ACCOUNT)
_SEEN = schema.handling(Category.DEVICE, Purpose.SECURITY, Retention.TRANSIENT)
_TECHNICAL = schema.technical(Purpose.SERVICE, Retention.ACCOUNT)
_BRIEFLY = schema.technical(Purpose.SECURITY, Retention.TRANSIENT)


def _contact(column: str, subject: str) -> schema.Handling:
    return schema.sealed(column, subject=subject, category=Category.CONTACT, purpose=Purpose.SERVICE)


def _found_by(subject: str) -> schema.Handling:
    return schema.blind(subject=subject, category=Category.CONTACT, purpose=Purpose.SECURITY)


def _sealed(column: str, category: Category) -> schema.Handling:
    return schema.sealed(column, subject="account", category=category, purpose=Purpose.SECURITY)


ACCOUNT = sa.Table(
    "account",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("role", ROLE, nullable=False),
    sa.Column("state", STATE, nullable=False),
    sa.Column("reason", REASON),
    sa.Column("language", sa.Text(), nullable=False),
    sa.Column("email", schema.SEALED, nullable=False),
    sa.Column("email_index", schema.BLIND, nullable=False),
    sa.Column("phone", schema.SEALED, nullable=False),
    sa.Column("phone_index", schema.BLIND, nullable=False),
    sa.Column("email_verified_at", MOMENT),
    sa.Column("phone_verified_at", MOMENT),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False),
    sa.Column("revision", COUNTER, nullable=False, server_default="0"),
    sa.Index("account_email", "email_index", unique=True, postgresql_where=sa.text("state IN ('active', 'suspended')")),
    sa.Index("account_email_any", "email_index"),
    sa.Index("account_phone", "phone_index"),
    sa.Index("account_state", "state", "id"),
    sa.Index("account_pending", "created_at", postgresql_where=sa.text("state = 'pending'")),
)
schema.describe(
    ACCOUNT,
    _TECHNICAL,
    id=_WHOSE,
    role=_CHOICE,
    language=_CHOICE,
    state=schema.handling(Category.COMPLIANCE, Purpose.SERVICE, Retention.LAW),
    reason=schema.handling(Category.COMPLIANCE, Purpose.LAW, Retention.LAW),
    email=_contact("account.email", "id"),
    email_index=_found_by("id"),
    phone=_contact("account.phone", "id"),
    phone_index=_found_by("id"),
)

PASSWORD = sa.Table(
    "account_password",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("hash", sa.Text(), nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False),
)
schema.describe(PASSWORD, _TECHNICAL, account=_WHOSE, hash=_PROOF)

CONSENT_GIVEN = sa.Table(
    "consent",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("consent", CONSENT, nullable=False),
    sa.Column("version", sa.Text(), nullable=False),
    sa.Column("granted", sa.Boolean(), nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Index("consent_account", "account", "consent", "at"),
)
schema.describe(
    CONSENT_GIVEN,
    schema.technical(Purpose.EVIDENCE, Retention.LAW),
    account=schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.LAW),
    consent=schema.handling(Category.PREFERENCE, Purpose.EVIDENCE, Retention.LAW),
    granted=schema.handling(Category.PREFERENCE, Purpose.EVIDENCE, Retention.LAW),
)

CODE = sa.Table(
    "sent_code",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("purpose", PURPOSE, primary_key=True),
    sa.Column("digest", HASH, nullable=False),
    sa.Column("tries", COUNTER, nullable=False, server_default="0"),
    sa.Column("sent_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Index("sent_code_digest", "digest"),
    sa.Index("sent_code_expired", "expires_at"),
)
schema.describe(CODE, _BRIEFLY, account=_WHOSE, digest=_PROOF_BRIEFLY)

SESSION = sa.Table(
    "session",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("authenticated_at", MOMENT, nullable=False),
    sa.Column("factor_at", MOMENT),
    sa.Column("seen_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
    sa.Column("ended", END),
    sa.Column("generation", COUNTER, nullable=False, server_default="0"),
    sa.Column("program", HASH, nullable=False),
    sa.Column("network", HASH, nullable=False),
    sa.Column("device", schema.SEALED, nullable=False),
    sa.Column("place", schema.SEALED, nullable=False),
    sa.Index("session_account", "account", postgresql_where=sa.text("ended_at IS NULL")),
    sa.Index("session_over", "expires_at"),
)
schema.describe(
    SESSION,
    _BRIEFLY,
    account=_WHOSE,
    program=_SEEN,
    network=_SEEN,
    device=_sealed("session.device", Category.DEVICE),
    place=_sealed("session.place", Category.DEVICE),
)

REFRESH = sa.Table(
    "refresh_token",
    schema.METADATA,
    sa.Column("digest", HASH, primary_key=True),
    sa.Column("session", REF, nullable=False),
    sa.Column("generation", COUNTER, nullable=False),
    sa.Column("issued_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
    sa.Index("refresh_token_session", "session"),
)
schema.describe(REFRESH, _BRIEFLY, digest=_PROOF_BRIEFLY)

CHALLENGE = sa.Table(
    "sign_in_challenge",
    schema.METADATA,
    sa.Column("digest", HASH, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("login", HASH, nullable=False),
    sa.Column("program", HASH, nullable=False),
    sa.Column("tries", COUNTER, nullable=False, server_default="0"),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
    sa.Index("sign_in_challenge_expired", "expires_at"),
)
schema.describe(CHALLENGE, _BRIEFLY, account=_WHOSE, digest=_PROOF_BRIEFLY, login=_SEEN, program=_SEEN)

TOTP = sa.Table(
    "account_totp",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("secret", schema.SEALED, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("confirmed_at", MOMENT),
    sa.Column("last_step", COUNTER, nullable=False, server_default="0"),
)
schema.describe(TOTP, _TECHNICAL, account=_WHOSE, secret=_sealed("account_totp.secret", Category.CREDENTIAL))

RECOVERY = sa.Table(
    "recovery_code",
    schema.METADATA,
    sa.Column("account", REF, primary_key=True),
    sa.Column("digest", HASH, primary_key=True),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
)
schema.describe(RECOVERY, _TECHNICAL, account=_WHOSE, digest=_PROOF)

DEVICE = sa.Table(
    "known_device",
    schema.METADATA,
    sa.Column("digest", HASH, primary_key=True),
    sa.Column("account", REF, primary_key=True),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("seen_at", MOMENT, nullable=False),
    sa.Index("known_device_account", "account"),
)
schema.describe(DEVICE, _TECHNICAL, account=_WHOSE, digest=_PROOF)

CONTACT_CHANGE = sa.Table(
    "contact_change",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("channel", CHANNEL, nullable=False),
    sa.Column("state", CHANGE, nullable=False),
    sa.Column("value", schema.SEALED, nullable=False),
    sa.Column("value_index", schema.BLIND, nullable=False),
    sa.Column("requested_at", MOMENT, nullable=False),
    sa.Column("effective_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
    sa.Index(
        "contact_change_open",
        "account",
        "channel",
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'waiting')"),
    ),
)
schema.describe(
    CONTACT_CHANGE,
    _TECHNICAL,
    account=_WHOSE,
    value=_contact("contact_change.value", "account"),
    value_index=_found_by("account"),
)

API_KEY = sa.Table(
    "api_key",
    schema.METADATA,
    sa.Column("id", REF, primary_key=True),
    sa.Column("account", REF, nullable=False),
    sa.Column("digest", HASH, nullable=False, unique=True),
    sa.Column("prefix", sa.Text(), nullable=False),
    sa.Column("label", schema.SEALED, nullable=False),
    sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column("read_only", sa.Boolean(), nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
    sa.Column("revoked_at", MOMENT),
    sa.Index("api_key_account", "account"),
)
schema.describe(
    API_KEY,
    _TECHNICAL,
    account=_WHOSE,
    digest=_PROOF,
    prefix=_PROOF,
    label=_sealed("api_key.label", Category.PREFERENCE),
)

TABLES = (
    ACCOUNT, PASSWORD, CONSENT_GIVEN, CODE, SESSION, REFRESH, CHALLENGE, TOTP, RECOVERY, DEVICE, CONTACT_CHANGE, API_KEY,
)  # fmt: skip
