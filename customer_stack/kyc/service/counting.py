"""How many applications are where: for operators and their alarms."""

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.kyc.repo import applications as repo


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """So many applications of a level in a state, waiting for the same thing."""

    state: str
    level: int
    waiting: str
    count: int


async def counts(tx: transaction.Tx) -> list[Count]:
    return [Count(**dict(row)) for row in await repo.counts(tx)]
