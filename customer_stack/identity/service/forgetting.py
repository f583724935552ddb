"""What is over goes: registrations that nobody finished, codes and challenges, sessions that ended a month ago."""

from boundary.kernel.runtime import transaction
from customer_stack.identity.repo import accounts, codes, sessions
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import wiring
from customer_stack.vault import model as vault

ABANDONED_MAX = 200
SESSIONS_MAX = 2000


async def forget(tx: transaction.Tx, identity: wiring.Identity) -> int:
    """A bounded number at a time; how many registrations and sessions went. Who registered and never verified is erased
    like anybody whose data is no longer needed.
    """
    now = identity.now()
    abandoned = await accounts.abandoned(tx, now - lifetimes.PENDING, ABANDONED_MAX)
    for number in abandoned:
        await identity.vault.shred(tx, number, reason=vault.Reason.RETENTION)
    if abandoned:
        await accounts.forget(tx, abandoned)
    await codes.forget(tx, now)
    await sessions.forget_challenges(tx, now)
    return len(abandoned) + await sessions.forget(tx, now - lifetimes.ENDED_KEPT, SESSIONS_MAX)
