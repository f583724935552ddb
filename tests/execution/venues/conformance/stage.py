"""What a venue has to be for this suite: an adapter behind the port, and a stand-in that can be told to misbehave."""

from datetime import datetime
from typing import Any, Protocol

from boundary.kernel import clock, ids
from execution_stack.venues import model, ports


class Control(Protocol):
    """Orders to a stand-in. The names of faults are those of `execution_stack/venues/simulators`."""

    async def tell(self, what: str, **wanted: Any) -> dict[str, Any]: ...
    async def dump(self) -> dict[str, Any]: ...
    async def market(self, ticker: str, **more: Any) -> str: ...


class Stage:
    """One adapter, one stand-in, one market of its own with quotes at 0.40 and 0.60."""

    def __init__(self, venue: ports.Venue, control: Control, market: str) -> None:
        self.venue, self.control, self.market = venue, control, market
        self._ids = ids.SystemIds()

    async def quote(self, side: str = "ask", price: str = "0.6000", count: str = "10.00") -> None:
        await self.control.tell("rest", ticker=self.market, side=side, price=price, count=count)

    async def fault(self, name: str, on: str, times: int = 1, **more: int) -> None:
        await self.control.tell("faults", fault=name, on=on, times=times, **more)

    def wanted(self, price: int = 500_000, count: int = 1_000, **more: Any) -> model.Wanted:
        return model.Wanted(self._ids.ref(), self.market, more.pop("side", model.Side.BID), price, count, **more)

    def now(self) -> datetime:
        return clock.SystemClock().now()

    async def kept(self, wanted: model.Wanted) -> list[dict[str, Any]]:
        """What the stand-in has under an order's client id."""
        dumped = await self.control.dump()
        return [each for each in dumped["orders"] if each["client_order_id"] == str(wanted.client)]
