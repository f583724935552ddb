"""The exchange's answers to questions, as its documents shape them, with lists in pages and late where that is ordered."""

import base64
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from execution_stack.venues.simulators.kalshi import accounts, amounts, books, markets
from execution_stack.venues.simulators.kalshi.exchange import Exchange, RejectionError

MARKET_FILTER = {
    "unopened": {"initialized"},
    "open": {"active"},
    "paused": {"inactive"},
    "closed": {"closed", "determined", "disputed", "amended"},
    "settled": {"finalized"},
}
Row = dict[str, Any]


def page(rows: Iterable[Row], query: Mapping[str, str], most: int = 1000, usual: int = 100) -> tuple[list[Row], str]:
    """A page of rows, and where the next begins; no more is looked at than that takes."""
    try:
        limit = int(query.get("limit", usual))
        start = int(base64.urlsafe_b64decode(query.get("cursor", "")).decode() or 0)
    except ValueError:
        raise RejectionError(400, "bad_request", "limit or cursor") from None
    if not 1 <= limit <= most or start < 0:
        raise RejectionError(400, "bad_request", "limit")
    found = list(itertools.islice(rows, start, start + limit + 1))
    more = len(found) > limit
    return found[:limit], base64.urlsafe_b64encode(str(start + limit).encode()).decode() if more else ""


def orders(exchange: Exchange, query: Mapping[str, str], lag: int) -> Row:
    """As lists knew them `lag` microseconds ago, newest first."""
    rows, cursor = page(_orders(exchange, query, exchange.now() - lag), query)
    return {"orders": rows, "cursor": cursor}


def _orders(exchange: Exchange, query: Mapping[str, str], moment: int) -> Iterator[Row]:
    first, last = _between(query)
    for order in reversed(exchange.mine):
        second = order.created // 1_000_000
        if second < first:
            return
        row = as_of(order, moment) if second <= last else None
        if row is not None and _matches(row, query, ("ticker", "status")):
            yield row


def as_of(order: books.Order, moment: int) -> Row | None:
    return next((row for at, row in reversed(order.history) if at <= moment), None)


def order(exchange: Exchange, order_id: str, lag: int) -> Row:
    found = exchange.orders.get(order_id)
    row = as_of(found, exchange.now() - lag) if found else None
    if row is None:
        raise RejectionError(404, "not_found")
    return {"order": row}


def fills(exchange: Exchange, query: Mapping[str, str], lag: int, *, doubled: bool = False) -> Row:
    shown = _fills(exchange, query, exchange.now() - lag, times=2 if doubled else 1)
    rows, cursor = page(shown, query)
    return {"fills": rows, "cursor": cursor}


def _fills(exchange: Exchange, query: Mapping[str, str], moment: int, *, times: int) -> Iterator[Row]:
    first, last = _between(query)
    wanted = query.get("order_id")
    for fill in reversed(exchange.account.fills):
        second = fill.at // 1_000_000
        if second < first:
            return
        if second > last or fill.listed > moment or wanted not in {None, fill.order}:
            continue
        row = {**fill.row(), "created_time": markets.moment(fill.at)}
        if _matches(row, query, ("ticker",)):
            yield from itertools.repeat(row, times)


def positions(exchange: Exchange, query: Mapping[str, str]) -> Row:
    wanted = query.get("ticker", "")
    shown = [
        {
            "ticker": ticker,
            "exchange_index": 0,
            "total_traded_dollars": amounts.money_text(each.traded),
            "position_fp": amounts.count_text(each.count),
            "market_exposure_dollars": amounts.money_text(each.cost),
            "realized_pnl_dollars": amounts.money_text(each.realised),
            "fees_paid_dollars": amounts.money_text(each.fees),
            "last_updated_ts": markets.moment(each.updated),
        }
        for ticker, each in sorted(exchange.account.positions.items())
        if (each.count or each.traded) and wanted in {"", ticker}
    ]
    rows, cursor = page(shown, query)
    return {"market_positions": rows, "event_positions": [], "cursor": cursor}


def settlements(exchange: Exchange, query: Mapping[str, str]) -> Row:
    first, last = _between(query)
    shown = [
        _settlement(each) for each in reversed(exchange.account.settlements) if first <= each.at // 1_000_000 <= last
    ]
    rows, cursor = page(shown, query)
    return {"settlements": rows, "cursor": cursor}


