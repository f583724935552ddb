"""OpenPayd: the provider over its API, and the feed of what it quotes.

It quotes between two accounts of ours, so a bid is what it gives for a thousand of the base currency, and an ask what it
takes for them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp

from boundary.kernel import clock, primitives
from customer_stack.fx import model
from customer_stack.fx.adapters import http
from customer_stack.fx.formats import openpayd as wire
from customer_stack.fx.model import refusals

NAME = "openpayd"
EARLY = timedelta(seconds=60)
_OK, _CREATED, _UNAUTHORIZED = 200, 201, 401


class OpenPayd:
    """`https://LOGIN:PASSWORD@host` of the tenant that OpenPayd gave us."""

    def __init__(self, address: http.Address, time: clock.Clock, *, patience: timedelta = http.PATIENCE) -> None:
        self._address = address
        self._caller = http.Caller(address.origin, time, patience=patience)
        self._clock = time
        self._session: wire.Session | None = None
        self._until: datetime | None = None

    @property
    def source(self) -> model.Source:
        return model.Source(NAME, self._address.origin)

    async def read(self, pairs: Sequence[model.Pair]) -> list[model.Observation]:
        accounts = await self._accounts()
        said = []
        for pair in pairs:
            if pair.base in accounts and pair.quote in accounts:
                quote, digest = await self._quoted(pair, accounts)
                said.append(model.Observation(pair, quote.bid, quote.ask, quote.at, digest))
        return said

    async def get_fx_pairs(self, pairs: Sequence[model.Pair]) -> list[model.PairInfo]:
        return [model.PairInfo(each.pair, each.bid, each.ask, tradable=True) for each in await self.read(pairs)]

    async def get_fx_quote(self, pair: model.Pair) -> model.ProviderQuote:
        quote, _ = await self._quoted(pair, await self._accounts())
        return quote

    async def get_fx_rate(self, base: str, quote: str) -> model.ProviderRate:
        found = await self.get_fx_quote(model.Pair(base, quote))
        return model.ProviderRate(base, quote, found.ask, found.at)

    async def create_fx_order(self, wanted: model.Wanted) -> model.Fill:
        accounts = await self._accounts()
        body = self._body(accounts, wanted)
        quoted = await self._asked("POST", wire.QUOTE, data=wire.encoded(body))
        told = body | {"quoteId": wire.quote_id(quoted.body), "comment": str(wanted.reference)}
        answer = await self._ask("POST", wire.EXCHANGE, moves=True, data=wire.encoded(told))
        if answer.status not in {_OK, _CREATED}:
            raise refusals.ProviderRefused("the vendor refuses the order", status=answer.status)
        try:
            return wire.made(answer.body, wanted)
        except refusals.ProviderSilent:  # they said yes, and we cannot read to what
            raise refusals.OrderUnknown("the vendor's answer to an order cannot be read") from None

    async def find_fx_order(self, wanted: model.Wanted) -> model.Fill | None:
        return wire.found((await self._asked("GET", wire.TRANSACTIONS)).body, wanted)

    async def get_fx_positions(self) -> list[model.ProviderPosition]:
        return [model.ProviderPosition(each.currency, each.available) for each in (await self._accounts()).values()]

    async def close_fx_position(self, pair: model.Pair, reference: UUID) -> model.Fill:
        account = (await self._accounts()).get(pair.base)
        if account is None or account.available <= 0:
            raise refusals.ProviderRefused("there is nothing to close", pair=str(pair))
        wanted = model.Wanted(reference, pair.base, pair.quote, model.Side.SELL, account.available)
        return await self.create_fx_order(wanted)

    async def close(self) -> None:
        await self._caller.close()

    async def _quoted(
        self, pair: model.Pair, accounts: Mapping[str, wire.Account]
    ) -> tuple[model.ProviderQuote, bytes]:
        """Both sides of a pair, and the digest of the bytes that said so."""
        given = model.Wanted(UUID(int=0), pair.base, pair.quote, model.Side.SELL, wire.PROBE)
        taken = model.Wanted(UUID(int=0), pair.quote, pair.base, model.Side.BUY, wire.PROBE)
        bid = await self._asked("POST", wire.QUOTE, data=wire.encoded(self._body(accounts, given)))
        ask = await self._asked("POST", wire.QUOTE, data=wire.encoded(self._body(accounts, taken)))
        quote = model.ProviderQuote(
            pair, wire.rate(bid.body, pair.base), wire.rate(ask.body, pair.base), min(bid.at, ask.at)
        )
        return quote, primitives.sha256(bid.body + ask.body)

    def _body(self, accounts: Mapping[str, wire.Account], wanted: model.Wanted) -> dict[str, Any]:
        try:
            return wire.asked(accounts[wanted.sell], accounts[wanted.buy], wanted.side, wanted.amount)
        except KeyError:
            raise refusals.ProviderRefused("we have no account with the vendor in one of these currencies") from None

    async def _accounts(self) -> Mapping[str, wire.Account]:
        return wire.accounts((await self._asked("GET", wire.ACCOUNTS)).body)

    async def _asked(self, method: str, path: str, **more: Any) -> http.Answer:
        answer = await self._ask(method, path, **more)
        if answer.status not in {_OK, _CREATED}:
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
        if self._session is None or self._until is None or now >= self._until:
            basic = aiohttp.encode_basic_auth(self._address.login, self._address.password)
            answer = await self._caller.ask("POST", wire.TOKEN, headers={"Authorization": basic})
            if answer.status != _OK:
                raise refusals.ProviderSilent("the vendor does not let us in", status=answer.status)
            self._session = wire.session(answer.body)
            self._until = now + timedelta(seconds=self._session.expires_in) - EARLY
        return {
            "Authorization": f"Bearer {self._session.access_token}",
            wire.HOLDER_HEADER: self._session.account_holder_id,
            "Content-Type": "application/json",
        }
