"""Accounts as staff and other capabilities see them: found, opened, suspended, reinstated, signed out, appointed.

For `admin` and `notifications`. Whether the caller may do it is the route's rule; `actor` only goes into the audit log.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access
from customer_stack.identity import ports
from customer_stack.identity.model import accounts, entries, notices, refusals, sessions
from customer_stack.identity.repo import accounts as repo
from customer_stack.identity.rules import accounts as rules
from customer_stack.identity.service import codes, factors, machine_keys, registration, wiring
from customer_stack.identity.service import sessions as session_service

FOUND_MAX = 50
INVITATION = timedelta(days=7)


async def find(
    tx: transaction.Tx, identity: wiring.Identity, *, email: str | None = None, phone: str | None = None
) -> list[accounts.Profile]:
    """Whoever has this e-mail address, or this phone number, in normal form (`vault.rules`): pending and closed
    accounts included. Only whole values find anything: what is stored is a keyed hash.
    """
    if email is not None:
        found = await repo.by_index(tx, accounts.Channel.EMAIL, identity.login(email), FOUND_MAX)
    elif phone is not None:
        found = await repo.by_index(tx, accounts.Channel.SMS, identity.phone(phone), FOUND_MAX)
    else:
        raise errors.Invalid("name an e-mail address or a phone number")
    return await _profiles(tx, identity, found)


async def profile(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> accounts.Profile:
    """One account, opened. Raises `NotFound`."""
    found = await repo.get(tx, account)
    if found is None:
        raise errors.NotFound("there is no such account")
    return (await _profiles(tx, identity, [found]))[0]


async def profiles(
    tx: transaction.Tx, identity: wiring.Identity, numbers: Sequence[UUID]
) -> dict[UUID, accounts.Profile]:
    """Many accounts at once; who is unknown or erased is not among them."""
    return {each.id: each for each in await _profiles(tx, identity, await repo.some(tx, numbers))}


async def reach(tx: transaction.Tx, vault: ports.Vault, account: UUID) -> accounts.Reach | None:
    """How the account is reached: its verified e-mail and phone, and its language. For `notifications`."""
    found = await repo.get(tx, account)
    if found is None:
        return None
    opened = await vault.open(tx, account, {wiring.EMAIL: found.email, wiring.PHONE: found.phone})
    return accounts.Reach(
        account=account,
        language=found.language,
        email=opened[wiring.EMAIL] if found.email_verified_at else None,
        phone=opened[wiring.PHONE] if found.phone_verified_at else None,
    )


async def numbers(tx: transaction.Tx, state: accounts.State | None, after: UUID | None, limit: int) -> list[UUID]:
    """The next accounts in the order of their numbers, of one state or all. For `admin`."""
    return await repo.numbers(tx, state, after, limit)


async def active(tx: transaction.Tx, numbers: Sequence[UUID], /) -> frozenset[UUID]:
    """Those of these accounts that can sign in. For `access`, which must not leave the place without a super admin."""
    return frozenset(each.id for each in await repo.some(tx, numbers) if each.state is accounts.State.ACTIVE)


async def has_password(tx: transaction.Tx, account: UUID) -> bool:
    """Whether somebody who was appointed has accepted the invitation."""
    return bool(await repo.password_hash(tx, account))


async def members(
    tx: transaction.Tx, *, role: access.Role | None, registered_by: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """The next accounts in the order of their numbers that were there at that time and are neither pending nor closed,
    for an announcement to all of them or to those who registered as `role`.
    """
    return await repo.members(tx, role, registered_by, after, limit)


async def suspend(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    reason: accounts.Reason,
    *,
    actor: UUID,
    revision: int | None = None,
) -> accounts.Profile:
    """Suspend an active account. Its sessions and API keys stop working with the commit, on every process.

    `revision` is what the caller last saw (If-Match); another one is a `Conflict`.
    """
    return await _change(tx, identity, account, accounts.Event.SUSPEND, reason, actor, revision)


async def reinstate(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    *,
    actor: UUID,
    revision: int | None = None,
) -> accounts.Profile:
    """Make a suspended account active again. Its owner signs in anew; revoked keys stay revoked."""
    return await _change(tx, identity, account, accounts.Event.REINSTATE, None, actor, revision)


async def close(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    reason: accounts.Reason,
    *,
    actor: UUID,
    revision: int | None = None,
) -> accounts.Profile:
    """Close an account for good. Its e-mail address is free again."""
    return await _change(tx, identity, account, accounts.Event.CLOSE, reason, actor, revision)


async def force_sign_out(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> int:
    """End every session of an account. How many there were; raises `NotFound`."""
    if await repo.lock(tx, account) is None:
        raise errors.NotFound("there is no such account")
    return await session_service.end_all(tx, identity, account, sessions.End.FORCED)


class Appointment(NamedTuple):
    """Somebody who will work here; contacts in normal form (`vault.rules`)."""

    email: str
    phone: str
    role: access.Role
    language: str


async def appoint(tx: transaction.Tx, identity: wiring.Identity, wanted: Appointment, *, actor: UUID | None) -> UUID:
    """An active account for somebody who works here, without a password: an invitation to set one goes to the mailbox.

    Who vouches for the contacts is who calls: an operator (`actor` is none) or an administrator. Rights beyond the
    role are for `access` to give. Raises `AddressTaken`.
    """
    index = identity.login(wanted.email)
    await repo.hold_email(tx, index)
    if await repo.is_taken(tx, index):
        raise refusals.AddressTaken("the address has an account already")
    number = identity.random.ref()
    asked = accounts.Registration(
        role=wanted.role,
        language=wanted.language,
        email=wanted.email,
        phone=wanted.phone,
        password_hash="",
        decisions=(),
    )
    await registration.insert(tx, identity, number, asked, accounts.State.ACTIVE)
    await identity.rights.enrol(tx, number, wanted.role)
    await audit.write(tx, entries.Appointed(number, wanted.role.value, actor))
    await invite(tx, identity, number, wanted.email)
    return number


async def invite(tx: transaction.Tx, identity: wiring.Identity, account: UUID, email: str) -> None:
    code = await codes.make_long(tx, identity, account, notices.Purpose.INVITATION, INVITATION)
    await identity.notifier.send_code(tx, account, accounts.Channel.EMAIL, email, notices.Purpose.INVITATION, code)


async def _change(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    event: accounts.Event,
    reason: accounts.Reason | None,
    actor: UUID,
    revision: int | None,
) -> accounts.Profile:
    found = await repo.lock(tx, account)
    if found is None:
        raise errors.NotFound("there is no such account")
    if revision is not None and found.revision != revision:
        raise refusals.ChangedSince("the account has changed since")
    state = rules.ACCOUNT.advance(found.state, event)
    await repo.set_state(tx, account, found.state, state, reason, identity.now())
    await audit.write(tx, entries.StateChanged(account, state.value, reason.value if reason else "", actor))
    if state is not accounts.State.ACTIVE:
        await session_service.end_all(tx, identity, account, sessions.End.SUSPENDED)
        await machine_keys.revoke_all(tx, identity, account)
    await _tell(tx, identity, account, event, reason)
    return await profile(tx, identity, account)


async def _tell(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    event: accounts.Event,
    reason: accounts.Reason | None,
) -> None:
    if event is accounts.Event.SUSPEND and reason is not None:
        await identity.notifier.notify(tx, account, notices.Notice.SUSPENDED, {"reason": reason.value})
    elif event is accounts.Event.REINSTATE:
        await identity.notifier.notify(tx, account, notices.Notice.ACTIVATED, {})


async def _profiles(
    tx: transaction.Tx, identity: wiring.Identity, found: Sequence[accounts.Account]
) -> list[accounts.Profile]:
    """With three reads for any number of accounts."""
    sealed = {(each.id, wiring.EMAIL): each.email for each in found}
    sealed |= {(each.id, wiring.PHONE): each.phone for each in found}
    opened = await identity.vault.open_many(tx, sealed)
    numbers = [each.id for each in found]
    rights = await identity.rights.effective(tx, numbers, identity.now())
    enrolled = await factors.enrolled(tx, numbers)
    return [
        accounts.Profile(
            id=each.id,
            role=rights[each.id].role if each.id in rights else each.role,
            state=each.state,
            reason=each.reason,
            language=each.language,
            email=opened[each.id, wiring.EMAIL],
            phone=opened[each.id, wiring.PHONE],
            second_factor=each.id in enrolled,
            created_at=each.created_at,
            revision=each.revision,
        )
        for each in found
        if (each.id, wiring.EMAIL) in opened
    ]
