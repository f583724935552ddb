"""The WebSocket: subscriptions with their own sequences, and the ways in which a stream goes wrong.

A subscription's messages are numbered from 1 where the documents number them (order book, trades, life of markets) and
not numbered where they do not (ticker, fills, orders).
"""

import asyncio
import dataclasses
import json
from typing import Any

from aiohttp import WSMsgType, web

from execution_stack.venues.simulators.kalshi import amounts, books, markets, rows
from execution_stack.venues.simulators.kalshi.accounts import Fill
from execution_stack.venues.simulators.kalshi.exchange import Exchange
from execution_stack.venues.simulators.kalshi.faults import Fault, Faults

SEQUENCED = {"orderbook_delta", "trade", "market_lifecycle_v2", "order_group_updates"}
CHANNELS = SEQUENCED | {"ticker", "fill", "user_orders", "market_positions"}
PING_SECONDS = 10
BACKLOG_MAX = 50_000
Row = dict[str, Any]


@dataclasses.dataclass
class Subscription:
    sid: int
    channel: str
    tickers: set[str] | None
    yes_price: bool
    seq: int = 0

    def wants(self, ticker: str) -> bool:
        return self.tickers is None or ticker in self.tickers


class Connection:
    def __init__(self, exchange: Exchange, faults: Faults, socket: web.WebSocketResponse) -> None:
        self._exchange, self._faults, self._socket = exchange, faults, socket
        self._subscriptions: dict[int, Subscription] = {}
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG_MAX)
        self._held: str | None = None

    async def run(self) -> None:
        self._exchange.listeners.append(self.hear)
        sender = asyncio.create_task(self._send())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._command(message.data)
        finally:
            self._exchange.listeners.remove(self.hear)
            sender.cancel()

    async def _send(self) -> None:
        while (text := await self._outgoing.get()) is not None:
            await self._socket.send_str(text)
        await self._socket.close()

    def _put(self, message: Row) -> None:
        self._put_text(json.dumps(message, separators=(",", ":")))

    def _put_text(self, text: str) -> None:
        if not self._outgoing.full():
            self._outgoing.put_nowait(text)

    # Commands

    def _command(self, text: str) -> None:
        try:
            wanted = json.loads(text)
            params = wanted.get("params") or {}
            name, number = wanted["cmd"], wanted.get("id")
        except (ValueError, KeyError, AttributeError):
            self._error(None, 1, "Unable to process message")
            return
        if name == "subscribe":
            self._subscribe(number, params)
        elif name == "unsubscribe":
            for sid in params.get("sids", ()):
                gone = self._subscriptions.pop(sid, None)
                if gone is None:
                    self._error(number, 7, "Unknown subscription ID")
                else:
                    self._put({"id": number, "sid": sid, "seq": gone.seq + 1, "type": "unsubscribed"})
        elif name == "update_subscription":
            self._update(number, params)
        elif name == "list_subscriptions":
            listed = [{"channel": each.channel, "sid": each.sid} for each in self._subscriptions.values()]
            self._put({"id": number, "type": "ok", "msg": listed})
        else:
            self._error(number, 5, "Unknown command")

    def _subscribe(self, number: int | None, params: Row) -> None:
        tickers = _tickers(params)
        for channel in params.get("channels") or [""]:
            if channel not in CHANNELS:
                self._error(number, 8, "Unknown channel name")
                continue
            if channel == "orderbook_delta" and not tickers:
                self._error(number, 14, "Market Ticker required")
                continue
            mine = None if channel == "market_lifecycle_v2" or tickers is None else set(tickers)
            sid = max(self._subscriptions, default=0) + 1
            new = Subscription(sid, channel, mine, bool(params.get("use_yes_price", False)))
            self._subscriptions[sid] = new
            self._put({"id": number, "type": "subscribed", "msg": {"channel": channel, "sid": sid}})
            if channel == "orderbook_delta":
                for ticker in sorted(mine or ()):
                    self._snapshot(new, ticker, None)
            if channel == "ticker" and params.get("send_initial_snapshot"):
                for ticker in sorted(mine if mine is not None else self._exchange.markets):
                    self._ticker(new, ticker)

    def _update(self, number: int | None, params: Row) -> None:
        sid = params.get("sid") or (params.get("sids") or [None])[0]
        found = self._subscriptions.get(sid) if isinstance(sid, int) else None
        if found is None:
            self._error(number, 7, "Unknown subscription ID")
            return
        action, tickers = params.get("action"), set(_tickers(params) or ())
        if action == "get_snapshot":
            for ticker in sorted(tickers):
                self._snapshot(found, ticker, number)
            return
        if action == "add_markets":
            fresh = tickers - (found.tickers or set())
            found.tickers = (found.tickers or set()) | tickers
            self._ok(found, number)
            if found.channel == "orderbook_delta":
                for ticker in sorted(fresh):
                    self._snapshot(found, ticker, None)
        elif action == "delete_markets":
            found.tickers = (found.tickers or set()) - tickers
            self._ok(found, number)
        else:
            self._error(number, 13, "Unsupported action")

    def _ok(self, found: Subscription, number: int | None) -> None:
        message: Row = {
            "id": number,
            "sid": found.sid,
            "type": "ok",
            "msg": {"market_tickers": sorted(found.tickers or ())},
        }
        if found.channel in SEQUENCED:
            found.seq += 1
            message["seq"] = found.seq
        self._put(message)

    def _error(self, number: int | None, code: int, text: str) -> None:
        self._put({"id": number, "type": "error", "msg": {"code": code, "msg": text}})

    # News

    def hear(self, kind: str, facts: Row) -> None:
        for each in list(self._subscriptions.values()):
            if kind == "level" and each.channel == "orderbook_delta" and each.wants(facts["ticker"]):
                self._delta(each, facts)
            elif kind == "ticker" and each.channel == "ticker" and each.wants(facts["ticker"]):
                self._ticker(each, facts["ticker"])
            elif kind == "fill" and each.channel == "fill" and each.wants(facts["fill"].ticker):
                self._fill(each, facts["fill"])
            elif kind == "order" and each.channel == "user_orders" and each.wants(facts["order"].ticker):
                self._order(each, facts["order"])
            elif kind == "lifecycle" and each.channel == "market_lifecycle_v2":
                self._numbered(each, "market_lifecycle_v2", facts["msg"])

    def _numbered(self, of: Subscription, kind: str, msg: Row, number: int | None = None) -> None:
        of.seq += 1
        message: Row = {"type": kind, "sid": of.sid, "seq": of.seq, "msg": msg}
        if number is not None:
            message["id"] = number
        if kind == "orderbook_delta":
            self._badly(message)
        else:
            self._release()
            self._put(message)

    def _badly(self, message: Row) -> None:
        """A delta, or what a fault makes of it."""
        text = json.dumps(message, separators=(",", ":"))
        fault = self._faults.next("stream", frozenset(each for each in Fault if each.value.startswith("stream_")))
        fault = fault or self._faults.drawn("stream")
        if fault is Fault.STREAM_REORDERED and self._held is None:
            self._held = text
            return
        if fault is Fault.STREAM_DROPPED:
            return
        if fault is Fault.STREAM_CUT:
            self._outgoing.put_nowait(None)
            return
        if fault is Fault.STREAM_MALFORMED:
            text = text[: len(text) // 2]
        elif fault is Fault.STREAM_OVERSIZED:
            text = text[:-1] + ',"padding":"' + "x" * (5 << 20) + '"}'
        elif fault is Fault.STREAM_UNKNOWN:
            message["msg"]["side"] = "maybe"
            self._put({"type": "something_new", "sid": message["sid"], "msg": {}})
            text = json.dumps(message)
        elif fault is Fault.STREAM_DOUBLED:
            self._put_text(text)
        self._put_text(text)
        self._release()

    def _release(self) -> None:
        """What was held back comes after what followed it."""
        if self._held is not None:
            text, self._held = self._held, None
            self._put_text(text)

    def _snapshot(self, of: Subscription, ticker: str, number: int | None) -> None:
        market = self._exchange.markets.get(ticker)
        msg: Row = {"market_ticker": ticker, "market_id": _market_id(ticker)}
        if market is not None:
            if market.book.levels[books.BID]:
                msg["yes_dollars_fp"] = rows.levels(market, books.BID, yes_price=True)
            if market.book.levels[books.ASK]:
                msg["no_dollars_fp"] = rows.levels(market, books.ASK, yes_price=of.yes_price)
        self._numbered(of, "orderbook_snapshot", msg, number)

    def _delta(self, of: Subscription, facts: Row) -> None:
        price, bid = facts["price"], facts["side"] == books.BID
        shown = price if bid or of.yes_price else amounts.DOLLAR - price
        now = self._exchange.now()
        msg: Row = {
            "market_ticker": facts["ticker"],
            "market_id": _market_id(facts["ticker"]),
            "price_dollars": amounts.price_text(shown),
            "delta_fp": amounts.count_text(facts["change"]),
            "side": "yes" if bid else "no",
            "ts": markets.moment(now),
            "ts_ms": now // 1000,
        }
        if facts["client"]:
            msg["client_order_id"] = facts["client"]
        self._numbered(of, "orderbook_delta", msg)

    def _ticker(self, of: Subscription, ticker: str) -> None:
        market = self._exchange.markets.get(ticker)
        if market is None:
            return
        row, now = market.row(), self._exchange.now()
        msg = {
            "market_id": _market_id(ticker),
            "market_ticker": ticker,
            "price_dollars": row["last_price_dollars"],
            "yes_bid_dollars": row["yes_bid_dollars"],
            "yes_ask_dollars": row["yes_ask_dollars"],
            "volume_fp": row["volume_fp"],
            "open_interest_fp": row["open_interest_fp"],
            "dollar_volume": market.volume // amounts.CONTRACT,
            "dollar_open_interest": market.interest // amounts.CONTRACT,
            "yes_bid_size_fp": row["yes_bid_size_fp"],
            "yes_ask_size_fp": row["yes_ask_size_fp"],
            "last_trade_size_fp": amounts.count_text(market.last_size),
            "ts": now // 1_000_000,
            "ts_ms": now // 1000,
            "time": markets.moment(now),
        }
        self._put({"type": "ticker", "sid": of.sid, "msg": msg})

    def _fill(self, of: Subscription, fill: Fill) -> None:
        outcome = "yes" if fill.side == books.BID else "no"
        msg = {
            "trade_id": fill.id,
            "order_id": fill.order,
            "client_order_id": fill.client,
            "market_ticker": fill.ticker,
            "exchange_index": 0,
            "is_taker": fill.taker,
            "side": outcome,
            "yes_price_dollars": amounts.price_text(fill.price),
            "count_fp": amounts.count_text(fill.count),
            "fee_cost": amounts.money_text(fill.fee),
            "action": "buy",
            "ts": fill.at // 1_000_000,
            "ts_ms": fill.at // 1000,
            "post_position_fp": amounts.count_text(fill.position),
            "purchased_side": outcome,
            "outcome_side": outcome,
            "book_side": fill.side,
            "subaccount": 0,
        }
        message = {"type": "fill", "sid": of.sid, "msg": msg}
        for _ in range(2 if self._faults.strikes("stream", Fault.DUPLICATE_FILL) else 1):
            self._put(message)

    def _order(self, of: Subscription, order: books.Order) -> None:
        row = dict(order.history[-1][1])
        del row["no_price_dollars"], row["type"], row["cancel_order_on_pause"]
        row = {name: value for name, value in row.items() if value is not None}
        row |= {
            "side": row["outcome_side"],
            "is_yes": row["outcome_side"] == "yes",
            "created_ts_ms": order.created // 1000,
            "last_updated_ts_ms": order.updated // 1000,
        }
        if order.expires:
            row["expiration_ts_ms"] = order.expires // 1000
        self._put({"type": "user_order", "sid": of.sid, "msg": row})


def _tickers(params: Row) -> list[str] | None:
    if "market_tickers" in params:
        return [str(each) for each in params["market_tickers"]]
    return [str(params["market_ticker"])] if "market_ticker" in params else None


def _market_id(ticker: str) -> str:
    """A UUID that is always the same for a market."""
    digits = ticker.encode().hex().ljust(32, "0")[-31:]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"
