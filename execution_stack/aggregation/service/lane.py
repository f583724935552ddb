"""What the intake hands over: intents of the omnibus route, and what their owners want of them later."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.rules import pooling
from execution_stack.aggregation.service import gathering, withdrawing
from execution_stack.instruments import service as instruments
from execution_stack.intents import model as intents


class Lane(NamedTuple):
    """`intents.ports.Lane` of the omnibus route."""

    outbound: ports.Outbound
    clock: clock.Clock
    random: ids.Ids
    limits: model.Limits

    async def takes(self, _tx: transaction.Tx, instruments: Iterable[UUID]) -> frozenset[UUID]:
        """Any of them: whether a market stands behind it, the desk finds out."""
        return frozenset(instruments)

    async def accepted(
        self,
        tx: transaction.Tx,
        channel: UUID,
        first: intents.Name,
        accepted: Sequence[tuple[int, intents.Terms]],
    ) -> None:
        wanted = [(first._replace(position=position), terms, terms.lots) for position, terms in accepted]
        await self._join(tx, channel, wanted)

    async def amended(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[intents.Name, intents.Terms]]
    ) -> None:
        known = await instruments.some(tx, [terms.instrument for _, terms in wanted])
        wishes = {
            name: withdrawing.Wish(terms.lots, model.Reason.AMENDED, pooling.pool(terms, known[terms.instrument]))
            for name, terms in wanted
        }
        answers = await withdrawing.reduce(tx, channel, wishes)
        moving = []
        for name, terms in wanted:
            answer = answers[name]
            if isinstance(answer, withdrawing.Answer) and answer.at_once and answer.moves and answer.lots > 0:
                moving.append((name, terms, answer.lots))
        await self._join(tx, channel, moving)

    async def cancelled(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[intents.Name, intents.Terms]]
    ) -> None:
        wish = withdrawing.Wish(0, model.Reason.REQUESTED)
        answers = await withdrawing.reduce(tx, channel, {name: wish for name, _ in wanted})
        await self._end(tx, channel, answers, model.Why.REQUESTED)

    async def expelled(self, tx: transaction.Tx, channel: UUID, participants: Sequence[UUID]) -> None:
        """Everything of participants who may not trade any more."""
        answers = await withdrawing.expel(tx, channel, participants, model.Reason.PARTICIPANT)
        await self._end(tx, channel, answers, model.Why.PARTICIPANT)

    async def _join(
        self, tx: transaction.Tx, channel: UUID, wanted: Sequence[tuple[intents.Name, intents.Terms, int]]
    ) -> None:
        known = await instruments.some(tx, [terms.instrument for _, terms, _ in wanted])
        await gathering.join(tx, channel, wanted, known, self.clock.now(), self.random, self.limits)

    async def _end(
        self,
        tx: transaction.Tx,
        channel: UUID,
        answers: dict[intents.Name, withdrawing.Answer | intents.Refusal],
        why: model.Why,
    ) -> None:
        """Those that were in a window still are over now; of the others there will be news."""
        endings = [
            model.Ending(name, answer.lots, why)
            for name, answer in answers.items()
            if isinstance(answer, withdrawing.Answer) and answer.at_once
        ]
        if endings:
            await self.outbound.over(tx, channel, endings)
