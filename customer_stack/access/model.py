"""The words of access: four roles, twenty-three permissions, the presets of staff, and the caller of a request."""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from boundary.kernel import canonical, clock, primitives, records


class Role(enum.StrEnum):
    """What an account is for. It is given at registration or by an administrator, and never by its owner."""

    ADMIN = "admin"
    INVESTOR = "investor"
    ISSUER = "issuer"
    STAFF = "staff"


class Permission(enum.StrEnum):
    """What somebody who works here may do to what is not their own, as `scope.action`."""

    AUDIT_VIEW = "audit.view"
    BUSINESS_REVIEW = "business.review"
    BUSINESS_VIEW = "business.view"
    COMPLIANCE_MANAGE = "compliance.manage"
    COMPLIANCE_VIEW = "compliance.view"
    DATAROOM_MANAGE = "dataroom.manage"
    DATAROOM_VIEW = "dataroom.view"
    DIVIDENDS_MANAGE = "dividends.manage"
    KYC_REVIEW = "kyc.review"
    KYC_VIEW = "kyc.view"
    OFFERINGS_MANAGE = "offerings.manage"
    OFFERINGS_VIEW = "offerings.view"
    PERMISSIONS_MANAGE = "permissions.manage"
    PLATFORM_ANALYTICS = "platform.analytics"
    PLATFORM_FINANCES = "platform.finances"
    PLATFORM_STATS = "platform.stats"
    TOKENS_MANAGE = "tokens.manage"
    TOKENS_VIEW = "tokens.view"
    TRADING_MANAGE = "trading.manage"
    USERS_MANAGE = "users.manage"
    USERS_VIEW = "users.view"
    WALLET_MANAGE = "wallet.manage"
    WALLET_VIEW = "wallet.view"


class Preset(enum.StrEnum):
    """A name for a set of permissions that staff are given together. The last two are outsiders: they only read, and
    their access ends on a day that is set when it is given.
    """

    COMPLIANCE_OFFICER = "compliance_officer"
    FINANCE_MANAGER = "finance_manager"
    KYC_OFFICER = "kyc_officer"
    OPERATIONS = "operations"
    SUPER_ADMIN = "super_admin"
    SUPPORT = "support"
    TOKEN_MANAGER = "token_manager"  # noqa: S105 -- a duty, not a secret
    PRIVACY_AUDITOR = "privacy_auditor"
    REGULATOR = "regulator"


P = Permission
_READS_REVIEWS = frozenset({P.USERS_VIEW, P.KYC_VIEW, P.KYC_REVIEW, P.BUSINESS_VIEW, P.BUSINESS_REVIEW})
_READS_MARKETS = frozenset({P.TOKENS_VIEW, P.OFFERINGS_VIEW, P.AUDIT_VIEW})

PRESETS: Mapping[Preset, frozenset[Permission]] = {
    Preset.COMPLIANCE_OFFICER: frozenset({P.AUDIT_VIEW, P.COMPLIANCE_MANAGE, P.COMPLIANCE_VIEW}),
    Preset.FINANCE_MANAGER: frozenset({P.PLATFORM_FINANCES, P.PLATFORM_STATS, P.PLATFORM_ANALYTICS})
    | frozenset({P.WALLET_VIEW, P.WALLET_MANAGE})
    | _READS_MARKETS,
    Preset.KYC_OFFICER: _READS_REVIEWS | _READS_MARKETS | {P.DATAROOM_VIEW},
    Preset.OPERATIONS: _READS_REVIEWS | _READS_MARKETS | {P.DATAROOM_VIEW},
    Preset.SUPER_ADMIN: frozenset(Permission),
    Preset.SUPPORT: frozenset({P.USERS_VIEW, P.KYC_VIEW}) | _READS_MARKETS,
    Preset.TOKEN_MANAGER: frozenset({P.TOKENS_MANAGE, P.OFFERINGS_MANAGE, P.BUSINESS_VIEW, P.DATAROOM_VIEW})
    | _READS_MARKETS,
    Preset.PRIVACY_AUDITOR: frozenset({P.AUDIT_VIEW}),
    Preset.REGULATOR: frozenset(
        {P.AUDIT_VIEW, P.COMPLIANCE_VIEW, P.KYC_VIEW, P.BUSINESS_VIEW, P.OFFERINGS_VIEW, P.TOKENS_VIEW}
    ),
}
OUTSIDERS = frozenset({Preset.PRIVACY_AUDITOR, Preset.REGULATOR})
"""Presets that need an end date."""


ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset({P.AUDIT_VIEW, P.PLATFORM_STATS, P.USERS_MANAGE, P.USERS_VIEW}),
    Role.INVESTOR: frozenset(),
    Role.ISSUER: frozenset(),
    Role.STAFF: frozenset(),
}
"""What comes with a role alone. Whoever hands out permissions is given that by two people, never by a role."""

