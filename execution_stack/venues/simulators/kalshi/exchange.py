"""The matching engine and its members: what an order may do, what it meets, and what is told of it.

Everything happens at once and in one thread. Whoever listens is called with each change of a level, each fill, each
order and each turn in a market's life, in the order in which they happen.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from boundary.kernel import clock, ids
from execution_stack.venues.simulators.kalshi import accounts, amounts, books, fees, markets

MEMBER = "member"
PIECES_MAX = 50
DIRECT = 100
"""A direct member's balance moves in centicents."""
Listener = Callable[[str, dict[str, Any]], None]


class RejectionError(Exception):
    """The exchange says no, with the status and the code that its documents give."""

    def __init__(self, status: int, code: str, details: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.details = status, code, details


@dataclasses.dataclass
class Asked:
    """An order as it was asked for, read but not judged."""

    ticker: str
    client: str
    side: str
    count: int
    price: int
    tif: str
    stp: str
    expires: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    cancel_on_pause: bool = False
    group: str | None = None


@dataclasses.dataclass
class Group:
    """Orders that are all cancelled when more than `limit` of them is matched within fifteen seconds."""

    id: str
    limit: int
    triggered: bool = False
    matched: list[tuple[int, int]] = dataclasses.field(default_factory=list)


class Exchange:
    def __init__(self, time: clock.Clock, random: ids.Ids, money: int, precision: int = DIRECT) -> None:
        self.clock = time
        self.ids = random
        self.account = accounts.Account(money, precision)
        self.series: dict[str, markets.Series] = {}
        self.events: dict[str, markets.Event] = {}
        self.markets: dict[str, markets.Market] = {}
        self.orders: dict[str, books.Order] = {}
        """The member's for ever; those of market makers while they rest."""
        self.mine: list[books.Order] = []
        self.resting: dict[str, books.Order] = {}
        """The member's that rest."""
        self.by_client: dict[tuple[str, str], books.Order] = {}
        self.groups: dict[str, Group] = {}
        self.exchange_active = self.trading_active = True
        self.one_lot = False
        self.hide_fills_until = 0
        self.listeners: list[Listener] = []

    def now(self) -> int:
        return clock.to_micros(self.clock.now())

    def tell(self, kind: str, **facts: Any) -> None:
        for listener in self.listeners:
            listener(kind, facts)

    # Orders

    def place(self, asked: Asked, member: str = MEMBER) -> books.Order:
        market = self._open(asked.ticker)
        if member == MEMBER:
            self._judge(asked, market)
        now = self.now()
        order = books.Order(
            id=str(self.ids.ref()),
            client=asked.client,
            member=member,
            ticker=asked.ticker,
            side=asked.side,
            price=asked.price,
            initial=asked.count,
            remaining=asked.count,
            tif=asked.tif,
            stp=asked.stp,
            created=now,
            expires=asked.expires,
            group=asked.group,
            cancel_on_pause=asked.cancel_on_pause,
            updated=now,
        )
        self._remember(order)
        if asked.tif == "fill_or_kill" and market.book.reachable(asked.side, asked.price, member) < asked.count:
            self._end(order, "canceled")
            self._changed(order)
            raise RejectionError(409, "fill_or_kill_insufficient_resting_volume")
        self._match(order, market)
        if order.remaining and order.status == "resting":
            if asked.tif == "good_till_canceled":
                self._rest(order, market)
            else:
                self._end(order, "canceled")
        self._changed(order)
        self._tick(market)
        return order

    def cancel(self, order_id: str, member: str = MEMBER) -> tuple[books.Order, int]:
        order = self._mine(order_id, member)
        self._workable(order)
        reduced = order.remaining
        self._withdraw(order)
        return order, reduced

    def decrease(self, order_id: str, *, to: int | None, by: int | None) -> books.Order:
        order = self._mine(order_id, MEMBER)
        self._workable(order)
        target = order.remaining - by if by is not None else to
        if target is None or target < 0 or target > order.remaining:
            raise RejectionError(400, "invalid_order", "reduce to no more than what remains")
        if target == 0:
            self._withdraw(order)
            return order
        self._resize(order, target)
        self._changed(order)
        return order

    def amend(self, order_id: str, *, price: int, total: int, client: str | None) -> tuple[books.Order, int]:
        """The order, and what it filled by crossing."""
        order = self._mine(order_id, MEMBER)
        self._workable(order)
        market = self._open(order.ticker)
        if not market.allows(price):
            raise RejectionError(400, "invalid_price")
        if total < order.filled or total <= 0:
            raise RejectionError(400, "invalid_order", "count below what was filled")
        if client and (MEMBER, client) in self.by_client and client != order.client:
            raise RejectionError(409, "order_already_exists")
        before, remaining = order.filled, total - order.filled
        self._afford(order.ticker, order.side, price, remaining, freed=order.reserved)
        if client:
            order.client = client
            self.by_client[MEMBER, client] = order
        if price == order.price and remaining <= order.remaining:
            self._resize(order, remaining)
        else:
            self._level(order, -order.remaining)
            market.book.remove(order)
            order.price, order.remaining = price, remaining
            self._match(order, market)
            if order.remaining and order.status == "resting":
                self._rest(order, market)
        if not order.remaining:
            self._end(order, "executed" if order.filled else "canceled")
        self._changed(order)
        self._tick(market)
        return order, order.filled - before

    def cancel_all(self) -> int:
        mine = list(self.resting.values())
        for order in mine:
            self._withdraw(order)
        return len(mine)

    def available(self) -> int:
        return self.account.cash - sum(each.reserved for each in self.resting.values())

    # Their rules

    def _open(self, ticker: str) -> markets.Market:
        market = self.markets.get(ticker)
        if market is None:
            raise RejectionError(404, "market_not_found")
        if not self.exchange_active:
            raise RejectionError(409, "exchange_is_paused")
        if not self.trading_active:
            raise RejectionError(409, "trading_is_paused")
        if market.status != "active":
            raise RejectionError(409, "MARKET_INACTIVE")
        return market

    def _workable(self, order: books.Order) -> None:
        if not self.exchange_active:
            raise RejectionError(409, "exchange_is_paused")
        if self.markets[order.ticker].status not in {"active", "inactive"}:
            raise RejectionError(409, "MARKET_INACTIVE")
        if order.status != "resting":
            raise RejectionError(404, "not_found")

    def _mine(self, order_id: str, member: str) -> books.Order:
        order = self.orders.get(order_id)
        if order is None or order.member != member:
            raise RejectionError(404, "not_found")
        return order

    def _judge(self, asked: Asked, market: markets.Market) -> None:
        if (MEMBER, asked.client) in self.by_client:
            raise RejectionError(409, "order_already_exists")
        if not market.allows(asked.price):
            raise RejectionError(400, "invalid_price")
        if asked.count <= 0:
            raise RejectionError(400, "invalid_count")
        if asked.reduce_only and asked.tif != "immediate_or_cancel":
            raise RejectionError(400, "invalid_order", "reduce only must be immediate or cancel")
        if asked.reduce_only:
            held = self.account.position(asked.ticker).count * (1 if asked.side == books.ASK else -1)
            asked.count = min(asked.count, max(0, held))
            if not asked.count:
                raise RejectionError(400, "invalid_order", "reduce only with nothing to reduce")
        if asked.expires is not None and (asked.tif != "good_till_canceled" or asked.expires <= self.now()):
            raise RejectionError(400, "invalid_order", "expiration")
        if asked.post_only and market.book.reachable(asked.side, asked.price, ""):
            raise RejectionError(400, "invalid_order", "post only cross")
        group = self.groups.get(asked.group or "")
        if asked.group and (group is None or group.triggered):
            raise RejectionError(409, "order_group_triggered" if group else "order_group_not_found")
        self._afford(asked.ticker, asked.side, asked.price, asked.count)

    def _afford(self, ticker: str, side: str, price: int, count: int, freed: int = 0) -> None:
        fee = fees.trade_fee(self._schedule(ticker), price, count, taker=True)
        if self.account.collateral(ticker, side, price, count) + fee > self.available() + freed:
            raise RejectionError(400, "insufficient_balance")

    def _schedule(self, ticker: str) -> fees.Schedule:
        return self.series[self.events[self.markets[ticker].event].series].schedule

    # Matching

    def _match(self, order: books.Order, market: markets.Market) -> None:
        pieces = 0
        for other in market.book.against(order.side, order.price):
            if other.member == order.member:
                if order.stp == "maker":
                    self._withdraw(other)
                    continue
                self._end(order, "canceled")
                return
            count = min(order.remaining, other.remaining)
            if self.one_lot and pieces < PIECES_MAX:
                count = min(count, amounts.CONTRACT)
            pieces += 1
            self._trade(order, other, count, market)
            if order.remaining == 0:
                self._end(order, "executed")
                return
            if order.status != "resting":
                return

    def _trade(self, taker: books.Order, maker: books.Order, count: int, market: markets.Market) -> None:
        price, trade = maker.price, str(self.ids.ref())
        self._level(maker, -count)
        market.last, market.last_size = price, count
        market.volume += count
        market.interest += count
        for order, is_taker in ((taker, True), (maker, False)):
            order.remaining -= count
            order.filled += count
            if order.member == MEMBER:
                self._fill(order, trade, price, count, taker=is_taker)
        if maker.remaining == 0:
            market.book.remove(maker)
            self._end(maker, "executed")
        if maker.member == MEMBER:
            self._reserve(maker)
            self._changed(maker)
        self.tell("trade", ticker=market.ticker, trade=trade, price=price, count=count, taker=taker.side)

    def _fill(self, order: books.Order, trade: str, price: int, count: int, *, taker: bool) -> None:
        now = self.now()
        trial = dataclasses.replace(self.account.position(order.ticker))
        revenue = trial.take(order.side, price, count)
        fee = fees.trade_fee(self._schedule(order.ticker), price, count, taker=taker)
        charge = fees.charge(revenue, fee, self.account.precision, order.overpaid)
        order.overpaid = charge.overpaid
        fill = accounts.Fill(
            id=trade,
            order=order.id,
            client=order.client,
            ticker=order.ticker,
            side=order.side,
            price=price,
            count=count,
            fee=charge.fee,
            taker=taker,
            at=now,
            listed=max(now, self.hide_fills_until),
        )
        self.account.filled(fill)
        self._tally(order, fill, 1)
        self._watch_group(order, count, now)
        self.tell("fill", fill=fill)

    def _tally(self, order: books.Order, fill: accounts.Fill, sign: int) -> None:
        mine = fill.price if fill.side == books.BID else amounts.DOLLAR - fill.price
        cost = sign * mine * fill.count // amounts.CONTRACT
        if fill.taker:
            order.taker_cost += cost
            order.taker_fees += sign * fill.fee
        else:
            order.maker_cost += cost
            order.maker_fees += sign * fill.fee

    def bust(self, trade: str) -> None:
        """A trade is taken back: its fill is gone, and what it filled will never be filled."""
        fill = next((each for each in self.account.fills if each.id == trade), None)
        if fill is None or self.markets[fill.ticker].status == "finalized":
            raise RejectionError(404, "not_found")
        order = self.orders[fill.order]
        self.account.bust(fill)
        order.filled -= fill.count
        self._tally(order, fill, -1)
        if order.status == "executed":
            order.status = "canceled"
        self._changed(order)

    def _watch_group(self, order: books.Order, count: int, now: int) -> None:
        group = self.groups.get(order.group or "")
        if group is None:
            return
        group.matched = [each for each in group.matched if each[0] > now - 15_000_000] + [(now, count)]
        if sum(each[1] for each in group.matched) > group.limit:
            self.trigger(group)

    def trigger(self, group: Group) -> None:
        group.triggered = True
        for order in [each for each in self.resting.values() if each.group == group.id]:
            self._withdraw(order)
        self.tell("group", event="triggered", group=group.id)

    # What all of them do

    def _remember(self, order: books.Order) -> None:
        self.orders[order.id] = order
        if order.member == MEMBER:
            self.mine.append(order)
            self.by_client[MEMBER, order.client] = order

    def _rest(self, order: books.Order, market: markets.Market) -> None:
        market.book.add(order)
        if order.member == MEMBER:
            self.resting[order.id] = order
        self._level(order, order.remaining)
        self._reserve(order)

    def _reserve(self, order: books.Order) -> None:
        if order.member == MEMBER:
            order.reserved = self.account.collateral(order.ticker, order.side, order.price, order.remaining)

    def _resize(self, order: books.Order, remaining: int) -> None:
        self._level(order, remaining - order.remaining)
        order.remaining = remaining
        self._reserve(order)

    def _withdraw(self, order: books.Order) -> None:
        market = self.markets[order.ticker]
        if order in market.book.levels[order.side].get(order.price, ()):
            self._level(order, -order.remaining)
            market.book.remove(order)
        self._end(order, "canceled")
        self._changed(order)
        self._tick(market)

    def _end(self, order: books.Order, status: str) -> None:
        order.status, order.reserved = status, 0
        if status == "canceled":
            order.remaining = 0
        self.resting.pop(order.id, None)
        if order.member != MEMBER:
            self.orders.pop(order.id, None)

    def _changed(self, order: books.Order) -> None:
        order.updated = self.now()
        if order.member == MEMBER:
            order.history.append((order.updated, order_row(order)))
            self.tell("order", order=order)

    def _level(self, order: books.Order, change: int) -> None:
        if change:
            client = order.client if order.member == MEMBER else ""
            self.tell("level", ticker=order.ticker, side=order.side, price=order.price, change=change, client=client)

    def _tick(self, market: markets.Market) -> None:
        self.tell("ticker", ticker=market.ticker)

    def sweep(self, market: markets.Market, *, every: bool) -> None:
        """Withdraw what rests in a market: all of it, or what wanted to go when trading pauses."""
        for order in market.book.orders():
            if every or order.cancel_on_pause:
                self._withdraw(order)

    def expire(self) -> None:
        now = self.now()
        for order in [each for each in self.resting.values() if each.expires is not None and each.expires <= now]:
            self._withdraw(order)


def order_row(order: books.Order) -> dict[str, object]:
    """An order as lists show it."""
    costs = {
        "taker_fees_dollars": order.taker_fees,
        "maker_fees_dollars": order.maker_fees,
        "taker_fill_cost_dollars": order.taker_cost,
        "maker_fill_cost_dollars": order.maker_cost,
    }
    return {
        "order_id": order.id,
        "user_id": "00000000-0000-4000-8000-000000000000",
        "client_order_id": order.client,
        "ticker": order.ticker,
        "outcome_side": "yes" if order.side == books.BID else "no",
        "book_side": order.side,
        "type": "limit",
        "status": order.status,
        "yes_price_dollars": amounts.price_text(order.price),
        "no_price_dollars": amounts.price_text(amounts.DOLLAR - order.price),
        "fill_count_fp": amounts.count_text(order.filled),
        "remaining_count_fp": amounts.count_text(order.remaining),
        "initial_count_fp": amounts.count_text(order.initial),
        **{name: amounts.money_text(value) for name, value in costs.items()},
        "expiration_time": markets.moment(order.expires) if order.expires else None,
        "created_time": markets.moment(order.created),
        "last_update_time": markets.moment(order.updated),
        "self_trade_prevention_type": order.stp,
        "order_group_id": order.group,
        "cancel_order_on_pause": order.cancel_on_pause,
        "subaccount_number": 0,
        "exchange_index": 0,
    }
