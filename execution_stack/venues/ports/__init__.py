"""What every venue's adapter can do, and what its failures mean.

Methods that change something end in exactly one of: their answer; `Refused`, `Limited`, `Unreachable`, `Unauthorised`
(with `ClockSkew`), all of which mean that it did not happen; or `Unknown` (with `Duplicate`), which means that it may
have. Nothing here repeats a request that may have happened. Methods that only ask end in their answer, in one of the
same refusals, or in `Silent`.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from execution_stack.venues import model


class Signer(Protocol):
    """Who holds a private key: a file, or a KMS that lets nobody see it."""

    @property
    def key_id(self) -> str:
        """The name under which the venue knows the public half."""
        ...

    async def sign(self, message: bytes) -> bytes: ...


class Stream(Protocol):
    """News as it comes. It opens itself again after a loss, and says so; it never ends until it is closed."""

    def __aiter__(self) -> AsyncIterator[model.News]: ...

    async def watch(self, markets: Sequence[str]) -> None:
        """From now on these markets' books and tickers, and no others'."""
        ...

    async def close(self) -> None: ...


class Venue(Protocol):
    """One account at one venue."""

    async def place(self, order: model.Wanted) -> model.Placed: ...

    async def place_many(self, orders: Sequence[model.Wanted]) -> list[model.Placed | model.Refused | model.Unknown]:
        """One outcome per order, in their order. Raises only where that holds for all of them."""
        ...

    async def cancel(self, order: model.Handle) -> model.Cancelled: ...

    async def cancel_many(
        self, orders: Sequence[model.Handle]
    ) -> list[model.Cancelled | model.Refused | model.Unknown]: ...

    async def cancel_all(self) -> None:
        """Everything that rests, in one request. An order sent just before may be cancelled or not: read back."""
        ...

    async def decrease(self, order: model.Handle, *, to: int) -> model.Reduced:
        """Let no more than `to` rest; its place in the queue stays."""
        ...

    async def amend(self, before: model.Order, *, client: UUID, price: int, total: int) -> model.Amended:
        """Another price and another total (what was filled already included), under a further client order id."""
        ...

    async def order(self, order: UUID) -> model.Order | None:
        """Read back by the venue's id."""
        ...

    async def order_by_client(self, client: UUID, *, market: str, sent_at: datetime) -> model.Order | None:
        """Read back by our id. None means that the venue never took it and no longer can; otherwise `Silent`.

        Lists lag behind matching, so None is said only once the venue's lists are known to be later than the last
        moment at which what was sent then can have been taken.
        """
        ...

    async def orders(
        self,
        *,
        since: datetime | None = None,
        status: model.OrderStatus | None = None,
        market: str | None = None,
        cursor: str = "",
    ) -> model.Page[model.Order]: ...

    async def fills(
        self, *, since: datetime | None = None, order: UUID | None = None, market: str | None = None, cursor: str = ""
    ) -> model.Page[model.Fill]:
        """Newest first. `since` is cut to the second before it, so the first ones may be known already."""
        ...

    async def positions(self, *, cursor: str = "") -> model.Page[model.Position]: ...

    async def balance(self) -> model.Balance: ...

    async def settlements(self, *, since: datetime | None = None, cursor: str = "") -> model.Page[model.Settlement]: ...

    async def series(self) -> model.Page[model.Series]: ...

    async def events(self, *, series: str | None = None, cursor: str = "") -> model.Page[model.Event]: ...

    async def markets(
        self, *, event: str | None = None, status: model.MarketStatus | None = None, cursor: str = ""
    ) -> model.Page[model.Market]:
        """Markets whose life goes on are found again by their status until it is final."""
        ...

    async def market(self, ticker: str) -> model.Market | None: ...

    async def book(self, ticker: str) -> model.Book: ...

    async def status(self) -> model.ExchangeStatus: ...

    async def limits(self) -> model.Limits:
        """Ask for the limits anew, and keep to them from now on."""
        ...

    def stream(self, markets: Sequence[str]) -> Stream: ...

    async def close(self) -> None: ...
