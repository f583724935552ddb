"""Messages of the stream: an envelope that is cheap to read, and bodies by type."""

from datetime import datetime
from uuid import UUID

import msgspec

from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import messages, parse
from execution_stack.venues.formats import fixed_point

_SIDES = {"yes": model.Side.BID, "no": model.Side.ASK}


class Envelope(msgspec.Struct, frozen=True):
    type: str
    sid: int = 0
    seq: int | None = None
    id: int | None = None
    msg: msgspec.Raw = msgspec.Raw(b"null")


class Subscribed(messages.Wire, frozen=True):
    channel: str
    sid: int


class Failed(messages.Wire, frozen=True):
    code: int


class Snapshot(messages.Wire, frozen=True):
    market_ticker: str
    yes_dollars_fp: tuple[tuple[str, str], ...] = ()
    no_dollars_fp: tuple[tuple[str, str], ...] = ()


class Delta(messages.Wire, frozen=True):
    market_ticker: str
    price_dollars: str
    delta_fp: str
    side: str
    ts_ms: int | None = None


class Ticker(messages.Wire, frozen=True):
    market_ticker: str
    price_dollars: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    volume_fp: str
    open_interest_fp: str
    yes_bid_size_fp: str
    yes_ask_size_fp: str
    ts_ms: int


class Fill(messages.Wire, frozen=True):
    trade_id: UUID
    order_id: UUID
    market_ticker: str
    is_taker: bool
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    outcome_side: str
    book_side: str
    ts_ms: int
    client_order_id: str | None = None


class UserOrder(messages.Wire, frozen=True):
    order_id: UUID
    client_order_id: str
    ticker: str
    outcome_side: str
    book_side: str
    status: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    created_ts_ms: int | None = None
    last_updated_ts_ms: int | None = None
    expiration_ts_ms: int | None = None
    order_group_id: str | None = None


class Lifecycle(messages.Wire, frozen=True):
    market_ticker: str
    event_type: str
    result: str | None = None
    settlement_value: str | None = None
    determination_ts: int | None = None
    settled_ts: int | None = None


ENVELOPE = msgspec.json.Decoder(Envelope)
DELTA = msgspec.json.Decoder(Delta)
_SNAPSHOT = msgspec.json.Decoder(Snapshot)


def envelope(data: str) -> Envelope:
    return ENVELOPE.decode(data)


def delta(sequence: int, data: msgspec.Raw) -> model.BookDelta:
    """In YES prices, as we ask for them when we subscribe."""
    found = DELTA.decode(data)
    return model.BookDelta(
        sequence,
        found.market_ticker,
        _SIDES[found.side],
        parse.price(found.price_dollars),
        fixed_point.count(found.delta_fp),
        None if found.ts_ms is None else parse.milliseconds(found.ts_ms),
    )


def snapshot(sequence: int, data: msgspec.Raw) -> model.BookSnapshot:
    found = _SNAPSHOT.decode(data)
    bids, asks = parse.levels(found.yes_dollars_fp, found.no_dollars_fp, asks_in_yes=True)
    return model.BookSnapshot(sequence, model.Book(parse.ticker(found.market_ticker), bids, asks))


def ticker(data: msgspec.Raw) -> model.Ticker:
    found = msgspec.json.decode(data, type=Ticker)
    bid, ask = parse.price(found.yes_bid_dollars), parse.price(found.yes_ask_dollars)
    return model.Ticker(
        market=parse.ticker(found.market_ticker),
        last=parse.price(found.price_dollars) or None,
        bid=bid or None,
        ask=ask if 0 < ask < model.DOLLAR else None,
        bid_count=parse.count(found.yes_bid_size_fp),
        ask_count=parse.count(found.yes_ask_size_fp),
        volume=parse.count(found.volume_fp),
        open_interest=parse.count(found.open_interest_fp),
        at=parse.milliseconds(found.ts_ms),
    )


def fill(data: msgspec.Raw) -> model.OwnFill:
    found = msgspec.json.decode(data, type=Fill)
    return model.OwnFill(
        model.Fill(
            fill=found.trade_id,
            order=found.order_id,
            client=parse.client(found.client_order_id),
            market=parse.ticker(found.market_ticker),
            side=parse.side(found.book_side, found.outcome_side),
            price=parse.price(found.yes_price_dollars),
            count=parse.count(found.count_fp),
            fee=fixed_point.money(found.fee_cost),
            taker=found.is_taker,
            at=parse.milliseconds(found.ts_ms),
        )
    )


def user_order(data: msgspec.Raw) -> model.OwnOrder:
    found = msgspec.json.decode(data, type=UserOrder)
    return model.OwnOrder(
        model.Order(
            order=found.order_id,
            client=parse.client(found.client_order_id),
            market=parse.ticker(found.ticker),
            side=parse.side(found.book_side, found.outcome_side),
            price=parse.price(found.yes_price_dollars),
            status=model.OrderStatus(found.status),
            initial=parse.count(found.initial_count_fp),
            filled=parse.count(found.fill_count_fp),
            remaining=parse.count(found.remaining_count_fp),
            taker_cost=fixed_point.money(found.taker_fill_cost_dollars),
            maker_cost=fixed_point.money(found.maker_fill_cost_dollars),
            taker_fees=fixed_point.money(found.taker_fees_dollars),
            maker_fees=fixed_point.money(found.maker_fees_dollars),
            placed_at=_at(found.created_ts_ms),
            updated_at=_at(found.last_updated_ts_ms),
            expires_at=_at(found.expiration_ts_ms),
            group=found.order_group_id or None,
        )
    )


def lifecycle(data: msgspec.Raw) -> model.Lifecycle:
    found = msgspec.json.decode(data, type=Lifecycle)
    seconds = found.settled_ts or found.determination_ts
    return model.Lifecycle(
        market=parse.ticker(found.market_ticker),
        event=model.LifecycleEvent(found.event_type),
        at=None if seconds is None else parse.milliseconds(seconds * 1000),
        result=model.Result(found.result) if found.result else None,
        value=None if found.settlement_value is None else fixed_point.money(found.settlement_value),
    )


def _at(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else parse.milliseconds(milliseconds)
