"""Kinds, channels, states, and what each part of this capability hands to the next."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, records


class Locale(enum.StrEnum):
    """The languages that every template is written in."""

    ENGLISH = "en"
    SINHALA = "si"
    TAMIL = "ta"
    ARABIC = "ar"


class Direction(enum.StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


class Kind(enum.StrEnum):
    """Everything that somebody can be told of, as `capability.fact`. A capability adds its own here, with their facts
    in `rules.kinds` and their words in every file of `templates/`.
    """

    ANNOUNCEMENT = "notifications.announcement"
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
    KYC_APPROVED = "kyc.approved"
    KYC_CHECKING = "kyc.checking"
    KYC_EXPIRED = "kyc.expired"
    KYC_REJECTED = "kyc.rejected"
    KYC_RETURNED = "kyc.returned"
    REALITY_CHECK = "safeguards.reality_check"


class Purpose(enum.StrEnum):
    """What a one-time code is for. A code is sent to one address and never stands in an inbox."""

    EMAIL_CHANGE = "email_change"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 -- the name of a purpose
    PHONE_CHANGE = "phone_change"
    SIGN_IN = "sign_in"
    VERIFY_EMAIL = "verify_email"
    VERIFY_PHONE = "verify_phone"


class Category(enum.StrEnum):
    """By what a receiver may choose: notices about security always go out."""

    SECURITY = "security"
    ACCOUNT = "account"
    ANNOUNCEMENTS = "announcements"


class Channel(enum.StrEnum):
    EMAIL = "email"
    SMS = "sms"


class DeliveryState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"


class DeliveryEvent(enum.StrEnum):
    BEGIN = "begin"
    ACCEPT = "accept"
    POSTPONE = "postpone"
    LOSE = "lose"
    GIVE_UP = "give_up"
    TRY_AGAIN = "try_again"


class AnnouncementState(enum.StrEnum):
    WRITING = "writing"
    DONE = "done"


class AnnouncementEvent(enum.StrEnum):
    FINISH = "finish"


class Verdict(enum.StrEnum):
    """What became of one attempt to hand a message over."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Outcome(msgspec.Struct, frozen=True):
    """The carrier's answer: `code` is a word of ours, never its text, which may quote an address."""

    verdict: Verdict
    code: str
    reference: str = ""


class Addresses(msgspec.Struct, frozen=True):
    """How an account is reached today. An address that was never verified is none; `locale` is what its owner registered
    in, if we speak it.
    """

    email: str | None = None
    phone: str | None = None
    locale: Locale | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier gets: one receiver, finished words. `id` is the same in every attempt."""

    id: UUID
    channel: Channel
    to: str
    locale: Locale
    subject: str
    paragraphs: tuple[str, ...]
    text: str
    """The short form, for a phone."""
    at: datetime


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind in one language: a subject line, paragraphs, and one short text."""

    subject: str
    body: tuple[str, ...]
    sms: str


class Brand(msgspec.Struct, frozen=True):
    """What templates and mails take from the operator's configuration."""

    name: str
    support_email: str
    web: str
    legal_entity: str
    primary: str
    on_primary: str
    surface: str
    text: str
    time_zone: str


class Row(NamedTuple):
    """One row of an inbox as it stands; an announcement's words are those of the announcement."""

    id: UUID
    kind: Kind
    facts: bytes | None
    announcement: UUID | None
    created_at: datetime
    read_at: datetime | None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The same, readable: finished words in one language."""

    id: UUID
    kind: Kind
    category: Category
    locale: Locale
    direction: Direction
    title: str
    paragraphs: tuple[str, ...]
    created_at: datetime
    read_at: datetime | None


class Choice(msgspec.Struct, frozen=True):
    """What an account chose for itself: its language, and what is not as by default."""

    locale: Locale | None
    preferences: tuple["Preference", ...]
    revision: int


class Preference(msgspec.Struct, frozen=True):
    category: Category
    channel: Channel
    enabled: bool


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message on its way. `sealed` holds address and facts, and is emptied when nobody needs it any more."""

    id: UUID
    account: UUID
    notification: UUID | None
    channel: Channel
    kind: str
    locale: Locale
    state: DeliveryState
    attempts: int
    code: str
    sealed: bytes | None
    due_at: datetime
    expires_at: datetime | None
    created_at: datetime


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Something that staff say to many. It is the operator's own text and holds nothing personal."""

    id: UUID
    author: UUID
    role: str | None
    locale: Locale | None
    state: AnnouncementState
    reached: UUID | None
    written: int
    created_at: datetime
    finished_at: datetime | None


class NoticeUnknown(errors.NotFound):
    """There is no such notice in the caller's inbox."""

    code = "notice_unknown"


class AlwaysSent(errors.Invalid):
    """Notices about security cannot be switched off."""

    code = "notice_always_sent"


class PreferenceRepeated(errors.Invalid):
    """A category and channel stand twice in the list."""

    code = "preference_repeated"


class DeliveryUnknown(errors.NotFound):
    """There is no such delivery."""

    code = "delivery_unknown"


class DeliveryOver(errors.Conflict):
    """The delivery cannot be tried again: its content is gone, because it was sent or its time is over."""

    code = "delivery_over"


class AnnouncementUnknown(errors.NotFound):
    """There is no such announcement."""

    code = "announcement_unknown"


class AnnouncementText(errors.Invalid):
    """The announcement lacks the operator's default language, or a text is empty, too long or holds control characters."""

    code = "announcement_text"


class NoticeWritten(records.Entry, frozen=True, tag="notifications.written.v1"):
    """An account was told something; `deliveries` messages leave for it."""

    notification: UUID
    account: UUID
    kind: str
    deliveries: records.Count


class CodeOrdered(records.Entry, frozen=True, tag="notifications.code_ordered.v1"):
    """A one-time code leaves for an account."""

    delivery: UUID
    account: UUID
    purpose: str


class NoticesRead(records.Entry, frozen=True, tag="notifications.read.v1"):
    """An account marked so many notices as read."""

    account: UUID
    count: records.Count


class PreferencesSet(records.Entry, frozen=True, tag="notifications.preferences_set.v1"):
    """An account chose its channels; the digest covers the whole choice."""

    account: UUID
    digest: records.Hash32


class DeliveryEnded(records.Entry, frozen=True, tag="notifications.delivery_ended.v1"):
    """A delivery was accepted, given up, or its fate is unknown."""

    delivery: UUID
    state: str
    code: str
    attempts: records.Count


class DeliveryRepeated(records.Entry, frozen=True, tag="notifications.delivery_repeated.v1"):
    """Staff had a delivery tried again."""

    delivery: UUID
    staff: UUID


class DeliveriesForgotten(records.Entry, frozen=True, tag="notifications.deliveries_forgotten.v1"):
    """Deliveries that ended long ago were deleted."""

    count: records.Count


class AnnouncementOrdered(records.Entry, frozen=True, tag="notifications.announcement_ordered.v1"):
    """Staff ordered an announcement; the digest covers its texts in every language."""

    announcement: UUID
    staff: UUID
    role: str
    locale: str
    digest: records.Hash32


class AnnouncementWritten(records.Entry, frozen=True, tag="notifications.announcement_written.v1"):
    """One chunk of an announcement is in its receivers' inboxes; the digest covers their accounts in order."""

    announcement: UUID
    count: records.Count
    digest: records.Hash32


class AnnouncementFinished(records.Entry, frozen=True, tag="notifications.announcement_finished.v1"):
    """Everybody who was meant has the announcement."""

    announcement: UUID
    count: records.Count
