"""Tells customer stacks what became of intents on our own books, in the transaction that makes it so."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, values, words
from execution_stack.clob import model
from execution_stack.gate import repo
from execution_stack.gate.service import counting, outbound
from execution_stack.intents import model as intents_model
from execution_stack.intents import service as intents

_NO_MANIFEST = bytes(32)
_REFUSED_FROM = 32
Reason = model.Reason
_CANCELLED = {
    Reason.BY_OWNER: words.CancelReason.REQUESTED,
    Reason.BY_MASS: words.CancelReason.REQUESTED,
    Reason.UNFILLED: words.CancelReason.UNFILLED,
    Reason.NOT_FILLABLE: words.CancelReason.UNFILLED,
    Reason.WOULD_TAKE: words.CancelReason.UNFILLED,
    Reason.SELF_TRADE: words.CancelReason.SELF_TRADE,
    Reason.BY_OPERATOR: words.CancelReason.OPERATOR,
}
_EXPIRED = frozenset({Reason.EXPIRED, Reason.DAY_ENDED})
_REFUSED = {
    Reason.BAD_PARTICIPANT: words.RefusalCode.NOT_ENABLED,
    Reason.BAD_QUANTITY: words.RefusalCode.OVER_CAP,
    Reason.OFF_LOT: words.RefusalCode.OVER_CAP,
    Reason.BAD_PRICE: words.RefusalCode.OUTSIDE_PRICE_BAND,
    Reason.BAD_STOP: words.RefusalCode.OUTSIDE_PRICE_BAND,
    Reason.OFF_TICK: words.RefusalCode.PRICE_OFF_GRID,
    Reason.BAD_EXPIRY: words.RefusalCode.EXPIRED,
    Reason.IS_HALTED: words.RefusalCode.TRADING_STOPPED,
    Reason.IS_AUCTION: words.RefusalCode.TRADING_STOPPED,
    Reason.BOOK_FULL: words.RefusalCode.TOO_MANY,
    Reason.ORDER_TOO_LARGE: words.RefusalCode.RISK_LIMIT,
    Reason.TOO_MANY_OPEN: words.RefusalCode.RISK_LIMIT,
    Reason.TOO_MUCH_OPEN: words.RefusalCode.RISK_LIMIT,
    Reason.POST_WOULD_CROSS: words.RefusalCode.WOULD_TRADE,
}


class Bookings:
    """What the engine needs (`clob.ports.Outbound`)."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time

    async def tell(self, tx: transaction.Tx, news: Sequence[model.News]) -> None:
        """One statement for all intents that ended, one for the fills of all channels, a few rows of outbox for each."""
        ended = [
            (each.intent.channel, intents_model.Name(*each.intent[1:]), _state(each.reason))
            for each in news
            if isinstance(each, model.Ended)
        ]
        gone = await intents.ended(tx, ended) if ended else set()
        counts = Counter(each.intent.channel for each in news if isinstance(each, model.Filled))
        numbers = await repo.take_fills(tx, counts) if counts else {}
        now = self._clock.now()
        said: dict[UUID, list[messages.Message]] = {}
        for each in news:
            channel = each.intent.channel
            fill = 0
            if isinstance(each, model.Filled):
                fill = numbers[channel]
                numbers[channel] += 1
            message = _message(each, fill, now)
            over = isinstance(each, model.Ended) and (channel, intents_model.Name(*each.intent[1:])) in gone
            if message is not None and not over:
                said.setdefault(channel, []).append(message)
        for channel, spoken in sorted(said.items()):
            await outbound.say(tx, channel, spoken)
        await counting.give_back(tx, [_part(each) for each in news if not isinstance(each, model.Working)], now)


def _part(news: model.Filled | model.Ended) -> counting.Part:
    name = intents_model.Name(*news.intent[1:])
    if isinstance(news, model.Filled):
        return counting.Part(news.intent.channel, name, news.lots, ticks=news.price)
    return counting.Part(news.intent.channel, name, news.lots, orders=1)


def _state(reason: model.Reason) -> intents_model.State:
    if reason is Reason.NO_REASON or reason >= _REFUSED_FROM:
        return intents_model.State.CLOSED
    return intents_model.State.EXPIRED if reason in _EXPIRED else intents_model.State.CANCELLED


def _message(news: model.News, fill: int, now: datetime) -> messages.Message | None:
    name = values.MessageName(*news.intent[1:])
    if isinstance(news, model.Working):
        return to_customer.IntentWorking(name, _NO_MANIFEST)
    if isinstance(news, model.Filled):
        seconds = clock.to_micros(now) // 1_000_000
        return to_customer.FillAllocated(fill, name, news.lots, news.price, 0, 0, words.ResidueRule.EXACT, seconds)
    if news.reason is Reason.NO_REASON:
        return None
    if news.reason >= _REFUSED_FROM:
        return to_customer.IntentRefused(name, _REFUSED.get(news.reason, words.RefusalCode.INCONSISTENT))
    if news.reason in _EXPIRED:
        return to_customer.IntentExpired(name, news.lots)
    return to_customer.IntentCancelled(name, news.lots, _CANCELLED[news.reason])
