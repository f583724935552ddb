"""An account at a venue: what was there before our first order, and what is read of it."""

from boundary.kernel.runtime import audit, transaction
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.repo import accounts
from execution_stack.venues.service.wiring import Dealing


async def open_(db: transaction.Database, deal: Dealing) -> bool:
    """Take up the account, with the cash that is in it now; whether that was the first time."""
    if await db.read("venues.account", lambda tx: accounts.find(tx, deal.name)) is not None:
        return False
    balance = await deal.venue.balance()

    async def begin(tx: transaction.Tx) -> bool:
        if not await accounts.open_(tx, deal.name, deal.clock.now()):
            return False
        await _state(tx, deal.name, balance.available, outward=False)
        return True

    return await db.run("venues.open", begin)


async def transfer(tx: transaction.Tx, venue: dealing.Name, amount: int, *, outward: bool) -> None:
    """Cash was put in or taken out, as an operator says; what no fill explains is otherwise a difference."""
    if await accounts.find(tx, venue) is None:
        raise dealing.NoAccount("the worker has not reached this venue yet")
    if amount <= 0:
        raise dealing.BadInstruction("a transfer is an amount above zero")
    await _state(tx, venue, amount, outward=outward)


async def _state(tx: transaction.Tx, venue: dealing.Name, amount: int, *, outward: bool) -> None:
    await accounts.transfer(tx, venue, amount, outward=outward)
    await audit.write(tx, entries.CashStated(amount, outward))


async def find(tx: transaction.Tx, venue: dealing.Name) -> dealing.Account | None:
    return await accounts.find(tx, venue)
