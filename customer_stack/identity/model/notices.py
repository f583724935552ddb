"""What identity tells people, by kind, and what the codes are for that it has sent to them."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from customer_stack.identity.model import accounts


class Notice(enum.StrEnum):
    """Kinds of notice to an account's owner, by the names under which `notifications` has words for them."""

    ACTIVATED = "identity.activated"
    API_KEY_CREATED = "identity.api_key_created"
    EMAIL_CHANGE_CANCELLED = "identity.email_change_cancelled"
    EMAIL_CHANGE_REQUESTED = "identity.email_change_requested"
    EMAIL_CHANGED = "identity.email_changed"
    FACTOR_CHANGED = "identity.factor_changed"
    NEW_SIGN_IN = "identity.new_sign_in"
    PASSWORD_CHANGED = "identity.password_changed"  # noqa: S105 -- the name of a notice
    PASSWORD_RESET = "identity.password_reset"  # noqa: S105 -- likewise
    PHONE_CHANGE_CANCELLED = "identity.phone_change_cancelled"
    PHONE_CHANGE_REQUESTED = "identity.phone_change_requested"
    PHONE_CHANGED = "identity.phone_changed"
    REGISTERED_ALREADY = "identity.registered_already"
    REUSE_DETECTED = "identity.reuse_detected"
    SUSPENDED = "identity.suspended"


class Purpose(enum.StrEnum):
    """What a code that was sent is for. Each account has at most one live code for each."""

    EMAIL_CHANGE = "email_change"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 -- the name of a purpose
    PHONE_CHANGE = "phone_change"
    SIGN_IN = "sign_in"
    VERIFY_EMAIL = "verify_email"
    VERIFY_PHONE = "verify_phone"


class ChangeState(enum.StrEnum):
    REQUESTED = "requested"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


class ChangeEvent(enum.StrEnum):
    VERIFY = "verify"
    APPLY = "apply"
    CANCEL = "cancel"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of e-mail or phone on its way."""

    id: UUID
    account: UUID
    channel: accounts.Channel
    state: ChangeState
    value: bytes
    value_index: bytes
    requested_at: datetime
    effective_at: datetime


class ShownChange(msgspec.Struct, frozen=True, kw_only=True):
    """The same as its owner sees it."""

    id: UUID
    channel: accounts.Channel
    state: ChangeState
    value: str
    requested_at: datetime
    effective_at: datetime
