"""Six digits for people to type, and long codes for links. What is kept of either is a keyed hash or a hash."""

from datetime import timedelta
from uuid import UUID

from boundary.kernel import primitives
from boundary.kernel.runtime import transaction
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import accounts, notices, refusals
from customer_stack.identity.repo import codes
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import wiring

REDEEMABLE = (notices.Purpose.PASSWORD_RESET, notices.Purpose.INVITATION)


def _digest(identity: wiring.Identity, account: UUID, purpose: notices.Purpose, code: str) -> bytes:
    """Keyed, because a million candidates are tried in a second."""
    return identity.vault.commitment("identity.code", f"{account.hex}\0{purpose.value}\0{code}")


async def make(tx: transaction.Tx, identity: wiring.Identity, account: UUID, purpose: notices.Purpose) -> str:
    """A new code of six digits, in the place of the one before."""
    code, now = opaque.digits(identity.random.token(16)), identity.now()
    await codes.put(tx, account, purpose, _digest(identity, account, purpose, code), now, now + lifetimes.CODE)
    return code


async def send(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    channel: accounts.Channel,
    address: str,
    purpose: notices.Purpose,
) -> None:
    code = await make(tx, identity, account, purpose)
    await identity.notifier.send_code(tx, account, channel, address, purpose, code)


async def spend(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, purpose: notices.Purpose, code: str
) -> refusals.CodeWrong | None:
    """Nothing if the code was right: it is used up. A wrong one counts, so the refusal is returned, not raised."""
    expected = await codes.attempt(tx, account, purpose, identity.now(), lifetimes.CODE_TRIES)
    given = _digest(identity, account, purpose, code)
    if expected is None or not primitives.equal(expected, given):
        return refusals.CodeWrong("the code is wrong, used or too old")
    await codes.used(tx, account, purpose)
    return None


async def make_long(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, purpose: notices.Purpose, life: timedelta
) -> str:
    """A code for a link: it names its account by itself, so nobody has to say whose it is."""
    code, now = opaque.token(identity.random.token(opaque.SIZE)), identity.now()
    digest = opaque.digest(code)
    assert digest is not None
    await codes.put(tx, account, purpose, digest, now, now + life)
    return code


async def redeem(tx: transaction.Tx, identity: wiring.Identity, code: str) -> UUID:
    """Whose long code this was. Raised refusals give it back: the whole transaction is undone."""
    digest = opaque.digest(code)
    account = await codes.redeem(tx, digest, REDEEMABLE, identity.now()) if digest else None
    if account is None:
        raise refusals.CodeWrong("the link is wrong, used or too old")
    return account
