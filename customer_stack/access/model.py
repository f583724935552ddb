"""The words of access: four roles, twenty-three permissions, the presets of staff, and the caller of a request."""

import enum
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec


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
