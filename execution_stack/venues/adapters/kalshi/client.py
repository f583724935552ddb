"""The venue port over the exchange's REST interface, and the door to its stream."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import clock, ids
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import errors, http, messages, parse, signing, stream
from execution_stack.venues.formats import fixed_point
from execution_stack.venues.rules import orders as order_rules

W = TypeVar("W")
A = TypeVar("A")
R = TypeVar("R")
ORDERS = "/portfolio/events/orders"
ONE_ORDER = f"{ORDERS}/{{order_id}}"
BATCH_MAX = 20
"""The smallest batch that every tier may send."""
PAGE = 1000
PRIMARY = "0"
"""The subaccount that is ours; lists that do not name one are of all."""
EVENTS_PAGE = 200
LIMITS_AGE_MAX = timedelta(minutes=10)
"""The account's tier may change at any time, so its limits are asked for again."""
LEARNING_MAX = timedelta(seconds=2)
ACCEPTANCE = timedelta(seconds=30) + http.BEGIN_MAX + LEARNING_MAX
"""How long after it was asked for a request may still be taken: the exchange grants thirty seconds from when it was signed."""
_MARGIN = timedelta(seconds=10)
_FILTER = {
    model.MarketStatus.INITIALIZED: "unopened",
    model.MarketStatus.ACTIVE: "open",
    model.MarketStatus.INACTIVE: "paused",
    model.MarketStatus.CLOSED: "closed",
    model.MarketStatus.DETERMINED: "closed",
    model.MarketStatus.DISPUTED: "closed",
    model.MarketStatus.AMENDED: "closed",
    model.MarketStatus.FINALIZED: "settled",
}


