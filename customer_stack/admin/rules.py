"""Who sees what of somebody's contacts, and who may touch whose account."""

from uuid import UUID

from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.admin import model
from customer_stack.identity.model import accounts

UNMASKED = frozenset({access.Permission.KYC_REVIEW, access.Permission.USERS_MANAGE})
"""Whoever holds one of these reads contacts: they write to people, or compare what people say of themselves."""
HIDDEN = "•••"


def reads_contacts(caller: access.Caller) -> bool:
    return bool(UNMASKED & caller.permissions)


def masked_email(address: str) -> str:
    """The first character, and the last part of the domain: enough to tell two apart, not enough to write to one."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}{HIDDEN}@{HIDDEN}.{domain.rpartition('.')[2]}"


def masked_phone(number: str) -> str:
    """The last two digits."""
    return f"{HIDDEN}{number[-2:]}"


def seen(profile: accounts.Profile, *, unmasked: bool) -> model.Seen:
    return model.Seen(
        id=profile.id,
        role=profile.role,
        state=profile.state,
        reason=profile.reason,
        language=profile.language,
        email=profile.email if unmasked else masked_email(profile.email),
        phone=profile.phone if unmasked else masked_phone(profile.phone),
        masked=not unmasked,
        second_factor=profile.second_factor,
        created_at=profile.created_at,
        revision=profile.revision,
    )


def may_touch(caller: access.Caller, account: UUID, role: access.Role) -> None:
    """Raise unless the caller may suspend, activate or sign out this account."""
    if caller.account == account:
        raise model.OwnAccount("somebody else must do this to your account")
    if role in access_rules.WORKERS and access.Permission.PERMISSIONS_MANAGE not in caller.permissions:
        raise model.WorksHere("only who hands out permissions may do this to somebody who works here")
