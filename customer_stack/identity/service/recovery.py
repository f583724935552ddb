"""A password that was forgotten or is to be another one. Either way whoever else was signed in is so no more."""

from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import accounts, entries, notices, refusals, sessions
from customer_stack.identity.repo import accounts as repo
from customer_stack.identity.repo import sessions as session_repo
from customer_stack.identity.rules import passwords
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import changes, codes, wiring
from customer_stack.identity.service import sessions as service


async def ask(tx: transaction.Tx, identity: wiring.Identity, email: str) -> None:
    """A link to the address, if it is that of an active account. Who asks hears the same either way."""
    login = await repo.login(tx, identity.login(email))
    if login is None or login.state is not accounts.State.ACTIVE:
        return
    code = await codes.make_long(tx, identity, login.account, notices.Purpose.PASSWORD_RESET, lifetimes.RESET)
    await identity.notifier.send_code(
        tx, login.account, accounts.Channel.EMAIL, email, notices.Purpose.PASSWORD_RESET, code
    )


async def reset(
    tx: transaction.Tx, identity: wiring.Identity, code: str, password: str, hashed: str
) -> tuple[UUID, str]:
    """Whose password it was, and the token of a device that is known from now on: the way back in for somebody whose
    account is under attack. What waits to be changed in the contacts is cancelled, since who asked for it may have
    been somebody else. The second factor stays: a mailbox is not two factors.
    """
    account = await codes.redeem(tx, identity, code)
    found = await repo.lock(tx, account)
    if found is None or found.state is not accounts.State.ACTIVE:
        raise refusals.CodeWrong("the link is wrong, used or too old")
    await _check(tx, identity, found, password)
    now = identity.now()
    await repo.set_password(tx, account, hashed, now)
    await service.end_all(tx, identity, account, sessions.End.PASSWORD_CHANGED)
    await session_repo.forget_devices(tx, account)
    await changes.cancel_all(tx, identity, account)
    device = opaque.token(identity.random.token(opaque.SIZE))
    digest = opaque.digest(device)
    assert digest is not None
    await session_repo.remember(tx, digest, account, now, lifetimes.DEVICES_MAX)
    await audit.write(tx, entries.PasswordSet(account, "reset"))
    await identity.notifier.notify(tx, account, notices.Notice.PASSWORD_RESET, {})
    return account, device


async def current_hash(tx: transaction.Tx, account: UUID) -> str | None:
    return await repo.password_hash(tx, account)


async def change(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    session: UUID,
    *,
    verified: str,
    password: str,
    hashed: str,
) -> int:
    """Set another password, if the one that was verified is still in force. How many other sessions ended."""
    found = await repo.lock(tx, account)
    if found is None or await repo.password_hash(tx, account) != verified:
        raise refusals.CredentialsWrong("the password was changed meanwhile")
    await _check(tx, identity, found, password)
    await repo.set_password(tx, account, hashed, identity.now())
    await audit.write(tx, entries.PasswordSet(account, "changed"))
    await identity.notifier.notify(tx, account, notices.Notice.PASSWORD_CHANGED, {})
    return await service.end_all(tx, identity, account, sessions.End.PASSWORD_CHANGED, but=session)


async def _check(tx: transaction.Tx, identity: wiring.Identity, found: accounts.Account, password: str) -> None:
    opened = await identity.vault.open(tx, found.id, {wiring.EMAIL: found.email})
    passwords.check(password, (opened[wiring.EMAIL], identity.brand))
