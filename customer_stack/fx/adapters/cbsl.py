"""The feed of the Central Bank of Sri Lanka: what a unit of a currency was bought and sold for in rupees that morning."""

from collections.abc import Sequence
from datetime import timedelta

from boundary.kernel import clock, primitives
from customer_stack.fx import model
from customer_stack.fx.adapters import http
from customer_stack.fx.formats import cbsl as wire
from customer_stack.fx.model import refusals

NAME = "cbsl"
RUPEE = "LKR"
_OK = 200


class CentralBank:
    """`https://www.cbsl.gov.lk`."""

    def __init__(self, address: http.Address, time: clock.Clock, *, patience: timedelta = http.PATIENCE) -> None:
        self._caller = http.Caller(address.origin, time, patience=patience)
        self._clock = time

    @property
    def source(self) -> model.Source:
        return model.Source(NAME, self._caller.origin)

    async def read(self, pairs: Sequence[model.Pair]) -> list[model.Observation]:
        known = [pair for pair in pairs if pair.quote == RUPEE and pair.base in wire.NAMES]
        if not known:
            return []
        form = wire.form([pair.base for pair in known], self._clock.now().date())
        answer = await self._caller.ask("POST", wire.RESULTS, data=form)
        if answer.status != _OK:
            raise refusals.ProviderSilent("the central bank's page does not answer", status=answer.status)
        rows, digest = wire.newest(answer.body), primitives.sha256(answer.body)
        return [
            model.Observation(pair, row.buying, row.selling, row.at, digest)
            for pair in known
            if (row := rows.get(pair.base)) is not None
        ]

    async def close(self) -> None:
        await self._caller.close()
