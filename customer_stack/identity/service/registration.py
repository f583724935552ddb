"""Registering and verifying: a pending account for everybody who asks, an active one for who reads both messages.

Whether an address has an account already changes nothing but which mail is sent. A pending account is made for it all
the same, with the same writes, and can never be verified: its code was not sent to anybody.
"""

from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.identity.model import accounts, entries, notices, refusals
from customer_stack.identity.repo import accounts as repo
from customer_stack.identity.rules import accounts as rules
from customer_stack.identity.service import codes, wiring

PURPOSES = {
    accounts.Channel.EMAIL: notices.Purpose.VERIFY_EMAIL,
    accounts.Channel.SMS: notices.Purpose.VERIFY_PHONE,
}


async def register(tx: transaction.Tx, identity: wiring.Identity, asked: accounts.Registration) -> UUID:
    """A pending account, and its codes on their way. The answer is the same whoever's the address is."""
    number, now = identity.random.ref(), identity.now()
    email_index = identity.login(asked.email)
    await insert(tx, identity, number, asked, accounts.State.PENDING)
    await repo.set_password(tx, number, asked.password_hash, now)
    await decide(tx, identity, number, asked.decisions)
    await audit.write(
        tx, entries.Registered(number, asked.role.value, identity.vault.commitment("identity.registered", asked.email))
    )
    known = await repo.login(tx, email_index)
    code = await codes.make(tx, identity, number, notices.Purpose.VERIFY_EMAIL)
    if known is None:
        await identity.notifier.send_code(
            tx, number, accounts.Channel.EMAIL, asked.email, notices.Purpose.VERIFY_EMAIL, code
        )
    else:
        await identity.notifier.notify(tx, known.account, notices.Notice.REGISTERED_ALREADY, {})
    await codes.send(tx, identity, number, accounts.Channel.SMS, asked.phone, notices.Purpose.VERIFY_PHONE)
    return number


async def insert(
    tx: transaction.Tx,
    identity: wiring.Identity,
    number: UUID,
    asked: accounts.Registration,
    state: accounts.State,
) -> None:
    """The account's row, with its contacts sealed under a key of its own."""
    now = identity.now()
    await identity.vault.create(tx, number)
    sealed = await identity.vault.seal(tx, number, {wiring.EMAIL: asked.email, wiring.PHONE: asked.phone})
    await repo.insert(
        tx,
        number,
        asked.role,
        state,
        asked.language,
        email=(sealed[wiring.EMAIL], identity.login(asked.email)),
        phone=(sealed[wiring.PHONE], identity.phone(asked.phone)),
        now=now,
        verified_at=None if state is accounts.State.PENDING else now,
    )


async def decide(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    decisions: tuple[tuple[accounts.Consent, str, bool], ...],
) -> None:
    """Answers to questions of consent, kept beside all earlier ones."""
    now = identity.now()
    await repo.decide(tx, account, [(identity.random.ordered(), *each) for each in decisions], now)
    await audit.write_many(
        tx, [entries.Consented(account, consent.value, version, granted) for consent, version, granted in decisions]
    )


async def resend(tx: transaction.Tx, identity: wiring.Identity, number: UUID, channel: accounts.Channel) -> None:
    """Another code, if there is such a registration and its address may have one. Nobody hears whether."""
    found = await repo.lock(tx, number)
    if found is None or found.state is not accounts.State.PENDING or _is_verified(found, channel):
        return
    opened = await identity.vault.open(tx, number, {wiring.EMAIL: found.email, wiring.PHONE: found.phone})
    if channel is accounts.Channel.SMS:
        await codes.send(tx, identity, number, channel, opened[wiring.PHONE], notices.Purpose.VERIFY_PHONE)
        return
    known = await repo.login(tx, identity.login(opened[wiring.EMAIL]))
    code = await codes.make(tx, identity, number, notices.Purpose.VERIFY_EMAIL)
    if known is None:
        await identity.notifier.send_code(tx, number, channel, opened[wiring.EMAIL], notices.Purpose.VERIFY_EMAIL, code)


async def verify(
    tx: transaction.Tx, identity: wiring.Identity, number: UUID, channel: accounts.Channel, code: str
) -> accounts.State | refusals.CodeWrong:
    """The account's state after a right code: active once both are verified."""
    found = await repo.lock(tx, number)
    wrong = await codes.spend(tx, identity, number, PURPOSES[channel], code)
    if wrong is not None or found is None or found.state is not accounts.State.PENDING:
        return wrong or refusals.CodeWrong("the code is wrong, used or too old")
    now = identity.now()
    await repo.verified(tx, number, channel, now)
    await audit.write(tx, entries.ContactVerified(number, channel.value))
    other = next(each for each in accounts.Channel if each is not channel)
    if not _is_verified(found, other):
        return found.state
    return await _activate(tx, identity, found)


async def _activate(tx: transaction.Tx, identity: wiring.Identity, found: accounts.Account) -> accounts.State:
    """The first of several registrations of one address to be verified gets it."""
    opened = await identity.vault.open(tx, found.id, {wiring.EMAIL: found.email})
    index = identity.login(opened[wiring.EMAIL])
    await repo.hold_email(tx, index)
    if await repo.is_taken(tx, index):
        raise refusals.AddressTaken("the address has an account by now")
    state = rules.ACCOUNT.advance(found.state, accounts.Event.VERIFY)
    await repo.set_state(tx, found.id, found.state, state, None, identity.now())
    await audit.write(tx, entries.StateChanged(found.id, state.value, "", found.id))
    await identity.rights.enrol(tx, found.id, found.role)
    await identity.notifier.notify(tx, found.id, notices.Notice.ACTIVATED, {})
    return state


def _is_verified(account: accounts.Account, channel: accounts.Channel) -> bool:
    at = account.email_verified_at if channel is accounts.Channel.EMAIL else account.phone_verified_at
    return at is not None