class Client:
    """One account. Implements `ports.Venue`."""

    def __init__(
        self,
        url: str,
        ring: signing.Ring,
        time: clock.Clock,
        random: ids.Ids,
        *,
        patience: timedelta = http.PATIENCE,
        acceptance: timedelta = ACCEPTANCE,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._caller = http.Caller(url, ring, time, random, patience=patience, context=context)
        self._acceptance = acceptance
        self._time = time
        self._limits_at: datetime | None = None

    @property
    def skew(self) -> timedelta:
        """Our clock less the venue's."""
        return self._caller.skew

    # Orders

    async def place(self, order: model.Wanted) -> model.Placed:
        body = await self._post(ORDERS, ORDERS, _create(order), places=True)
        return _outcome(lambda: _plausible(order, parse.placed(parse.decode(body, messages.Placed), order)))

    async def place_many(self, orders: Sequence[model.Wanted]) -> list[model.Placed | model.Refused | model.Unknown]:
        _check_batch(orders)
        path = f"{ORDERS}/batched"
        wanted = messages.CreateOrders(tuple(_create(each) for each in orders))
        body = await self._post(path, path, wanted, places=True, weight=len(orders))
        found = _outcome(lambda: parse.decode(body, messages.PlacedItems))
        told = {each.client_order_id: each for each in found.orders}
        if len(found.orders) != len(orders) or len(told) != len(orders):
            raise model.Unknown("an answer to another batch: read back")
        return [_placed_item(told.get(str(each.client)), each) for each in orders]

    async def cancel(self, order: model.Handle) -> model.Cancelled:
        asked = http.Asked(
            "DELETE",
            f"{ORDERS}/{order.order}",
            ONE_ORDER,
            query={"market_ticker": order.market},
            moves=True,
            cancels=True,
        )
        body = await self._change(asked)
        return _outcome(lambda: parse.cancelled(parse.decode(body, messages.Cancelled), order))

    async def cancel_many(
        self, orders: Sequence[model.Handle]
    ) -> list[model.Cancelled | model.Refused | model.Unknown]:
        _check_batch(orders)
        path = f"{ORDERS}/batched"
        wanted = messages.CancelOrders(tuple(messages.CancelOne(str(each.order), each.market) for each in orders))
        asked = http.Asked(
            "DELETE",
            path,
            path,
            body=msgspec.json.encode(wanted),
            moves=True,
            cancels=True,
            weight=len(orders),
        )
        body = await self._change(asked)
        found = _outcome(lambda: parse.decode(body, messages.CancelledItems))
        told = {each.order_id: each for each in found.orders}
        return [_cancelled_item(told.get(each.order), each) for each in orders]

    async def cancel_all(self) -> None:
        await self._change(http.Asked("DELETE", ORDERS, ORDERS, moves=True, cancels=True))

    async def decrease(self, order: model.Handle, *, to: int) -> model.Reduced:
        wanted = messages.DecreaseOrder(fixed_point.count_text(to), order.market)
        body = await self._post(f"{ORDERS}/{order.order}/decrease", f"{ONE_ORDER}/decrease", wanted)
        return _outcome(lambda: parse.decreased(parse.decode(body, messages.Decreased), order))

    async def amend(self, before: model.Order, *, client: UUID, price: int, total: int) -> model.Amended:
        wanted = messages.AmendOrder(
            before.market,
            before.side.value,
            fixed_point.price_text(price),
            fixed_point.count_text(total),
            str(before.client),
            str(client),
        )
        body = await self._post(f"{ORDERS}/{before.order}/amend", f"{ONE_ORDER}/amend", wanted, places=True)
        return _outcome(lambda: parse.amended(parse.decode(body, messages.Amended), before))

    async def said(self, path: str) -> bytes:
        """An answer as it came, for evidence; it is read nowhere."""
        return await self._caller.ask(http.Asked("GET", path, path))

    # Reading back

    async def order(self, order: UUID) -> model.Order | None:
        path = "/portfolio/orders"
        found = await self._one(f"{path}/{order}", f"{path}/{{order_id}}", messages.OneOrder)
        if found is None:
            return None
        read = _read(lambda: parse.order(found.order))
        if read.order != order:
            raise model.Silent("an answer about another order")
        return read

    async def order_by_client(self, client: UUID, *, market: str, sent_at: datetime) -> model.Order | None:
        as_of = await self._as_of()
        around = self._acceptance + _MARGIN  # it took what we signed, so its clock was no further from ours than that
        first, last = sent_at - around, sent_at + around
        cursor, seen = "", set[str]()
        while True:
            page = await self._orders(_query(cursor, subaccount=PRIMARY, ticker=market, min_ts=first, max_ts=last))
            for each in page.items:
                if each.client == client:
                    return each
            cursor = page.cursor
            if not cursor:
                break
            if cursor in seen:
                raise model.Silent("a list that never ends")
            seen.add(cursor)
        if as_of <= sent_at + self._acceptance:
            raise model.Silent("not listed, but it may be yet")
        return None

    async def orders(
        self,
        *,
        since: datetime | None = None,
        status: model.OrderStatus | None = None,
        market: str | None = None,
        cursor: str = "",
    ) -> model.Page[model.Order]:
        named = status and status.value
        return await self._orders(_query(cursor, subaccount=PRIMARY, min_ts=since, status=named, ticker=market))

    async def _orders(self, query: dict[str, str]) -> model.Page[model.Order]:
        found = await self._ask("/portfolio/orders", messages.Orders, query)
        return model.Page(_read(lambda: tuple(parse.order(each) for each in found.orders)), found.cursor)

    async def fills(
        self, *, since: datetime | None = None, order: UUID | None = None, market: str | None = None, cursor: str = ""
    ) -> model.Page[model.Fill]:
        named = None if order is None else str(order)
        query = _query(cursor, subaccount=PRIMARY, min_ts=since, order_id=named, ticker=market)
        found = await self._ask("/portfolio/fills", messages.Fills, query)
        return model.Page(_read(lambda: tuple(parse.fill(each) for each in found.fills)), found.cursor)

    async def positions(self, *, cursor: str = "") -> model.Page[model.Position]:
        found = await self._ask("/portfolio/positions", messages.Positions, _query(cursor))
        return model.Page(_read(lambda: tuple(parse.position(each) for each in found.market_positions)), found.cursor)

    async def balance(self) -> model.Balance:
        found = await self._ask("/portfolio/balance", messages.Balance)
        return _read(lambda: parse.balance(found))

    async def settlements(self, *, since: datetime | None = None, cursor: str = "") -> model.Page[model.Settlement]:
        found = await self._ask("/portfolio/settlements", messages.Settlements, _query(cursor, min_ts=since))
        return model.Page(_read(lambda: tuple(parse.settlement(each) for each in found.settlements)), found.cursor)

    async def _as_of(self) -> datetime:
        found = await self._ask("/exchange/user_data_timestamp", messages.AsOf)
        return _read(lambda: parse.moment(found.as_of_time))

    # The catalogue

    async def series(self) -> model.Page[model.Series]:
        found = await self._ask("/series", messages.AllSeries)
        return _rows(found.series, messages.Series, parse.series, "")

    async def events(self, *, series: str | None = None, cursor: str = "") -> model.Page[model.Event]:
        query = _query(cursor, page=EVENTS_PAGE, series_ticker=series)
        found = await self._ask("/events", messages.Events, query)
        return _rows(found.events, messages.Event, parse.event, found.cursor)

    async def markets(
        self, *, event: str | None = None, status: model.MarketStatus | None = None, cursor: str = ""
    ) -> model.Page[model.Market]:
        query = _query(cursor, event_ticker=event, status=status and _FILTER[status])
        found = await self._ask("/markets", messages.Markets, query)
        page = _rows(found.markets, messages.Market, parse.market, found.cursor)
        kept = tuple(each for each in page.items if status in {None, each.status})
        return model.Page(kept, page.cursor, page.unread)

    async def market(self, ticker: str) -> model.Market | None:
        found = await self._one(f"/markets/{_path(ticker)}", "/markets/{ticker}", messages.OneMarket)
        return None if found is None else _read(lambda: parse.market(found.market))

    async def book(self, ticker: str) -> model.Book:
        route = "/markets/{ticker}/orderbook"
        found = await self._one(f"/markets/{_path(ticker)}/orderbook", route, messages.OneBook)
        if found is None:
            raise model.Refused(model.Code.MARKET_UNKNOWN)
        told = found.orderbook_fp
        bids, asks = _read(lambda: parse.levels(told.yes_dollars, told.no_dollars, asks_in_yes=False))
        return model.Book(ticker, bids, asks)

    async def status(self) -> model.ExchangeStatus:
        found = await self._ask("/exchange/status", messages.Status)
        resumes = found.exchange_estimated_resume_time
        return model.ExchangeStatus(
            found.exchange_active, found.trading_active, _read(lambda: parse.moment_or_none(resumes))
        )

    async def limits(self) -> model.Limits:
        found = await self._ask("/account/limits", messages.Limits)
        limits = _read(lambda: parse.limits(found))
        self._limits_at = self._time.now()
        self._caller.pacer.learn(limits)
        costs = await self._ask("/account/endpoint_costs", messages.Costs)
        priced = {(each.method, each.path): each.cost for each in costs.endpoint_costs}
        if not all(0 < each <= limits.write.capacity for each in (costs.default_cost, *priced.values())):
            raise model.Silent("prices that nobody could pay")
        self._caller.pacer.learn_costs(costs.default_cost, priced)
        return limits

    def stream(self, markets: Sequence[str]) -> stream.Stream:
        return stream.Stream(self._caller, markets)

    async def close(self) -> None:
        await self._caller.close()

    # How all of it is asked

    async def _post(
        self, path: str, route: str, body: msgspec.Struct, *, places: bool = False, weight: int = 1
    ) -> bytes:
        encoded = msgspec.json.encode(body)
        asked = http.Asked("POST", path, route, body=encoded, moves=True, places=places, weight=weight)
        return await self._change(asked)

    async def _change(self, asked: http.Asked) -> bytes:
        """The first change waits until the limits are known; if they cannot be had, those of the lowest tier hold."""
        if self._limits_at is None or self._time.now() - self._limits_at > LIMITS_AGE_MAX:
            self._limits_at = self._time.now()
            unlearnt = model.Silent, model.Limited, model.Refused, model.Unreachable, model.Unauthorised
            with contextlib.suppress(TimeoutError, *unlearnt):
                async with asyncio.timeout(LEARNING_MAX.total_seconds()):
                    await self.limits()
        return await self._caller.ask(asked)

    async def _ask(self, path: str, kind: type[A], query: dict[str, str] | None = None, *, route: str = "") -> A:
        body = await self._caller.ask(http.Asked("GET", path, route or path, query=query or {}))
        return _read(lambda: parse.decode(body, kind))

    async def _one(self, path: str, route: str, kind: type[A]) -> A | None:
        """None if there is no such thing."""
        try:
            return await self._ask(path, kind, route=route)
        except model.Refused as refused:
            if refused.reason in {model.Code.ORDER_UNKNOWN, model.Code.MARKET_UNKNOWN}:
                return None
            raise


def _create(order: model.Wanted) -> messages.CreateOrder:
    return messages.CreateOrder(
        ticker=order.market,
        client_order_id=str(order.client),
        side=order.side.value,
        count=fixed_point.count_text(order.count),
        price=fixed_point.price_text(order.price),
        time_in_force=order.time_in_force.value,
        self_trade_prevention_type=order.self_trade.value,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        cancel_order_on_pause=order.cancel_on_pause,
        expiration_time=None if order.expires_at is None else clock.to_micros(order.expires_at) // 1_000_000,
        order_group_id=order.group,
    )


def _check_batch(items: Sequence[object]) -> None:
    if not 0 < len(items) <= BATCH_MAX:
        raise model.Refused(model.Code.COUNT)


def _path(ticker: str) -> str:
    """A ticker as part of a path: what would need escaping is none."""
    if not ticker.replace("-", "").replace(".", "").replace("_", "").isalnum() or not ticker.isascii():
        raise model.Refused(model.Code.MARKET_UNKNOWN)
    return ticker


def _query(cursor: str, *, page: int = PAGE, **more: str | datetime | None) -> dict[str, str]:
    """Times are seconds there, cut off below."""
    found = {"limit": str(page), "cursor": cursor}
    for name, value in more.items():
        found[name] = str(clock.to_micros(value) // 1_000_000) if isinstance(value, datetime) else value or ""
    return {name: value for name, value in found.items() if value}


def _outcome(read: Callable[[], R]) -> R:
    """An answer to what changes something; what cannot be read says nothing of what happened."""
    try:
        return read()
    except parse.Unread:
        raise model.Unknown("answered, but not readably: read back") from None


def _read(read: Callable[[], R]) -> R:
    try:
        return read()
    except parse.Unread:
        raise model.Silent("an answer that cannot be read with certainty") from None


def _plausible(wanted: model.Wanted, placed: model.Placed) -> model.Placed:
    if not order_rules.plausible(wanted, placed):
        raise ValueError("an answer to another order")
    return placed


def _placed_item(
    told: messages.PlacedItem | None, wanted: model.Wanted
) -> model.Placed | model.Refused | model.Unknown:
    try:
        if told is None:
            raise ValueError("nothing is said of this order")
        if told.error is not None:
            return errors.item(errors.Told(told.error.code, details=told.error.details), places=True)
        return _plausible(wanted, parse.placed_item(told, wanted))
    except parse.Unread:
        return model.Unknown("what became of this order is not said readably: read back")


def _cancelled_item(
    told: messages.CancelledItem | None, handle: model.Handle
) -> model.Cancelled | model.Refused | model.Unknown:
    try:
        if told is None:
            raise ValueError("nothing is said of this order")
        if told.error is not None:
            return errors.item(errors.Told(told.error.code, details=told.error.details), places=False)
        return parse.cancelled(told, handle)
    except parse.Unread:
        return model.Unknown("what became of this order is not said readably: read back")


def _rows(rows: Sequence[msgspec.Raw], kind: type[W], read: Callable[[W], R], cursor: str) -> model.Page[R]:
    """Rows of the catalogue one by one: one that cannot be read does not hide the others, and is counted."""
    found, unread = [], 0
    for each in rows:
        try:
            found.append(read(msgspec.json.decode(each, type=kind)))
        except parse.Unread:
            unread += 1
    return model.Page(tuple(found), cursor, unread)
