"""One market's book of YES, in price-time priority, and its tick table."""

import dataclasses
from collections import deque
from collections.abc import Iterator

BID, ASK = "bid", "ask"


@dataclasses.dataclass
class Order:
    """An order and its whole life. `history` is what lists showed of it, and from when."""

    id: str
    client: str
    member: str
    ticker: str
    side: str
    price: int
    initial: int
    remaining: int
    tif: str
    stp: str
    created: int
    expires: int | None = None
    group: str | None = None
    cancel_on_pause: bool = False
    filled: int = 0
    status: str = "resting"
    taker_cost: int = 0
    maker_cost: int = 0
    taker_fees: int = 0
    maker_fees: int = 0
    overpaid: int = 0
    updated: int = 0
    reserved: int = 0
    history: list[tuple[int, dict[str, object]]] = dataclasses.field(default_factory=list)


class Book:
    def __init__(self) -> None:
        self.levels: dict[str, dict[int, deque[Order]]] = {BID: {}, ASK: {}}

    def best(self, side: str) -> int | None:
        prices = self.levels[side]
        return (max(prices) if side == BID else min(prices)) if prices else None

    def size(self, side: str, price: int) -> int:
        return sum(each.remaining for each in self.levels[side].get(price, ()))

    def add(self, order: Order) -> None:
        self.levels[order.side].setdefault(order.price, deque()).append(order)

    def remove(self, order: Order) -> None:
        queue = self.levels[order.side].get(order.price)
        if queue is not None and order in queue:
            queue.remove(order)
            if not queue:
                del self.levels[order.side][order.price]

    def against(self, side: str, limit: int) -> Iterator[Order]:
        """Whom an order of this side and limit meets, best price first; who asks removes what is used up."""
        other = ASK if side == BID else BID
        while (price := self.best(other)) is not None and (price <= limit if side == BID else price >= limit):
            yield self.levels[other][price][0]

    def reachable(self, side: str, limit: int, member: str) -> int:
        """How much of others rests there."""
        other = ASK if side == BID else BID
        return sum(
            each.remaining
            for price, queue in self.levels[other].items()
            if (price <= limit if side == BID else price >= limit)
            for each in queue
            if each.member != member
        )

    def depth(self, side: str) -> list[tuple[int, int]]:
        """Price and size, worst first, as the exchange lists them."""
        return sorted(((price, self.size(side, price)) for price in self.levels[side]), reverse=side == ASK)

    def orders(self) -> list[Order]:
        return [order for side in (BID, ASK) for queue in self.levels[side].values() for order in queue]
