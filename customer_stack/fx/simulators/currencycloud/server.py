"""Currencycloud as its reference describes it: tokens, rates, conversions found by their `unique_request_id`, balances.

https://developer.currencycloud.com/api-reference/
"""

import uuid
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from aiohttp import web

from boundary.kernel import clock, ids
from customer_stack.fx.simulators import serving

LOGIN, KEY = "treasury@market.example", "fictional-key"
_CENT = Decimal("0.01")
_LATER = {"code": "invalid_supplied_credentials", "message": "Authentication failed with the supplied credentials"}


class Server(serving.Vendor):
    orders = frozenset({"/v2/conversions/create"})
    tokens = frozenset({"/v2/authenticate/api"})

    def __init__(
        self, rates: Mapping[str, tuple[str, str]], time: clock.Clock | None = None, random: ids.Ids | None = None
    ) -> None:
        super().__init__(rates, time)
        self.conversions: list[dict[str, Any]] = []
        self.balances = {"USD": Decimal("1000.00")}
        self._ids = random or ids.SystemIds()
        self._valid: set[str] = set()

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v2/authenticate/api", self._authenticate)
        app.router.add_get("/v2/rates/find", self._rates)
        app.router.add_get("/v2/rates/detailed", self._detailed)
        app.router.add_post("/v2/conversions/create", self._create)
        app.router.add_get("/v2/conversions/find", self._find)
        app.router.add_get("/v2/balances/find", self._balances)

    async def _authenticate(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form.get("login_id"), form.get("api_key")) != (LOGIN, KEY):
            return _unauthorized()
        token = self._ids.token(16).hex()
        self._valid.add(token)
        return web.json_response({"auth_token": token})

    def _is_in(self, request: web.Request) -> bool:
        if self.is_at(serving.Fault.FORGETFUL):
            self._valid.clear()
        return request.headers.get("X-Auth-Token") in self._valid

    async def _rates(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        wanted = request.query["currency_pair"].split(",")
        known = {code: [str(each) for each in self.shown(code)] for code in wanted if code in self.rates}
        return web.json_response({"rates": known, "unavailable": [code for code in wanted if code not in known]})

    async def _detailed(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        query = request.query
        priced = self._price(query["buy_currency"], query["sell_currency"], query["fixed_side"], query["amount"])
        if priced is None:
            return web.json_response({"error_code": "rate_not_found", "error_messages": {}}, status=404)
        code, rate, bought, sold = priced
        return web.json_response(
            {
                "settlement_cut_off_time": "2026-11-24T15:00:00Z",
                "currency_pair": code,
                "client_buy_currency": query["buy_currency"],
                "client_sell_currency": query["sell_currency"],
                "client_buy_amount": str(bought),
                "client_sell_amount": str(sold),
                "fixed_side": query["fixed_side"],
                "client_rate": str(rate),
                "partner_rate": None,
                "core_rate": str(rate),
                "deposit_required": False,
                "deposit_amount": "0.0",
                "deposit_currency": query["sell_currency"],
                "mid_market_rate": str(rate),
            }
        )

    def _price(self, buy: str, sell: str, side: str, text: str) -> tuple[str, Decimal, Decimal, Decimal] | None:
        """The pair as the market names it, the rate, what is bought and what is sold."""
        amount = Decimal(text)
        if buy + sell in self.rates:
            code, rate = buy + sell, self.rates[buy + sell][1]
            bought = amount if side == "buy" else amount / rate
            sold = amount if side == "sell" else amount * rate
        elif sell + buy in self.rates:
            code, rate = sell + buy, self.rates[sell + buy][0]
            bought = amount if side == "buy" else amount * rate
            sold = amount if side == "sell" else amount / rate
        else:
            return None
        return code, rate, bought.quantize(_CENT, ROUND_HALF_UP), sold.quantize(_CENT, ROUND_HALF_UP)

    async def _create(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        form = {key: str(value) for key, value in (await request.post()).items()}
        reference = form.get("unique_request_id")
        doubled = any(each["unique_request_id"] == reference for each in self.conversions) and reference
        if doubled and not self.is_at(serving.Fault.DONE_TWICE):
            return web.json_response({"error_code": "duplicate_request", "error_messages": {}}, status=400)
        if form.get("term_agreement") != "true":
            return web.json_response({"error_code": "term_agreement_not_accepted", "error_messages": {}}, status=400)
        priced = self._price(form["buy_currency"], form["sell_currency"], form["fixed_side"], form["amount"])
        if priced is None:
            return web.json_response({"error_code": "rate_not_found", "error_messages": {}}, status=404)
        code, rate, bought, sold = priced
        made = {
            "id": str(self._ids.ref()),
            "settlement_date": "2026-11-24T15:00:00+00:00",
            "conversion_date": "2026-11-24T00:00:00+00:00",
            "short_reference": "20261120-SIMLTR",
            "account_id": str(uuid.UUID(int=1)),
            "currency_pair": code,
            "status": "awaiting_funds",
            "buy_currency": form["buy_currency"],
            "sell_currency": form["sell_currency"],
            "client_buy_amount": str(bought),
            "client_sell_amount": str(sold),
            "fixed_side": form["fixed_side"],
            "core_rate": str(rate),
            "client_rate": str(rate),
            "unique_request_id": reference,
            "created_at": self.time.now().isoformat(timespec="seconds"),
            "updated_at": self.time.now().isoformat(timespec="seconds"),
        }
        self.conversions.append(made)
        return web.json_response(made)

    async def _find(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        reference = request.query.get("unique_request_id")
        found = [each for each in self.conversions if reference is None or each["unique_request_id"] == reference]
        if self.is_at(serving.Fault.LISTED_TWICE):
            found = found * 2
        return web.json_response({"conversions": found, "pagination": {"total_entries": len(found)}})

    async def _balances(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        rows = [
            {"id": str(uuid.UUID(int=number)), "currency": code, "amount": str(amount)}
            for number, (code, amount) in enumerate(self.balances.items())
        ]
        return web.json_response({"balances": rows, "pagination": {"total_entries": len(rows)}})


def _unauthorized() -> web.Response:
    return web.json_response({"error_code": "auth_failed", "error_messages": {"username": [_LATER]}}, status=401)
