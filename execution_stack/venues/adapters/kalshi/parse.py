"""From the exchange's words to ours: every amount exact, every word known, every time with its zone, or `Unreadable`."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import clock
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import messages
from execution_stack.venues.formats import fixed_point
from execution_stack.venues.rules import grids

T = TypeVar("T")
CENT = model.DOLLAR // 100
MILLION = 1_000_000
TICKER_MAX = 200
TOKENS_MAX = 10_000_000
_MILLISECOND = timedelta(milliseconds=1)
_MS_MAX = 10**14
_OUTCOME = {"bid": "yes", "ask": "no"}
Unread = (ValueError, OverflowError, ArithmeticError, model.BadGrid, model.OffGrid)
"""What the functions here raise of what cannot be read with certainty."""


def decode(body: bytes, kind: type[T]) -> T:
    """Strictly typed; `msgspec.DecodeError` is a `ValueError`."""
    return msgspec.json.decode(body, type=kind)


def price(text: str) -> int:
    found = fixed_point.money(text)
    if not 0 <= found <= model.DOLLAR:
        raise ValueError("no price")
    return found


def count(text: str) -> int:
    found = fixed_point.count(text)
    if found < 0:
        raise ValueError("a count below nothing")
    return found


def ticker(text: str) -> str:
    if not 0 < len(text) <= TICKER_MAX or not text.isascii() or not text.isprintable():
        raise ValueError("no ticker")
    return text


def client(text: str | None) -> UUID | None:
    """Our own ids are UUIDs, written as we write them; whatever else stands there is not ours."""
    try:
        found = UUID(text or "")
    except ValueError:
        return None
    return found if str(found) == text else None


def side(book_side: str, outcome_side: str) -> model.Side:
    """Both say the same thing in two vocabularies."""
    found = model.Side(book_side)
    if _OUTCOME[found.value] != outcome_side:
        raise ValueError("two sides at once")
    return found


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found.astimezone(UTC)


def moment_or_none(text: str | None) -> datetime | None:
    return moment(text) if text else None


def milliseconds(value: int) -> datetime:
    if not 0 < value < _MS_MAX:
        raise ValueError("no time")
    return clock.EPOCH + value * _MILLISECOND


def placed(found: messages.Placed, wanted: model.Wanted) -> model.Placed:
    if found.client_order_id not in {None, str(wanted.client)}:
        raise ValueError("an answer to somebody else")
    return model.Placed(
        wanted.client, found.order_id, count(found.fill_count), count(found.remaining_count), milliseconds(found.ts_ms)
    )


def placed_item(found: messages.PlacedItem, wanted: model.Wanted) -> model.Placed:
    if found.order_id is None or found.fill_count is None or found.remaining_count is None or found.ts_ms is None:
        raise ValueError("an item without its facts")
    whole = messages.Placed(found.order_id, found.fill_count, found.remaining_count, found.ts_ms, found.client_order_id)
    return placed(whole, wanted)


def cancelled(found: messages.Cancelled | messages.CancelledItem, handle: model.Handle) -> model.Cancelled:
    if found.order_id != handle.order or found.reduced_by is None or found.ts_ms is None:
        raise ValueError("an answer about another order, or without its facts")
    return model.Cancelled(
        found.order_id, client(found.client_order_id), count(found.reduced_by), milliseconds(found.ts_ms)
    )


def decreased(found: messages.Decreased, handle: model.Handle) -> model.Reduced:
    if found.order_id != handle.order:
        raise ValueError("an answer about another order")
    return model.Reduced(
        found.order_id, client(found.client_order_id), count(found.remaining_count), milliseconds(found.ts_ms)
    )


def amended(found: messages.Amended, before: model.Order) -> model.Amended:
    if found.order_id != before.order:
        raise ValueError("an answer about another order")
    return model.Amended(
        found.order_id,
        client(found.client_order_id),
        None if found.fill_count is None else count(found.fill_count),
        None if found.remaining_count is None else count(found.remaining_count),
        milliseconds(found.ts_ms),
    )


def order(found: messages.Order) -> model.Order:
    return model.Order(
        order=found.order_id,
        client=client(found.client_order_id),
        market=ticker(found.ticker),
        side=side(found.book_side, found.outcome_side),
        price=price(found.yes_price_dollars),
        status=model.OrderStatus(found.status),
        initial=count(found.initial_count_fp),
        filled=count(found.fill_count_fp),
        remaining=count(found.remaining_count_fp),
        taker_cost=fixed_point.money(found.taker_fill_cost_dollars),
        maker_cost=fixed_point.money(found.maker_fill_cost_dollars),
        taker_fees=fixed_point.money(found.taker_fees_dollars),
        maker_fees=fixed_point.money(found.maker_fees_dollars),
        placed_at=moment_or_none(found.created_time),
        updated_at=moment_or_none(found.last_update_time),
        expires_at=moment_or_none(found.expiration_time),
        group=found.order_group_id or None,
    )


def fill(found: messages.Fill) -> model.Fill:
    yes, no = price(found.yes_price_dollars), price(found.no_price_dollars)
    if yes + no != model.DOLLAR:
        raise ValueError("the two legs' prices are no dollar")
    return model.Fill(
        fill=found.fill_id,
        order=found.order_id,
        client=client(found.client_order_id),
        market=ticker(found.ticker),
        side=side(found.book_side, found.outcome_side),
        price=yes,
        count=count(found.count_fp),
        fee=fixed_point.money(found.fee_cost),
        taker=found.is_taker,
        at=moment(found.created_time),
    )


def position(found: messages.Position) -> model.Position:
    return model.Position(
        market=ticker(found.ticker),
        count=fixed_point.count(found.position_fp),
        traded=fixed_point.money(found.total_traded_dollars),
        exposure=fixed_point.money(found.market_exposure_dollars),
        realised=fixed_point.money(found.realized_pnl_dollars),
        fees=fixed_point.money(found.fees_paid_dollars),
        at=moment_or_none(found.last_updated_ts),
    )


def balance(found: messages.Balance) -> model.Balance:
    """The exact text where it is given; cents, where it is not."""
    exact = None if found.balance_dollars is None else fixed_point.money(found.balance_dollars)
    return model.Balance(
        available=found.balance * CENT if exact is None else exact,
        portfolio=found.portfolio_value * CENT,
        at=milliseconds(found.updated_ts * 1000),
    )


def settlement(found: messages.Settlement) -> model.Settlement:
    return model.Settlement(
        market=ticker(found.ticker),
        event=ticker(found.event_ticker),
        result=model.Result(found.market_result),
        yes_count=count(found.yes_count_fp),
        yes_cost=fixed_point.money(found.yes_total_cost_dollars),
        no_count=count(found.no_count_fp),
        no_cost=fixed_point.money(found.no_total_cost_dollars),
        revenue=found.revenue * CENT,
        fee=fixed_point.money(found.fee_cost),
        value=None if found.value is None else found.value * CENT,
        at=moment(found.settled_time),
    )


def series(found: messages.Series) -> model.Series:
    multiplier = found.fee_multiplier * MILLION
    if multiplier != int(multiplier) or multiplier < 0:
        raise ValueError("a multiplier finer than a millionth")
    return model.Series(
        ticker=ticker(found.ticker),
        title=found.title,
        category=found.category,
        frequency=found.frequency,
        sources=tuple(model.Source(each.name, each.url) for each in found.settlement_sources or ()),
        contract_url=found.contract_url,
        terms_url=found.contract_terms_url,
        prohibitions=found.additional_prohibitions or (),
        fee_type=model.FeeType(found.fee_type),
        fee_multiplier=int(multiplier),
    )


def event(found: messages.Event) -> model.Event:
    return model.Event(
        ticker=ticker(found.event_ticker),
        series=ticker(found.series_ticker),
        title=found.title,
        subtitle=found.sub_title,
        mutually_exclusive=found.mutually_exclusive,
        collateral_return=found.collateral_return_type,
    )


def grid(ranges: tuple[messages.PriceRange, ...], notional: str) -> model.Grid:
    return grids.read(
        [
            model.Range(fixed_point.money(each.start), fixed_point.money(each.end), fixed_point.money(each.step))
            for each in ranges
        ],
        payout=fixed_point.money(notional),
    )


def market(found: messages.Market) -> model.Market:
    payout = fixed_point.money(found.notional_value_dollars)
    bid, ask = fixed_point.money(found.yes_bid_dollars), fixed_point.money(found.yes_ask_dollars)
    last = fixed_point.money(found.last_price_dollars)
    value = found.settlement_value_dollars
    return model.Market(
        ticker=ticker(found.ticker),
        event=ticker(found.event_ticker),
        status=model.MarketStatus(found.status),
        grid=grid(found.price_ranges, found.notional_value_dollars),
        title=found.title,
        yes_means=found.yes_sub_title,
        no_means=found.no_sub_title,
        rules=found.rules_primary,
        rules_more=found.rules_secondary,
        opens_at=moment(found.open_time),
        closes_at=moment(found.close_time),
        expires_by=moment(found.latest_expiration_time),
        can_close_early=found.can_close_early,
        result=model.Result(found.result) if found.result else None,
        value=None if value is None else fixed_point.money(value),
        bid=bid or None,
        ask=ask if 0 < ask < payout else None,
        last=last or None,
        open_interest=count(found.open_interest_fp),
        volume=count(found.volume_fp),
        settled_at=moment_or_none(found.settlement_ts),
    )


def levels(
    bids: tuple[tuple[str, str], ...], asks: tuple[tuple[str, str], ...], *, asks_in_yes: bool
) -> tuple[tuple[model.Level, ...], tuple[model.Level, ...]]:
    """Best first. A bid for NO at p is an ask of YES at a dollar less p, unless it is told in YES prices already."""
    ours = sorted((model.Level(price(at), count(size)) for at, size in bids), key=lambda each: -each.price)
    theirs = [(price(at), count(size)) for at, size in asks]
    offered = sorted(
        (model.Level(at if asks_in_yes else model.DOLLAR - at, size) for at, size in theirs),
        key=lambda each: each.price,
    )
    if len({each.price for each in ours}) < len(ours) or len({each.price for each in offered}) < len(offered):
        raise ValueError("a level twice")
    return tuple(ours), tuple(offered)


def limits(found: messages.Limits) -> model.Limits:
    for each in (found.read, found.write):
        if not (0 < each.refill_rate <= TOKENS_MAX and 0 < each.bucket_capacity <= TOKENS_MAX):
            raise ValueError("no limit that anybody could keep to")
    return model.Limits(
        found.usage_tier[:32],
        model.Bucket(found.read.refill_rate, found.read.bucket_capacity),
        model.Bucket(found.write.refill_rate, found.write.bucket_capacity),
    )
