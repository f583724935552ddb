"""The back office's acts, each in its caller's transaction and each in the audit log."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.access.service import rights
from customer_stack.admin import model, rules
from customer_stack.identity.model import accounts
from customer_stack.identity.service import accounts as identity
from customer_stack.identity.service import wiring
from customer_stack.vault import rules as contacts

SEARCH = "admin.search"
ROUNDS_MAX = 10
"""How many pages of one filter are looked through to fill a page of two. Then the page is shorter, and the list goes on."""


async def search(
    tx: transaction.Tx, people: wiring.Identity, caller: access.Caller, *, email: str | None, phone: str | None
) -> list[model.Seen]:
    """Whoever has exactly this address or number. That somebody looked is on record whether or not anybody was found."""
    if email is not None:
        by, term = "email", contacts.email(email)
        found = await identity.find(tx, people, email=term)
    else:
        by, term = "phone", contacts.phone(phone or "", people.country)
        found = await identity.find(tx, people, phone=term)
    await audit.write(tx, model.Searched(caller.account, by, people.vault.commitment(SEARCH, term), len(found)))
    return [rules.seen(each, unmasked=rules.reads_contacts(caller)) for each in found]


async def page(
    tx: transaction.Tx,
    people: wiring.Identity,
    caller: access.Caller,
    *,
    role: access.Role | None,
    state: accounts.State | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[model.Seen], UUID | None]:
    """The next accounts in the order of their numbers, and after which number the list goes on, if it does."""
    found: list[accounts.Profile] = []
    for _ in range(ROUNDS_MAX):
        numbers = await _numbers(tx, role, state, after, limit + 1)
        profiles = await identity.profiles(tx, people, numbers)
        kept = [profiles[number] for number in numbers if number in profiles]
        found += [each for each in kept if role in {None, each.role} and state in {None, each.state}]
        after = numbers[-1] if len(numbers) > limit else None
        if after is None or len(found) > limit:
            break
    shown = found[:limit]
    after = shown[-1].id if len(found) > limit else after
    unmasked = rules.reads_contacts(caller)
    digest = hashlib.sha256(b"".join(each.id.bytes for each in shown)).digest()
    await audit.write(tx, model.Listed(caller.account, role or "", state or "", not unmasked, len(shown), digest))
    return [rules.seen(each, unmasked=unmasked) for each in shown], after


async def _numbers(
    tx: transaction.Tx,
    role: access.Role | None,
    state: accounts.State | None,
    after: UUID | None,
    limit: int,
) -> Sequence[UUID]:
    """By the narrower filter: what an account is now is known to `access`, its state to `identity`."""
    if role is not None:
        return await rights.numbers(tx, role, after, limit)
    return await identity.numbers(tx, state, after, limit)


async def look(tx: transaction.Tx, people: wiring.Identity, caller: access.Caller, account: UUID) -> model.Seen:
    profile = await identity.profile(tx, people, account)
    unmasked = rules.reads_contacts(caller)
    await audit.write(tx, model.LookedAt(caller.account, account, not unmasked))
    return rules.seen(profile, unmasked=unmasked)


async def suspend(
    tx: transaction.Tx,
    people: wiring.Identity,
    caller: access.Caller,
    profile: accounts.Profile,
    reason: accounts.Reason,
) -> accounts.Profile:
    """`profile` is what the caller saw and still stands: its revision is compared again under the row's lock."""
    rules.may_touch(caller, profile.id, profile.role)
    if profile.role in access_rules.WORKERS:
        await _keep_a_super_admin(tx, people, profile.id)
    return await identity.suspend(tx, people, profile.id, reason, actor=caller.account, revision=profile.revision)


async def _keep_a_super_admin(tx: transaction.Tx, people: wiring.Identity, account: UUID) -> None:
    """Of two who suspend each other at once the second waits here, and finds itself suspended."""
    everybody = await rights.super_admins(tx)
    others = await identity.profiles(tx, people, [each for each in everybody if each != account])
    if account in everybody and accounts.State.ACTIVE not in {each.state for each in others.values()}:
        raise access_rules.LastSuperAdmin("somebody else must be an active super admin first")


async def activate(
    tx: transaction.Tx, people: wiring.Identity, caller: access.Caller, profile: accounts.Profile
) -> accounts.Profile:
    rules.may_touch(caller, profile.id, profile.role)
    return await identity.reinstate(tx, people, profile.id, actor=caller.account, revision=profile.revision)


async def sign_out(tx: transaction.Tx, people: wiring.Identity, caller: access.Caller, account: UUID) -> int:
    """End every session of somebody else; how many there were."""
    profile = await identity.profile(tx, people, account)
    rules.may_touch(caller, account, profile.role)
    ended = await identity.force_sign_out(tx, people, account)
    await audit.write(tx, model.SignedOut(caller.account, account, ended))
    return ended


async def appoint(
    tx: transaction.Tx, people: wiring.Identity, caller: access.Caller, *, email: str, phone: str, language: str
) -> UUID:
    """An account for somebody who works here, with no permission yet: what it may do is given on the grid."""
    spoken = language if language in people.languages else people.languages[0]
    wanted = identity.Appointment(
        email=contacts.email(email),
        phone=contacts.phone(phone, people.country),
        role=access.Role.STAFF,
        language=spoken,
    )
    return await identity.appoint(tx, people, wanted, actor=caller.account)


async def invite_again(tx: transaction.Tx, people: wiring.Identity, account: UUID) -> None:
    """Another invitation for somebody who works here and has set no password; the one before does not count any more."""
    profile = await identity.profile(tx, people, account)
    if profile.role is not access.Role.STAFF or await identity.has_password(tx, account):
        raise model.NotInvited("this account waits for no first password")
    await identity.invite(tx, people, account, profile.email)
