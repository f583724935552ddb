"""What the routes of identity read and answer. A field that is not declared here is refused, wherever it stands."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from customer_stack.access import model as access
from customer_stack.identity.model import accounts, notices

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["amara@people.example"])]
Phone = Annotated[str, Meta(min_length=4, max_length=32, examples=["+94 71 234 5678"])]
NewPassword = Annotated[str, Meta(max_length=512, examples=["seven green lamps on the pier"])]
Password = Annotated[str, Meta(max_length=512, examples=["seven green lamps on the pier"])]
Digits = Annotated[str, Meta(pattern="^[0-9]{6}$", examples=["492039"])]
FactorCode = Annotated[
    str,
    Meta(
        pattern="^([0-9]{6}|[a-z0-9]{4}(-[a-z0-9]{4}){3})$",
        description="six digits, or a recovery code",
        examples=["492039"],
    ),
]
Token = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$", examples=["m0J5a1cXvT9Yy1h3b8w2Kq7LZr4Nf6Sd0PgUeXoCiBk"])]
Version = Annotated[str, Meta(max_length=32, examples=["1"])]
Language = Annotated[str, Meta(pattern="^[a-z]{2}$", examples=["en"])]
Label = Annotated[str, Meta(min_length=1, max_length=80, examples=["reporting server"])]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of whatever is sent to us."""


class ConsentAnswer(Body, frozen=True, kw_only=True):
    consent: accounts.Consent
    version: Version
    granted: bool


class NewRegistration(Body, frozen=True, kw_only=True):
    email: Email
    phone: Phone
    password: NewPassword
    role: access.Role
    language: Language = ""
    consents: Annotated[tuple[ConsentAnswer, ...], Meta(max_length=6)]


class RegistrationBegun(msgspec.Struct, frozen=True, kw_only=True):
    """The same whoever's the address is. Codes are on their way to whoever reads it."""

    registration: UUID


class WhichChannel(Body, frozen=True, kw_only=True):
    channel: accounts.Channel


class Verification(Body, frozen=True, kw_only=True):
    channel: accounts.Channel
    code: Digits


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    state: accounts.State


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question of consent, in the version that is in force."""

    consent: accounts.Consent
    version: str
    required: bool


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody answered last."""

    consent: accounts.Consent
    version: str
    granted: bool
    at: datetime


class SignIn(Body, frozen=True, kw_only=True):
    """With `bearer` no cookie is set, and the answer holds the refresh token too: for programs that are no browser."""

    email: Email
    password: Password
    bearer: bool = False


class SecondFactor(Body, frozen=True, kw_only=True):
    challenge: Token
    code: FactorCode
    bearer: bool = False


class Refresh(Body, frozen=True, kw_only=True):
    """Empty for a browser, whose token comes in its cookie."""

    refresh_token: Token | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session. `access_token` may also be sent as a bearer token; `csrf_token` goes into the `x-csrf-token` header of
    every request but GET that a browser sends with its cookie.
    """

    session: UUID
    access_token: str
    token_type: str
    expires_at: datetime
    session_expires_at: datetime
    csrf_token: str
    factor_at: datetime | None
    enrolment_required: bool
    refresh_token: str | None = None


class FactorOwed(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right. Answer the challenge with the second factor."""

    challenge: str
    expires_at: datetime


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    device: str
    place: str
    created_at: datetime
    seen_at: datetime
    current: bool


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    sessions: list[SessionView]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    sessions_ended: int


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """The session that asks. A page that was loaded anew finds its CSRF token here."""

    session: UUID
    account: UUID
    role: access.Role
    csrf_token: str
    authenticated_at: datetime
    factor_at: datetime | None
    second_factor: bool


class StepUp(Body, frozen=True, kw_only=True):
    code: FactorCode


class SteppedUp(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    fresh_until: datetime


class ResetAsked(Body, frozen=True, kw_only=True):
    email: Email


class Reset(Body, frozen=True, kw_only=True):
    token: Token
    password: NewPassword


class PasswordChange(Body, frozen=True, kw_only=True):
    current: Password
    password: NewPassword


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """One's own account."""

    id: UUID
    role: access.Role
    state: accounts.State
    language: str
    email: str
    phone: str
    second_factor: bool
    recovery_codes_left: int
    created_at: datetime
    consents: list[Answered]


class ConsentChange(Body, frozen=True, kw_only=True):
    consents: Annotated[tuple[ConsentAnswer, ...], Meta(min_length=1, max_length=6)]


class Consents(msgspec.Struct, frozen=True, kw_only=True):
    consents: list[Answered]


class TotpEnrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. `image` is the QR code as an SVG in a data URI."""

    secret: str
    otpauth_uri: str
    image: str


class TotpCode(Body, frozen=True, kw_only=True):
    code: Digits


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. Each of them stands in for the second factor one time."""

    recovery_codes: list[str]


class NewEmail(Body, frozen=True, kw_only=True):
    email: Email


class NewPhone(Body, frozen=True, kw_only=True):
    phone: Phone


class ContactChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change on its way: it takes effect at `effective_at`, if the new place is verified by then."""

    id: UUID
    channel: accounts.Channel
    state: notices.ChangeState
    value: str
    requested_at: datetime
    effective_at: datetime


class ContactChanges(msgspec.Struct, frozen=True, kw_only=True):
    changes: list[ContactChange]


class ChangeCode(Body, frozen=True, kw_only=True):
    code: Digits


class NewKey(Body, frozen=True, kw_only=True):
    label: Label
    permissions: Annotated[tuple[access.Permission, ...], Meta(max_length=23)] = ()
    read_only: bool = True
    expires_at: datetime


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    label: str
    prefix: str
    permissions: list[access.Permission]
    read_only: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class KeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """The one time that the key is shown."""

    key: str
    api_key: KeyView


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    api_keys: list[KeyView]