def _settlement(done: accounts.Settled) -> Row:
    return {
        "ticker": done.ticker,
        "exchange_index": 0,
        "event_ticker": done.event,
        "market_result": done.result,
        "yes_count_fp": amounts.count_text(done.yes),
        "yes_total_cost_dollars": amounts.money_text(done.yes_cost),
        "no_count_fp": amounts.count_text(done.no),
        "no_total_cost_dollars": amounts.money_text(done.no_cost),
        "revenue": done.revenue // 10_000,
        "settled_time": markets.moment(done.at),
        "fee_cost": amounts.money_text(done.fee),
        "value": done.value,
    }


def balance(exchange: Exchange) -> Row:
    available = exchange.available()
    worth = sum(
        abs(each.count) * (market.last if each.count > 0 else amounts.DOLLAR - market.last) // amounts.CONTRACT
        for ticker, each in exchange.account.positions.items()
        if (market := exchange.markets.get(ticker)) is not None
    )
    return {
        "balance": available // 10_000,
        "balance_dollars": amounts.money_text(available),
        "portfolio_value": worth // 10_000,
        "updated_ts": exchange.now() // 1_000_000,
        "balance_breakdown": [{"exchange_index": 0, "balance": amounts.money_text(available)}],
    }


def listed(exchange: Exchange, query: Mapping[str, str]) -> Row:
    """Markets by event, series, ticker or the filter's word for their state."""
    states = MARKET_FILTER.get(query.get("status", ""))
    if query.get("status") and states is None:
        raise RejectionError(400, "bad_request", "status")
    names = set(query["tickers"].split(",")) if query.get("tickers") else None
    shown = [
        each.row()
        for each in exchange.markets.values()
        if (states is None or each.status in states)
        and query.get("event_ticker", each.event) == each.event
        and query.get("series_ticker", exchange.events[each.event].series) == exchange.events[each.event].series
        and (names is None or each.ticker in names)
    ]
    rows, cursor = page(shown, query)
    return {"markets": rows, "cursor": cursor}


def events(exchange: Exchange, query: Mapping[str, str]) -> Row:
    shown = [each.row() for each in exchange.events.values() if query.get("series_ticker", each.series) == each.series]
    rows, cursor = page(shown, query, most=200, usual=200)
    return {"events": rows, "cursor": cursor}


def book(market: markets.Market) -> Row:
    """Bids for YES and bids for NO, each in its own leg's price, worst first."""
    return {
        "orderbook_fp": {
            "yes_dollars": levels(market, books.BID, yes_price=True),
            "no_dollars": levels(market, books.ASK, yes_price=False),
        }
    }


def levels(market: markets.Market, side: str, *, yes_price: bool) -> list[list[str]]:
    return [
        [amounts.price_text(price if yes_price else amounts.DOLLAR - price), amounts.count_text(count)]
        for price, count in market.book.depth(side)
    ]


def dump(exchange: Exchange) -> Row:
    """The exchange's books, order by order and contract by contract, for comparing."""
    of_order: dict[str, list[str]] = {}
    for fill in exchange.account.fills:
        of_order.setdefault(fill.order, []).append(fill.id)
    mine = [each for each in exchange.mine if each.history]
    return {
        "orders": [{**each.history[-1][1], "fills": of_order.get(each.id, [])} for each in mine],
        "fills": [fill.row() for fill in exchange.account.fills],
        "positions": positions(exchange, {"limit": "1000"})["market_positions"],
        "settlements": settlements(exchange, {"limit": "1000"})["settlements"],
        "cash": amounts.money_text(exchange.account.cash),
        "available": amounts.money_text(exchange.available()),
    }


def _between(query: Mapping[str, str]) -> tuple[int, int]:
    """From which second to which."""
    try:
        return int(query.get("min_ts", 0)), int(query.get("max_ts", 10**12))
    except ValueError:
        raise RejectionError(400, "bad_request", "min_ts or max_ts") from None


def _matches(row: Row, query: Mapping[str, str], names: tuple[str, ...]) -> bool:
    return all(query.get(name, row[name]) == row[name] for name in names)
