"""From an e-mail address and a password to a session, by way of a second factor where there is one.

The work is the same for an address that nobody has: one read, one slow hash, one write of the refusal. Hashing takes
place between the transactions and never inside one.
"""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import accounts, entries, refusals, sessions
from customer_stack.identity.repo import accounts as repo
from customer_stack.identity.repo import sessions as session_repo
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import factors, wiring
from customer_stack.identity.service import sessions as service


async def look_up(
    tx: transaction.Tx, email_index: bytes, device: bytes, since: datetime
) -> tuple[accounts.Login | None, bool]:
    """Who has this address, and whether they signed in from this device before."""
    return await repo.login(tx, email_index), await session_repo.is_known(tx, device, email_index, since)


async def refuse(tx: transaction.Tx, login: bytes, step: str) -> refusals.CredentialsWrong:
    """The evidence of a password that did not pass, the same whether or not somebody has the address."""
    await audit.write(tx, entries.SignInRefused(login, step))
    return refusals.CredentialsWrong("e-mail and password do not belong together")


async def password_passed(
    tx: transaction.Tx,
    identity: wiring.Identity,
    login: accounts.Login,
    email_index: bytes,
    *,
    client: sessions.Client,
    device: str,
    renewed: str | None,
) -> "sessions.Challenge | service.Begun | refusals.CredentialsWrong":
    """A session, or what still has to be answered before there is one. The account is looked at again and held, since
    hashing took its time: it may have been suspended, or its password changed.
    """
    found = await repo.lock(tx, login.account)
    known = await repo.password_hash(tx, login.account)
    if found is None or found.state is not accounts.State.ACTIVE or known != login.password_hash:
        return await refuse(tx, email_index, "state")
    if renewed is not None and known is not None:
        await repo.renew_hash(tx, login.account, known, renewed)
    if not login.enrolled:
        return await service.start(tx, identity, found, client=client, device=device, factor_at=None)
    token, now = opaque.token(identity.random.token(opaque.SIZE)), identity.now()
    until = now + lifetimes.CHALLENGE
    await session_repo.challenge(
        tx, _digest(token), login.account, email_index, identity.program(login.account, client), now, until
    )
    return sessions.Challenge(token=token, expires_at=until)


async def answer(
    tx: transaction.Tx,
    identity: wiring.Identity,
    token: str,
    code: str,
    *,
    client: sessions.Client,
    device: str,
) -> "service.Begun | refusals.FactorWrong":
    """A session for the right second factor. Each try counts, also against the challenge, which a session uses up."""
    digest = opaque.digest(token)
    now = identity.now()
    passed = await session_repo.attempt(tx, digest, now, lifetimes.CHALLENGE_TRIES) if digest else None
    if digest is None or passed is None:
        return refusals.FactorWrong("the challenge is over: start again with the password")
    found = await repo.lock(tx, passed.account)
    moved = passed.program != identity.program(passed.account, client)
    good = found is not None and found.state is accounts.State.ACTIVE and not moved
    if found is None or not good or await factors.prove(tx, identity, passed.account, code) is None:
        await audit.write(tx, entries.SignInRefused(passed.login, "factor"))
        return refusals.FactorWrong("the code is wrong or was used")
    await session_repo.passed(tx, digest, now)
    return await service.start(tx, identity, found, client=client, device=device, factor_at=now)


async def challenged(tx: transaction.Tx, token: str) -> UUID | None:
    """Whose challenge this is, for the account's own limit of tries."""
    digest = opaque.digest(token)
    return await session_repo.challenged(tx, digest) if digest else None


def _digest(token: str) -> bytes:
    digest = opaque.digest(token)
    assert digest is not None
    return digest
