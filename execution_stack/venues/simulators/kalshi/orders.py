"""Placing, cancelling, decreasing, amending, alone and in batches; and order groups."""

from aiohttp import web

from execution_stack.venues.simulators.kalshi import amounts, books, reading
from execution_stack.venues.simulators.kalshi.exchange import Group, RejectionError
from execution_stack.venues.simulators.kalshi.faults import Fault
from execution_stack.venues.simulators.kalshi.state import State

BASE = "/trade-api/v2/portfolio/events/orders"
GROUPS = "/trade-api/v2/portfolio/order_groups"
Row = reading.Row


class Orders:
    def __init__(self, server: State) -> None:
        self._server, self._exchange = server, server.exchange

    async def place(self, request: web.Request) -> web.Response:
        return web.json_response(self._place(reading.body(await request.read())), status=201)

    async def place_many(self, request: web.Request) -> web.Response:
        wanted = reading.body(await request.read()).get("orders")
        if not isinstance(wanted, list) or not wanted:
            raise RejectionError(400, "missing_parameters", "orders")
        answers = []
        for each in wanted:
            client = each.get("client_order_id") if isinstance(each, dict) else None
            try:
                answers.append({**self._place(each if isinstance(each, dict) else {}), "error": None})
            except RejectionError as rejection:
                answers.append({"client_order_id": client, "error": reading.item_error(rejection)})
        return web.json_response({"orders": answers}, status=201)

    def _place(self, row: Row) -> Row:
        asked = reading.asked(row, str(self._exchange.ids.ref()))
        if self._server.faults.strikes("place", Fault.TAMPERED):
            asked.count += amounts.CONTRACT
        order = self._exchange.place(asked)
        told: Row = {
            "order_id": order.id,
            "client_order_id": order.client,
            "fill_count": amounts.count_text(order.filled),
            "remaining_count": amounts.count_text(order.remaining),
            "ts_ms": order.updated // 1000,
        }
        if order.filled:
            cost = order.taker_cost * amounts.CONTRACT // order.filled
            yes = cost if order.side == books.BID else amounts.DOLLAR - cost
            told["average_fill_price"] = amounts.price_text(yes)
            told["average_fee_paid"] = amounts.price_text(order.taker_fees * amounts.CONTRACT // order.filled)
        return told

    async def cancel(self, request: web.Request) -> web.Response:
        return web.json_response(self._cancel(request.match_info["order_id"], request.query.get("market_ticker")))

    async def cancel_many(self, request: web.Request) -> web.Response:
        answers = []
        for each in reading.body(await request.read()).get("orders") or []:
            order_id = str(each.get("order_id"))
            try:
                answers.append({**self._cancel(order_id, each.get("market_ticker")), "error": None})
            except RejectionError as rejection:
                answers.append({"order_id": order_id, "reduced_by": "0.00", "error": reading.item_error(rejection)})
        return web.json_response({"orders": answers})

    def _cancel(self, order_id: str, ticker: str | None) -> Row:
        found = self._exchange.orders.get(order_id)
        if found is not None and ticker not in {None, found.ticker}:
            raise RejectionError(404, "not_found", "the order is not on that market's shard")
        order, reduced = self._exchange.cancel(order_id)
        return {
            "order_id": order.id,
            "client_order_id": order.client,
            "reduced_by": amounts.count_text(reduced),
            "ts_ms": order.updated // 1000,
        }

    async def cancel_all(self, _request: web.Request) -> web.Response:
        self._exchange.cancel_all()
        return web.Response(status=204)

    async def decrease(self, request: web.Request) -> web.Response:
        row = reading.body(await request.read())
        to, by = row.get("reduce_to"), row.get("reduce_by")
        if (to is None) == (by is None):
            raise RejectionError(400, "invalid_order", "exactly one of reduce_by and reduce_to")
        order = self._exchange.decrease(
            request.match_info["order_id"],
            to=reading.count(to) if to is not None else None,
            by=reading.count(by) if by is not None else None,
        )
        return web.json_response(
            {
                "order_id": order.id,
                "client_order_id": order.client,
                "remaining_count": amounts.count_text(order.remaining),
                "ts_ms": order.updated // 1000,
            }
        )

    async def amend(self, request: web.Request) -> web.Response:
        row = reading.body(await request.read())
        order = self._exchange.orders.get(request.match_info["order_id"])
        if order is not None and (row.get("ticker") != order.ticker or row.get("side") != order.side):
            raise RejectionError(400, "invalid_order", "ticker or side")
        before = (order.remaining, order.client) if order is not None else None
        amended, filled = self._exchange.amend(
            request.match_info["order_id"],
            price=reading.price(row.get("price")),
            total=reading.count(row.get("count")),
            client=row.get("updated_client_order_id"),
        )
        told = bool(filled) or before is None or amended.remaining != before[0]
        return web.json_response(
            {
                "order_id": amended.id,
                "client_order_id": amended.client,
                "remaining_count": amounts.count_text(amended.remaining) if told else None,
                "fill_count": amounts.count_text(filled) if told else None,
                "average_fill_price": None,
                "average_fee_paid": None,
                "ts_ms": amended.updated // 1000,
            }
        )

    async def group_create(self, request: web.Request) -> web.Response:
        row = reading.body(await request.read())
        whole, text = row.get("contracts_limit"), row.get("contracts_limit_fp")
        limit = reading.count(text) if text else int(whole or 0) * amounts.CONTRACT
        if limit <= 0:
            raise RejectionError(400, "missing_parameters", "contracts_limit")
        group = Group(str(self._exchange.ids.ref()), limit)
        self._exchange.groups[group.id] = group
        return web.json_response({"order_group_id": group.id, "subaccount": 0, "exchange_index": 0}, status=201)

    async def group_command(self, request: web.Request) -> web.Response:
        group = self._exchange.groups.get(request.match_info["group_id"])
        if group is None:
            raise RejectionError(404, "not_found")
        if request.match_info["do"] == "trigger":
            self._exchange.trigger(group)
        elif request.match_info["do"] == "reset":
            group.triggered, group.matched = False, []
        else:
            raise RejectionError(404, "not_found")
        return web.json_response({})


def meet(server: State, request: web.Request) -> None:
    """Somebody takes one contract of an order just before it is cancelled."""
    order = server.exchange.orders.get(request.match_info.get("order_id", ""))
    if order is not None and order.status == "resting":
        other = books.ASK if order.side == books.BID else books.BID
        server.makers.take(order.ticker, other, order.price, min(order.remaining, amounts.CONTRACT))


def routes(app: web.Application, server: State) -> None:
    these = Orders(server)
    app.add_routes(
        [
            web.post(BASE, these.place, name="place"),
            web.delete(BASE, these.cancel_all, name="cancel_all"),
            web.post(f"{BASE}/batched", these.place_many, name="place_many"),
            web.delete(f"{BASE}/batched", these.cancel_many, name="cancel_many"),
            web.delete(f"{BASE}/{{order_id}}", these.cancel, name="cancel"),
            web.post(f"{BASE}/{{order_id}}/amend", these.amend, name="amend"),
            web.post(f"{BASE}/{{order_id}}/decrease", these.decrease, name="decrease"),
            web.post(f"{GROUPS}/create", these.group_create, name="group"),
            web.put(f"{GROUPS}/{{group_id}}/{{do}}", these.group_command, name="group_command"),
        ]
    )
