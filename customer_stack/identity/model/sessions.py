"""A session, the client that holds it, and what signing in hands out."""

import enum
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from customer_stack.access import model as access
from customer_stack.identity.model import accounts

ACCESS = timedelta(minutes=10)
"""How long an access token lasts."""


class End(enum.StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_OWNER = "ended_by_owner"
    EVERYWHERE = "everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- a reason, not a secret
    REUSE = "reuse"
    CLIENT_CHANGED = "client_changed"
    SUSPENDED = "suspended"
    FORCED = "forced"
    CROWDED_OUT = "crowded_out"


class Client(msgspec.Struct, frozen=True):
    """Who is at the other end, as far as a request tells: the kind of program, its system, and the network."""

    family: str
    system: str
    network: str

    @property
    def device(self) -> str:
        return f"{self.family} on {self.system}" if self.system else self.family


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What every request asks of its session: whether it stands, and whose it is."""

    session: UUID
    account: UUID
    state: accounts.State
    authenticated_at: datetime
    factor_at: datetime | None
    expires_at: datetime
    ended: bool
    enrolled: bool
    program: bytes
    network: bytes


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a client gets when it signs in or refreshes. `refresh` is empty when another one is already out."""

    session: UUID
    access: str
    refresh: str
    csrf: str
    expires_at: datetime
    session_expires_at: datetime
    factor_at: datetime | None
    enrolment_required: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A session in its owner's list."""

    id: UUID
    device: str
    place: str
    created_at: datetime
    seen_at: datetime
    current: bool


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right; a second factor is still owed."""

    token: str
    expires_at: datetime


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An API key in its owner's list: never the key, only how it begins."""

    id: UUID
    label: str
    prefix: str
    permissions: tuple[access.Permission, ...]
    read_only: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
