"""An account, its states, what it consented to, and why one is suspended."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from customer_stack.access import model as access


class State(enum.StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Event(enum.StrEnum):
    VERIFY = "verify"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    CLOSE = "close"


class Reason(enum.StrEnum):
    """Why staff suspended an account. A code, because a sentence about a person belongs into a case, sealed."""

    COMPLIANCE = "compliance"
    CUSTOMER_REQUEST = "customer_request"
    DECEASED = "deceased"
    LEGAL_ORDER = "legal_order"
    OTHER = "other"
    SECURITY = "security"


class Channel(enum.StrEnum):
    """A way to reach somebody: by mail, or by text message to a phone."""

    EMAIL = "email"
    SMS = "sms"


class Consent(enum.StrEnum):
    """What somebody agrees to, or does not: two documents, and four uses of their data."""

    TERMS = "terms"
    PRIVACY_NOTICE = "privacy_notice"
    ESSENTIAL_SERVICES = "essential_services"
    MARKETING = "marketing"
    ANALYTICS = "analytics"
    THIRD_PARTY_SHARING = "third_party_sharing"


REQUIRED = frozenset({Consent.TERMS, Consent.PRIVACY_NOTICE, Consent.ESSENTIAL_SERVICES})
"""Without these there is no account; they end with it and are not withdrawn alone."""


class Decision(msgspec.Struct, frozen=True):
    """One answer to one question of consent. `version` names the text that was shown."""

    consent: Consent
    version: str
    granted: bool
    at: datetime


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its row tells it; e-mail and phone are sealed under its own key. `role` is the one it was made with:
    which one is in force, `access` knows.
    """

    id: UUID
    role: access.Role
    state: State
    reason: Reason | None
    language: str
    email: bytes
    phone: bytes
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    created_at: datetime
    changed_at: datetime
    revision: int


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its owner and authorised staff see it, opened."""

    id: UUID
    role: access.Role
    state: State
    reason: Reason | None
    language: str
    email: str
    phone: str
    second_factor: bool
    created_at: datetime
    revision: int


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody registers with, checked and normalised; the password is a hash already."""

    role: access.Role
    language: str
    email: str
    phone: str
    password_hash: str
    decisions: tuple[tuple[Consent, str, bool], ...]


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What signing in needs to know of an account that an e-mail address belongs to."""

    account: UUID
    state: State
    password_hash: str | None
    enrolled: bool


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is reached, and in which language. An address that is not verified is none."""

    account: UUID
    language: str
    email: str | None
    phone: str | None
