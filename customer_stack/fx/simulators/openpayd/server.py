"""OpenPayd as its reference describes it: a token by HTTP Basic, accounts, detailed quotes, exchanges, transactions.

https://apidocs.openpayd.com/reference
"""

import base64
import json
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from aiohttp import web

from boundary.kernel import clock, ids
from customer_stack.fx.simulators import serving

LOGIN, PASSWORD = "treasury", "fictional-password"
_CENT = Decimal("0.01")


class Server(serving.Vendor):
    orders = frozenset({"/api/transactions/exchange"})
    tokens = frozenset({"/api/oauth/token"})

    def __init__(
        self, rates: Mapping[str, tuple[str, str]], time: clock.Clock | None = None, random: ids.Ids | None = None
    ) -> None:
        super().__init__(rates, time)
        self._ids = random or ids.SystemIds()
        codes = sorted({part for code in rates for part in (code[:3], code[3:])})
        self.accounts = {code: str(self._ids.ref()) for code in codes}
        self.balances = dict.fromkeys(codes, Decimal("1000.00"))
        self.exchanges: list[dict[str, Any]] = []
        self._quotes: set[str] = set()
        self._valid: set[str] = set()
        self._holder = str(self._ids.ref())

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/api/oauth/token", self._token)
        app.router.add_get("/api/accounts", self._accounts)
        app.router.add_post("/api/transactions/exchange/quote/detailed", self._quote)
        app.router.add_post("/api/transactions/exchange", self._exchange)
        app.router.add_get("/api/transactions", self._transactions)

    async def _token(self, request: web.Request) -> web.Response:
        wanted = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != wanted or request.query.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unauthorized"}, status=401)
        token = self._ids.token(16).hex()
        self._valid.add(token)
        return web.json_response(
            {"access_token": token, "token_type": "bearer", "expires_in": 1800, "accountHolderId": self._holder}
        )

    def _is_in(self, request: web.Request) -> bool:
        if self.is_at(serving.Fault.FORGETFUL):
            self._valid.clear()
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return bearer in self._valid and request.headers.get("x-account-holder-id") == self._holder

    async def _accounts(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        rows = [
            {
                "id": number,
                "internalAccountId": number,
                "status": "ACTIVE",
                "availableBalance": {"value": self.balances[code], "currency": code},
            }
            for code, number in self.accounts.items()
        ]
        return _json({"content": rows, "totalElements": len(rows)})

    def _priced(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """What is sold and bought between the two accounts."""
        codes = {number: code for code, number in self.accounts.items()}
        sell, buy = codes[body["source"]["identifier"]], codes[body["destination"]["identifier"]]
        amount, side = Decimal(body["amount"]["value"]), body["fixedSide"]
        if sell + buy in self.rates:
            rate = self.shown(sell + buy)[0]
            sold, bought = (amount, amount * rate) if side == "SELL" else (amount / rate, amount)
        elif buy + sell in self.rates:
            rate = self.shown(buy + sell)[1]
            sold, bought = (amount, amount / rate) if side == "SELL" else (amount * rate, amount)
        else:
            return None
        return {
            "fixedSide": side,
            "fxRate": rate,
            "sellAmount": {"value": sold.quantize(_CENT, ROUND_HALF_UP), "currency": sell},
            "buyAmount": {"value": bought.quantize(_CENT, ROUND_HALF_UP), "currency": buy},
        }

    async def _quote(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        priced = self._priced(json.loads(await request.read(), parse_float=Decimal))
        if priced is None:
            return web.json_response({"errors": [{"code": "FX_PAIR_NOT_SUPPORTED"}]}, status=400)
        number = str(self._ids.ref())
        self._quotes.add(number)
        until = self.time.now().isoformat(timespec="seconds")
        return _json(priced | {"quoteId": number, "quoteValidUntil": until})

    async def _exchange(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        body = json.loads(await request.read(), parse_float=Decimal)
        priced = self._priced(body)
        if priced is None or body.get("quoteId") not in self._quotes:
            return web.json_response({"errors": [{"code": "QUOTE_NOT_FOUND"}]}, status=400)
        made = priced | {
            "id": str(self._ids.ref()),
            "transactionId": str(self._ids.ref()),
            "shortId": "SIMLTR",
            "type": "EXCHANGE",
            "status": "PROCESSING",
            "comment": body.get("comment"),
            "createdDate": self.time.now().isoformat(timespec="seconds"),
        }
        self.exchanges.append(made)
        return _json(made, status=201)

    async def _transactions(self, request: web.Request) -> web.Response:
        if not self._is_in(request):
            return _unauthorized()
        rows = self.exchanges * (2 if self.is_at(serving.Fault.LISTED_TWICE) else 1)
        return _json({"content": rows, "totalElements": len(rows)})


def _unauthorized() -> web.Response:
    return web.json_response({"error": "invalid_token"}, status=401)


def _json(body: Mapping[str, Any], status: int = 200) -> web.Response:
    """Decimals as JSON numbers, digit by digit."""
    text = json.dumps(body, default=lambda value: f"\0{value}\0" if isinstance(value, Decimal) else str(value))
    return web.Response(
        text=re.sub(r'"\\u0000(.*?)\\u0000"', r"\1", text), status=status, content_type="application/json"
    )
