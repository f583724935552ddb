"""The feed of the European Central Bank's reference rates: every pair of two currencies that it names."""

from collections.abc import Sequence
from datetime import timedelta

from boundary.kernel import clock, primitives
from customer_stack.fx import model
from customer_stack.fx.adapters import http
from customer_stack.fx.formats import ecb as wire
from customer_stack.fx.model import refusals

NAME = "ecb"
_OK = 200


class EuroReference:
    """`https://www.ecb.europa.eu`."""

    def __init__(self, address: http.Address, time: clock.Clock, *, patience: timedelta = http.PATIENCE) -> None:
        self._caller = http.Caller(address.origin, time, patience=patience)

    @property
    def source(self) -> model.Source:
        return model.Source(NAME, self._caller.origin)

    async def read(self, pairs: Sequence[model.Pair]) -> list[model.Observation]:
        answer = await self._caller.ask("GET", wire.DAILY)
        if answer.status != _OK:
            raise refusals.ProviderSilent("the bank's file is not there", status=answer.status)
        day, digest = wire.daily(answer.body), primitives.sha256(answer.body)
        said = [(pair, wire.crossed(day, pair)) for pair in pairs]
        return [model.Observation(pair, *rates, day.at, digest) for pair, rates in said if rates is not None]

    async def close(self) -> None:
        await self._caller.close()
