"""What the register and the switch say to books, as commands in a book's own journal.

Implements `instruments.ports.Books` and `risk.ports.Books`. A book resumes only when nobody keeps it halted any more: the
register resumes it and no stop is in force, or the last stop is lifted and the register has it listed.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.clob import model as clob
from execution_stack.clob.service import journal
from execution_stack.instruments import model as instruments
from execution_stack.instruments import rules
from execution_stack.risk.service import stopping

Tell = Callable[[transaction.Tx, UUID, Sequence[clob.Command]], Awaitable[object]]
"""Appends commands to the journal of an instrument's book, in the caller's transaction."""


class Books:
    def __init__(self, tell: Tell = journal.tell) -> None:
        self._journal = tell

    async def _tell(self, tx: transaction.Tx, instrument: UUID, commands: Sequence[clob.Command]) -> None:
        """An instrument has no book before somebody opens one, which begins with the grid as it is then."""
        with contextlib.suppress(clob.NoBook):
            await self._journal(tx, instrument, commands)

    async def grid(self, tx: transaction.Tx, instrument: instruments.Instrument) -> None:
        """A book knows one step; prices that bands thin out further are refused before they come to it."""
        command = clob.Command(
            int(clob.Op.GRID),
            price=1,
            quantity=instrument.price_max,
            stop=rules.common_step(instrument),
            display=1,
        )
        await self._tell(tx, instrument.ref, [command])

    async def halt(self, tx: transaction.Tx, instrument: UUID) -> None:
        await self._tell(tx, instrument, [clob.Command(int(clob.Op.HALT), type=int(clob.State.HALTED))])

    async def resume(self, tx: transaction.Tx, instrument: UUID) -> None:
        if not await stopping.halts(tx, instrument):
            await self._tell(tx, instrument, [clob.Command(int(clob.Op.RESUME))])
