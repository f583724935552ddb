"""What identity writes into the audit log: references, enums and keyed commitments, never a person's data."""

from uuid import UUID

from boundary.kernel import records


class Registered(records.Entry, frozen=True, tag="identity.registered.v1"):
    """Somebody began to register."""

    account: UUID
    role: str
    email: records.Hash32


class ContactVerified(records.Entry, frozen=True, tag="identity.contact_verified.v1"):
    """A code proved that the owner reads what is sent there."""

    account: UUID
    channel: str


class StateChanged(records.Entry, frozen=True, tag="identity.state_changed.v1"):
    """An account took another state. `actor` is the account itself where nobody else did it."""

    account: UUID
    state: str
    reason: str
    actor: UUID


class Appointed(records.Entry, frozen=True, tag="identity.appointed.v1"):
    """An operator or an administrator made an account for somebody who works here."""

    account: UUID
    role: str
    actor: UUID | None


class Consented(records.Entry, frozen=True, tag="identity.consented.v1"):
    """A decision about a consent."""

    account: UUID
    consent: str
    version: str
    granted: bool


class SignedIn(records.Entry, frozen=True, tag="identity.signed_in.v1"):
    """A session began."""

    account: UUID
    session: UUID
    factor: bool


class SignInRefused(records.Entry, frozen=True, tag="identity.sign_in_refused.v1"):
    """A password or factor did not pass. `login` is a keyed commitment to what was typed, known or not."""

    login: records.Hash32
    step: str


class SessionsEnded(records.Entry, frozen=True, tag="identity.sessions_ended.v1"):
    """Sessions of one account ended, for one reason."""

    account: UUID
    sessions: tuple[UUID, ...]
    reason: str


class StepUp(records.Entry, frozen=True, tag="identity.stepped_up.v1"):
    """A session proved a fresh factor."""

    account: UUID
    session: UUID
    method: str


class PasswordSet(records.Entry, frozen=True, tag="identity.password_set.v1"):
    """A new password; how says whether it was changed or reset."""

    account: UUID
    how: str


class FactorChanged(records.Entry, frozen=True, tag="identity.factor_changed.v1"):
    """A second factor was enrolled, removed, or its recovery codes made anew or used."""

    account: UUID
    what: str


class ContactChange(records.Entry, frozen=True, tag="identity.contact_change.v1"):
    """A change of e-mail or phone took another state."""

    account: UUID
    change: UUID
    channel: str
    state: str


class KeyChanged(records.Entry, frozen=True, tag="identity.api_key.v1"):
    """An API key was made or revoked."""

    account: UUID
    key: UUID
    what: str