Item: TypeAlias = Preset | Permission


def item(name: str) -> Item:
    return Permission(name) if "." in name else Preset(name)


class Grant(NamedTuple):
    """Something that an account was given beyond its role, and the moment from which it holds no longer."""

    item: Item
    until: datetime | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        return PRESETS[self.item] if isinstance(self.item, Preset) else frozenset({self.item})

    def __str__(self) -> str:
        return f"{self.item} until {self.until.isoformat()}" if self.until else str(self.item)


class Standing(NamedTuple):
    """What is on record of an account. The version counts its changes."""

    account: UUID
    role: Role
    version: int
    grants: tuple[Grant, ...] = ()


class Rights(NamedTuple):
    """What an account is and may at one moment."""

    role: Role
    permissions: frozenset[Permission]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, as `identity` established it for this request. An opaque account, never a name.

    `factor_at` is when this session last proved a second factor; an API key has none and can never step up.
    """

    account: UUID
    role: Role
    permissions: frozenset[Permission] = frozenset()
    session: UUID | None = None
    api_key: UUID | None = None
    authenticated_at: datetime
    factor_at: datetime | None = None


class ProposalState(enum.StrEnum):
    """A proposal is open until somebody decides or its time is up. Approving it is doing it."""

    OPEN = "open"
    EXECUTED = "executed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ProposalEvent(enum.StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Act(records.Record, frozen=True):
    """The base of what two people do together: the whole of it, as the bytes that the second one approves."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An act that waits for a second person, or did. It has no other name than the hash over all that it says."""

    nonce: UUID
    payload: bytes
    needs: Permission
    proposer: UUID
    proposed_at: datetime
    expires_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def hash(self) -> bytes:
        """What is approved: the act with who proposed it, under which permission, and until when."""
        terms = Terms(self.nonce, self.payload, self.needs, self.proposer, clock.to_micros(self.expires_at))
        return primitives.sha256(b"proposal/1\0" + canonical.pack(terms))

    @property
    def act(self) -> Act:
        return records.decode(self.payload, Act)


class Terms(msgspec.Struct, frozen=True, array_like=True):
    """What a proposal's hash is over."""

    nonce: UUID
    payload: bytes
    needs: Permission
    proposer: UUID
    expires_at: int


class GrantTerms(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A grant as it is proposed and audited; `until` in seconds since 1970, 0 for no end."""

    item: str
    until: int


class ChangeRights(Act, frozen=True, tag="access.change_rights.v1"):
    """Make an account's role and grants exactly these, if it is still at this version."""

    account: UUID
    version: records.Count
    role: Role
    grants: tuple[GrantTerms, ...]


class Enrolled(records.Entry, frozen=True, tag="access.enrolled.v1"):
    """An account has a role for the first time."""

    account: UUID
    role: Role


class RightsChanged(records.Entry, frozen=True, tag="access.rights_changed.v1"):
    """What an account is and was given from now on. `approved_by` is the second person, where one was needed; without
    `by` it was the operator's command.
    """

    account: UUID
    by: UUID | None
    approved_by: UUID | None
    version: records.Count
    role: Role
    grants: tuple[GrantTerms, ...]


class Proposed(records.Entry, frozen=True, tag="access.proposed.v1"):
    """Somebody proposed an act that takes two. `payload` is its SHA-256."""

    hash: records.Hash32
    payload: records.Hash32
    proposer: UUID
    needs: Permission


class ProposalDecided(records.Entry, frozen=True, tag="access.proposal_decided.v1"):
    """A proposal came to its end; nobody ends one whose time is up."""

    hash: records.Hash32
    state: ProposalState
    by: UUID | None
