"""The messages of the WebSocket: JSON objects, small, each with its `type` (or, of a client's, its `op`).

A client subscribes to a channel of an instrument and is told a number, the topic, which stands in everything that
follows; so a change of a book is short. What is told of a topic is the same for everybody, and encoded once.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec

from boundary.kernel import strict_json
from customer_stack.prices import model
from customer_stack.prices.formats import views

MESSAGE_BYTES_MAX = 1024

Id = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]
Place = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Channel = Annotated[str, msgspec.Meta(max_length=16)]


class _Asked(msgspec.Struct, frozen=True, tag_field="op", forbid_unknown_fields=True):
    pass


class Subscribe(_Asked, frozen=True, tag="subscribe"):
    """`since`: the sequence of a book, or the number of a trade, that the client has; what follows it is told then."""

    channel: Channel
    instrument: UUID
    id: Id | None = None
    since: Place | None = None


class Unsubscribe(_Asked, frozen=True, tag="unsubscribe"):
    channel: Channel
    instrument: UUID
    id: Id | None = None


class Ping(_Asked, frozen=True, tag="ping"):
    id: Id | None = None


Asked = Subscribe | Unsubscribe | Ping
_DECODER: msgspec.json.Decoder[Asked] = msgspec.json.Decoder(Asked)


def read(text: str) -> Asked:
    data = text.encode()
    if len(data) > MESSAGE_BYTES_MAX:
        raise model.MalformedMessage("a message is short")
    try:
        strict_json.check(data)
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, strict_json.NotJson):
        raise model.MalformedMessage("that is no message of this protocol") from None


class _Named(msgspec.Struct, frozen=True):
    id: Id | None = None


_NAMED = msgspec.json.Decoder(_Named)


def name(text: str) -> int | None:
    """The id of a message that was refused, if it has one that can be read."""
    try:
        return _NAMED.decode(text.encode()).id if len(text) <= MESSAGE_BYTES_MAX else None
    except msgspec.MsgspecError:
        return None


class _Said(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    pass


class _Subscribed(_Said, frozen=True, tag="subscribed"):
    topic: int
    channel: str
    instrument: UUID
    id: int | None = None


class _Unsubscribed(_Said, frozen=True, tag="unsubscribed"):
    channel: str
    instrument: UUID
    id: int | None = None


class _Pong(_Said, frozen=True, tag="pong"):
    id: int | None = None


class _Error(_Said, frozen=True, tag="error"):
    code: str
    message: str
    id: int | None = None


class _Heartbeat(_Said, frozen=True, tag="heartbeat"):
    at: str
    stale: bool


class _Snapshot(_Said, frozen=True, tag="snapshot"):
    topic: int
    sequence: int
    phase: str
    bids: tuple[model.Level, ...]
    asks: tuple[model.Level, ...]
    indication: views.IndicationView | None = None


class _Delta(_Said, frozen=True, tag="delta", rename={"since": "from", "sequence": "to", "bids": "b", "asks": "a"}):
    """The most frequent message, so its names are short. Lots 0: the level is gone, or no longer among those that are shown."""

    topic: int
    since: int
    sequence: int
    bids: tuple[model.Level, ...] = ()
    asks: tuple[model.Level, ...] = ()
    phase: str | None = None
    indication: views.IndicationView | None = None


class _Trades(_Said, frozen=True, tag="trades", rename={"after": "from"}):
    """Those that follow number `from`; the newest alone, if it is more than the client has."""

    topic: int
    after: int
    trades: tuple[views.TradeView, ...]


class _Ticker(_Said, frozen=True, tag="ticker"):
    topic: int
    ticker: views.TickerView


class _Candles(_Said, frozen=True, tag="candles"):
    """Candles as they are now; each replaces the one that opens at the same time."""

    topic: int
    candles: tuple[views.CandleView, ...]


def subscribed(topic: int, asked: Subscribe) -> bytes:
    return _encoded(_Subscribed(topic, asked.channel, asked.instrument, asked.id))


def unsubscribed(asked: Unsubscribe) -> bytes:
    return _encoded(_Unsubscribed(asked.channel, asked.instrument, asked.id))


def pong(asked: Ping) -> bytes:
    return _encoded(_Pong(asked.id))


def error(code: str, message: str, name: int | None) -> bytes:
    return _encoded(_Error(code, message, name))


def heartbeat(at: str, *, stale: bool) -> bytes:
    return _encoded(_Heartbeat(at, stale))


def snapshot(topic: int, of: model.Book) -> bytes:
    return _encoded(_Snapshot(topic, of.sequence, of.phase.value, of.bids, of.asks, views.book(of).indication))


def delta(topic: int, old: model.Book, new: model.Book) -> bytes:
    """What makes the newer state out of the older one. The phase and the indication come when either is another."""
    bids, asks = changes(old.bids, new.bids), changes(old.asks, new.asks)
    same = (old.phase, old.indicative_ticks, old.indicative_lots) == (
        new.phase,
        new.indicative_ticks,
        new.indicative_lots,
    )
    phase, indication = (None, None) if same else (new.phase.value, views.book(new).indication)
    return _encoded(_Delta(topic, old.sequence, new.sequence, bids, asks, phase, indication))


def trades(topic: int, after: int, found: Sequence[model.Trade]) -> bytes:
    return _encoded(_Trades(topic, after, tuple(views.trade(each) for each in found)))


def ticker(topic: int, of: model.Book) -> bytes:
    return _encoded(_Ticker(topic, views.ticker(of)))


def candles(topic: int, found: Sequence[model.Candle]) -> bytes:
    return _encoded(_Candles(topic, tuple(views.candle(each) for each in found)))


def changes(old: Sequence[model.Level], new: Sequence[model.Level]) -> tuple[model.Level, ...]:
    """The levels that are other than they were, in order of price; those that are gone with no lots."""
    before, now = dict(old), dict(new)
    gone = [(ticks, 0) for ticks in before if ticks not in now]
    return tuple(sorted([*gone, *(level for level in new if before.get(level[0]) != level[1])]))


def _encoded(message: Any) -> bytes:
    return msgspec.json.encode(message)
