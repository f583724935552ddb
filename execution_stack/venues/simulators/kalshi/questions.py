"""Everything that may be asked: orders, fills, positions, balance, settlements, the catalogue, books, status, limits."""

from aiohttp import web

from execution_stack.venues.simulators.kalshi import limits, markets, rows
from execution_stack.venues.simulators.kalshi.exchange import RejectionError
from execution_stack.venues.simulators.kalshi.faults import Fault
from execution_stack.venues.simulators.kalshi.state import State

PREFIX = "/trade-api/v2"


class Questions:
    def __init__(self, server: State) -> None:
        self._server, self._exchange = server, server.exchange

    @property
    def _lag(self) -> int:
        return self._server.faults.lag_ms * 1000

    async def orders(self, request: web.Request) -> web.Response:
        return web.json_response(rows.orders(self._exchange, request.query, self._lag))

    async def order(self, request: web.Request) -> web.Response:
        return web.json_response(rows.order(self._exchange, request.match_info["order_id"], self._lag))

    async def fills(self, request: web.Request) -> web.Response:
        doubled = self._server.faults.strikes("fills", Fault.DUPLICATE_FILL)
        return web.json_response(rows.fills(self._exchange, request.query, self._lag, doubled=doubled))

    async def positions(self, request: web.Request) -> web.Response:
        return web.json_response(rows.positions(self._exchange, request.query))

    async def balance(self, _request: web.Request) -> web.Response:
        return web.json_response(rows.balance(self._exchange))

    async def settlements(self, request: web.Request) -> web.Response:
        return web.json_response(rows.settlements(self._exchange, request.query))

    async def series(self, _request: web.Request) -> web.Response:
        return web.json_response({"series": [each.row() for each in self._exchange.series.values()]})

    async def events(self, request: web.Request) -> web.Response:
        return web.json_response(rows.events(self._exchange, request.query))

    async def listed(self, request: web.Request) -> web.Response:
        return web.json_response(rows.listed(self._exchange, request.query))

    async def market(self, request: web.Request) -> web.Response:
        return web.json_response({"market": self._market(request).row()})

    async def book(self, request: web.Request) -> web.Response:
        return web.json_response(rows.book(self._market(request)))

    def _market(self, request: web.Request) -> markets.Market:
        found = self._exchange.markets.get(request.match_info["ticker"])
        if found is None:
            raise RejectionError(404, "not_found")
        return found

    async def status(self, _request: web.Request) -> web.Response:
        told: rows.Row = {
            "exchange_active": self._exchange.exchange_active,
            "trading_active": self._exchange.trading_active,
            "intra_exchange_transfers_active": True,
        }
        return web.json_response(told)

    async def as_of(self, _request: web.Request) -> web.Response:
        return web.json_response({"as_of_time": markets.moment(self._exchange.now() - self._lag)})

    async def limits(self, _request: web.Request) -> web.Response:
        told = {"read": self._server.read.row(), "write": self._server.write.row()}
        return web.json_response({"usage_tier": "prime", **told, "grants": []})

    async def costs(self, _request: web.Request) -> web.Response:
        costs = [{"method": method, "path": path, "cost": cost} for (method, path), cost in limits.COSTS.items()]
        return web.json_response({"default_cost": limits.DEFAULT_COST, "endpoint_costs": costs})


def routes(app: web.Application, server: State) -> None:
    these = Questions(server)
    app.add_routes(
        [
            web.get(f"{PREFIX}/portfolio/orders", these.orders, name="orders"),
            web.get(f"{PREFIX}/portfolio/orders/{{order_id}}", these.order, name="order"),
            web.get(f"{PREFIX}/portfolio/fills", these.fills, name="fills"),
            web.get(f"{PREFIX}/portfolio/positions", these.positions, name="positions"),
            web.get(f"{PREFIX}/portfolio/balance", these.balance, name="balance"),
            web.get(f"{PREFIX}/portfolio/settlements", these.settlements, name="settlements"),
            web.get(f"{PREFIX}/series", these.series, name="series"),
            web.get(f"{PREFIX}/events", these.events, name="events"),
            web.get(f"{PREFIX}/markets", these.listed, name="markets"),
            web.get(f"{PREFIX}/markets/{{ticker}}", these.market, name="market"),
            web.get(f"{PREFIX}/markets/{{ticker}}/orderbook", these.book, name="book"),
            web.get(f"{PREFIX}/exchange/status", these.status, name="status"),
            web.get(f"{PREFIX}/exchange/user_data_timestamp", these.as_of, name="as_of"),
            web.get(f"{PREFIX}/account/limits", these.limits, name="limits"),
            web.get(f"{PREFIX}/account/endpoint_costs", these.costs, name="costs"),
        ]
    )
