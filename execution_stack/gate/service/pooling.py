"""Tells customer stacks what became of pooled intents, of fills and of outcomes, in the transaction that makes it so."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, values, words
from execution_stack.aggregation import model as aggregation
from execution_stack.allocation import model as allocation
from execution_stack.gate import repo
from execution_stack.gate.service import counting, outbound
from execution_stack.intents import model as intents
from execution_stack.intents import service as intake
from execution_stack.resolution import model as resolution

_WHY = {
    aggregation.Why.REQUESTED: words.CancelReason.REQUESTED,
    aggregation.Why.UNFILLED: words.CancelReason.UNFILLED,
    aggregation.Why.PARTICIPANT: words.CancelReason.PARTICIPANT_STATUS,
    aggregation.Why.INSTRUMENT: words.CancelReason.INSTRUMENT_STATE,
    aggregation.Why.OPERATOR: words.CancelReason.OPERATOR,
    aggregation.Why.VENUE: words.CancelReason.VENUE,
}


class Orders:
    """What pools need (`aggregation.ports.Outbound`)."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time

    async def working(self, tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name], manifest: bytes) -> None:
        await outbound.say(tx, channel, [to_customer.IntentWorking(_name(each), manifest) for each in names])

    async def over(self, tx: transaction.Tx, channel: UUID, endings: Sequence[aggregation.Ending]) -> None:
        """The intents are over, and the limits have back what they held; unless they were given up before."""
        gone = await intake.ended(tx, [(channel, each.name, _state(each.why)) for each in endings])
        parts = [counting.Part(channel, each.name, each.lots, orders=1) for each in endings]
        await counting.give_back(tx, parts, self._clock.now())
        await outbound.say(tx, channel, [_over(each) for each in endings if (channel, each.name) not in gone])

    async def complete(self, tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name]) -> None:
        """Their customer stack knows from the shares."""
        await intake.ended(tx, [(channel, name, intents.State.CLOSED) for name in names])
        parts = [counting.Part(channel, name, 0, orders=1) for name in names]
        await counting.give_back(tx, parts, self._clock.now())


class Shares:
    """What sharing out needs (`allocation.ports.Outbound`)."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time

    async def shared(self, tx: transaction.Tx, channel: UUID, told: Sequence[allocation.Told]) -> int:
        first = (await repo.take_fills(tx, {channel: len(told)}))[channel]
        said = [_fill(number, each) for number, each in enumerate(told, start=first)]
        await outbound.say(tx, channel, said)
        parts = [counting.Part(channel, _intent(each), each.share.lots, ticks=each.ticks) for each in told]
        await counting.give_back(tx, parts, self._clock.now())
        return first

    async def reversed(self, tx: transaction.Tx, channel: UUID, told: Sequence[int]) -> None:
        await outbound.say(tx, channel, [to_customer.FillReversed(number) for number in told])


class Outcomes:
    """What resolutions need (`resolution.ports.Outbound`)."""

    async def decided(self, tx: transaction.Tx, decided: resolution.Resolution) -> None:
        for channel in await repo.audience(tx):
            await outbound.say(tx, channel.channel, [_decided(decided)])

    async def paid(
        self,
        tx: transaction.Tx,
        channel: UUID,
        decided: resolution.Resolution,
        payouts: Sequence[resolution.Payout],
    ) -> None:
        instrument, revision = decided.instrument, decided.revision
        said = [
            to_customer.Payout(each.participant, instrument, revision, words.Side.BUY, each.lots, each.amount)
            for each in payouts
        ]
        await outbound.say(tx, channel, said)

    async def taken_back(
        self, tx: transaction.Tx, channel: UUID, instrument: UUID, revision: int, payouts: Sequence[resolution.Payout]
    ) -> None:
        said = [to_customer.PayoutReversed(each.participant, instrument, revision) for each in payouts]
        await outbound.say(tx, channel, said)


def _name(name: intents.Name) -> values.MessageName:
    return values.MessageName(name.epoch, name.sequence, name.position)


def _intent(told: allocation.Told) -> intents.Name:
    return intents.Name(told.epoch, told.sequence, told.position)


def _state(why: aggregation.Why) -> intents.State:
    return intents.State.EXPIRED if why is aggregation.Why.EXPIRED else intents.State.CANCELLED


def _over(ending: aggregation.Ending) -> messages.Message:
    if ending.why is aggregation.Why.EXPIRED:
        return to_customer.IntentExpired(_name(ending.name), ending.lots)
    return to_customer.IntentCancelled(_name(ending.name), ending.lots, _WHY[ending.why])


def _fill(number: int, told: allocation.Told) -> messages.Message:
    exact = told.rule is allocation.Rule.EXACT
    return to_customer.FillAllocated(
        number,
        values.MessageName(told.epoch, told.sequence, told.position),
        told.share.lots,
        told.ticks,
        told.share.fee,
        told.share.improvement,
        words.ResidueRule.EXACT if exact else words.ResidueRule.LARGEST_REMAINDER,
        clock.to_micros(told.filled_at) // 1_000_000,
    )


def _decided(decided: resolution.Resolution) -> messages.Message:
    seconds = clock.to_micros(decided.decided_at) // 1_000_000
    if decided.value is None:
        return to_customer.EventVoided(decided.instrument, decided.revision, seconds)
    said = to_customer.EventResolved if decided.revision == 1 else to_customer.EventAmended
    return said(decided.instrument, decided.revision, decided.value, seconds)
