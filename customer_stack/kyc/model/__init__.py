"""The words of onboarding: levels, states, events, forms and documents."""

import enum
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

LEVEL_MAX = 3

Level = Annotated[int, msgspec.Meta(ge=1, le=LEVEL_MAX)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", examples=["LK"])]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class State(enum.StrEnum):
    """Where an application stands. `verified` is verified by who was asked, and not approved yet."""

    DRAFT = "draft"
    PENDING = "pending"
    VERIFIED = "verified"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    ABANDONED = "abandoned"
    EXPIRED = "expired"


OPEN = (State.DRAFT, State.PENDING, State.VERIFIED, State.IN_REVIEW, State.RETURNED)
"""An account has at most one application in these states, beside those that were approved once and are looked at again."""


class Event(enum.StrEnum):
    """What happened to an application. The first two begin a session; those from outside may come in any order."""

    SUBMITTED = "submitted"
    REOPENED = "reopened"
    GREEN = "green"
    RED_RETRY = "red_retry"
    RED_FINAL = "red_final"
    ON_HOLD = "on_hold"
    NOTED = "noted"
    REVIEW = "review"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    OVERRIDE_APPROVE = "override_approve"
    OVERRIDE_REJECT = "override_reject"
    ABANDON = "abandon"
    EXPIRE = "expire"
    CONFIRMED = "confirmed"


class Source(enum.StrEnum):
    """Who says that it happened."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    OFFICER = "officer"
    HOUSE = "house"


class Waiting(enum.StrEnum):
    """What an application waits for, shown to who applied and to officers alike."""

    NOTHING = ""
    VENDOR = "vendor"
    VENDOR_DOWN = "vendor_down"
    SCAN = "scan"
    DOCUMENTS = "documents"
    SCREENING_PENDING = "screening_pending"
    SCREENING_ERROR = "screening_error"
    REFERENCE = "reference"
    OFFICER = "officer"


class Reason(enum.StrEnum):
    """Why: the vendor's many labels and our own findings, as one closed list."""

    UNDER_AGE = "under_age"
    NOT_RESIDENT = "not_resident"
    DOCUMENT_KIND = "document_kind"
    DOCUMENT_NUMBER = "document_number"
    DOCUMENT_BIRTH = "document_birth"
    DOCUMENT_SEX = "document_sex"
    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_MISSING = "document_missing"
    DOCUMENT_IN_USE = "document_in_use"
    DOCUMENT_UNREADABLE = "document_unreadable"
    DOCUMENT_NOT_ACCEPTED = "document_not_accepted"
    REGISTER_MISMATCH = "register_mismatch"
    REGISTER_UNAVAILABLE = "register_unavailable"
    FORGERY = "forgery"
    SELFIE_MISMATCH = "selfie_mismatch"
    FRAUD = "fraud"
    WATCHLIST = "watchlist"
    DUPLICATE = "duplicate"
    COUNTRY = "country"
    ADDRESS = "address"
    DATA_MISMATCH = "data_mismatch"
    INCOMPLETE = "incomplete"
    POLICY = "policy"
    RISK = "risk"
    OFFICER = "officer"
    OTHER = "other"


class Notice(enum.StrEnum):
    """What a customer is told when their application has moved. `checking` is said whenever somebody looks at it, and when
    an account is frozen: who reads it learns nothing of why.
    """

    APPROVED = "approved"
    CHECKING = "checking"
    EXPIRED = "expired"
    REJECTED = "rejected"
    RETURNED = "returned"


class Sex(enum.StrEnum):
    FEMALE = "F"
    MALE = "M"
    OTHER = "X"


class DocumentKind(enum.StrEnum):
    """What an identity document is; the names are those of the jurisdiction packs."""

    PASSPORT = "passport"
    NATIONAL_IDENTITY_CARD = "national_identity_card"
    STATE_IDENTITY_CARD = "state_identity_card"
    DRIVING_LICENCE = "driving_licence"
    RESIDENCE_PERMIT = "residence_permit"


class UploadKind(enum.StrEnum):
    """What a file shows."""

    IDENTITY_FRONT = "identity_front"
    IDENTITY_BACK = "identity_back"
    SELFIE = "selfie"
    ADDRESS_PROOF = "address_proof"
    FUNDS_PROOF = "funds_proof"


class UploadState(enum.StrEnum):
    """A file is only shown once it was found clean."""

    UPLOADING = "uploading"
    SCANNING = "scanning"
    CLEAN = "clean"
    INFECTED = "infected"
    REFUSED = "refused"


class Media(enum.StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class ScreenState(enum.StrEnum):
    """What screening says of a person. Only clear lets anybody pass."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCKED = "blocked"
    PENDING = "pending"
    ERROR = "error"


class RegisterAnswer(enum.StrEnum):
    """What a national register says of a document."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


class Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of what comes from outside: a field that is not named here is refused."""


class Identity(Closed, frozen=True, kw_only=True):
    """The document that somebody identifies themselves with."""

    kind: DocumentKind
    number: Annotated[str, msgspec.Meta(min_length=3, max_length=32)]
    country: Country
    expires: date | None = None


class Form(Closed, frozen=True, kw_only=True):
    """What a customer says about themselves. It is stored sealed, as a whole."""

    given_names: Name
    family_names: Name
    birth: date
    sex: Sex | None = None
    nationality: Country
    residence: Country
    address: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=4)]
    document: Identity


class Person(msgspec.Struct, frozen=True):
    """What screening is asked about."""

    names: tuple[str, ...]
    birth: date | None
    nationalities: tuple[str, ...]
    countries: tuple[str, ...]
    documents: tuple[tuple[str, str, str], ...]


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application as the database holds it; `form` and the texts are sealed."""

    id: UUID
    account: UUID
    level: int
    policy_version: int
    state: State
    waiting: Waiting
    session: int
    revision: int
    reasons: tuple[str, ...]
    residence: str
    applicant: str
    claimed_by: UUID | None
    claimed_at: datetime | None
    approved_at: datetime | None
    expires_at: datetime | None
    attached_at: datetime | None
    created_at: datetime
    submitted_at: datetime | None
    changed_at: datetime
    form: bytes | None
    customer_text: bytes | None
    private_text: bytes | None


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an application's log. `sequence` is when it happened by the clock of who says so, in microseconds."""

    application: UUID
    event: Event
    source: Source
    sequence: int
    digest: bytes
    level: int
    policy_version: int
    reasons: tuple[str, ...] = ()
    by: UUID | None = None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an application."""

    id: UUID
    application: UUID
    account: UUID
    kind: UploadKind
    state: UploadState
    size: int
    media: str
    created_at: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of an application, in our words: from a webhook, or fetched."""

    application: UUID | None
    applicant: str
    event: Event
    sequence: int
    level: str = ""
    """The provider's name of the level that it speaks of; nothing if it does not say."""
    reasons: tuple[Reason, ...] = ()
    customer_text: str = ""
    private_text: str = ""


class StandingState(enum.StrEnum):
    """An account's standing in the words of those who ask whether it may do something."""

    NONE = "none"
    PENDING = "pending"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Standing(msgspec.Struct, frozen=True):
    """How far an account is known, by which policy, where its owner lives, and whether it is frozen."""

    level: int
    state: StandingState
    policy_version: int
    residence: str
    frozen: bool


class Saga(msgspec.Struct, frozen=True):
    """A freeze on its way: steps in their order, and how many are done."""

    id: UUID
    account: UUID
    application: UUID
    done: tuple[str, ...]
    finished: bool
