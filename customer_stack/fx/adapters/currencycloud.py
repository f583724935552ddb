"""Currencycloud: the provider over its API v2, and the feed of its rates. The token holds half an hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from boundary.kernel import clock, primitives
from customer_stack.fx import model
from customer_stack.fx.adapters import http
from customer_stack.fx.formats import currencycloud as wire
from customer_stack.fx.model import refusals

NAME = "currencycloud"
HELD = timedelta(minutes=25)
_OK, _UNAUTHORIZED = 200, 401


class Currencycloud:
    """`https://LOGIN_ID:API_KEY@api.currencycloud.com`."""

    def __init__(self, address: http.Address, time: clock.Clock, *, patience: timedelta = http.PATIENCE) -> None:
        self._address = address
        self._caller = http.Caller(address.origin, time, patience=patience)
        self._clock = time
        self._token = ""
        self._until: datetime | None = None

    @property
    def source(self) -> model.Source:
        return model.Source(NAME, self._address.origin)

    async def read(self, pairs: Sequence[model.Pair]) -> list[model.Observation]:
        answer = await self._rates(pairs)
        found, digest = wire.rates(answer.body), primitives.sha256(answer.body)
        return [model.Observation(pair, *found[pair.code], answer.at, digest) for pair in pairs if pair.code in found]

    async def get_fx_pairs(self, pairs: Sequence[model.Pair]) -> list[model.PairInfo]:
        found = wire.rates((await self._rates(pairs)).body)
        return [model.PairInfo(pair, *found[pair.code], tradable=True) for pair in pairs if pair.code in found]

    async def get_fx_quote(self, pair: model.Pair) -> model.ProviderQuote:
        answer = await self._rates([pair])
        found = wire.rates(answer.body)
        if pair.code not in found:
            raise refusals.ProviderRefused("the vendor does not trade this pair", pair=str(pair))
        return model.ProviderQuote(pair, *found[pair.code], answer.at)

    async def get_fx_rate(self, base: str, quote: str) -> model.ProviderRate:
        answer = await self._asked("GET", wire.DETAILED, params=wire.detailed(base, quote))
        return model.ProviderRate(base, quote, wire.detailed_rate(answer.body, base, quote), answer.at)

    async def create_fx_order(self, wanted: model.Wanted) -> model.Fill:
        answer = await self._ask("POST", wire.CREATE, moves=True, data=wire.order(wanted))
        if answer.status != _OK:
            raise refusals.ProviderRefused("the vendor refuses the order", status=answer.status)
        try:
            return wire.made(answer.body, wanted)
        except refusals.ProviderSilent:  # they said yes, and we cannot read to what
            raise refusals.OrderUnknown("the vendor's answer to an order cannot be read") from None

    async def find_fx_order(self, wanted: model.Wanted) -> model.Fill | None:
        query = {"unique_request_id": str(wanted.reference), "per_page": str(wire.PER_PAGE)}
        return wire.found((await self._asked("GET", wire.FIND, params=query)).body, wanted)

    async def get_fx_positions(self) -> list[model.ProviderPosition]:
        return wire.balances((await self._asked("GET", wire.BALANCES, params={"per_page": str(wire.PER_PAGE)})).body)

    async def close_fx_position(self, pair: model.Pair, reference: UUID) -> model.Fill:
        amount = next((each.amount for each in await self.get_fx_positions() if each.currency == pair.base), None)
        if amount is None or amount <= 0:
            raise refusals.ProviderRefused("there is nothing to close", pair=str(pair))
        return await self.create_fx_order(model.Wanted(reference, pair.base, pair.quote, model.Side.SELL, amount))

    async def close(self) -> None:
        await self._caller.close()

    async def _rates(self, pairs: Sequence[model.Pair]) -> http.Answer:
        return await self._asked("GET", wire.RATES, params={"currency_pair": ",".join(pair.code for pair in pairs)})

    async def _asked(self, method: str, path: str, **more: Any) -> http.Answer:
        answer = await self._ask(method, path, **more)
        if answer.status != _OK:
            raise refusals.ProviderRefused("the vendor refuses", status=answer.status)
        return answer

    async def _ask(self, method: str, path: str, **more: Any) -> http.Answer:
        """With a token; one that they forgot is renewed once. Whoever is not let in has done nothing."""
        answer = await self._caller.ask(method, path, headers=await self._headers(), **more)
        if answer.status == _UNAUTHORIZED:
            self._until = None
            answer = await self._caller.ask(method, path, headers=await self._headers(), **more)
        return answer

    async def _headers(self) -> Mapping[str, str]:
        now = self._clock.now()
        if self._until is None or now >= self._until:
            form = wire.login(self._address.login, self._address.password)
            answer = await self._caller.ask("POST", wire.AUTHENTICATE, data=form)
            if answer.status != _OK:
                raise refusals.ProviderSilent("the vendor does not let us in", status=answer.status)
            self._token, self._until = wire.token(answer.body), now + HELD
        return {wire.TOKEN_HEADER: self._token}
