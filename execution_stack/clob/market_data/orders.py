"""The events of one book folded into its price levels: who shows how much at which price, order by order.

An order counts with all that is left of it from the moment it is accepted, although it rests only when its command is
done; so the levels are right after every command, and between two events of one command they are nobody's business.
"""

from collections.abc import Iterable
from typing import NamedTuple

from execution_stack.clob import auctions, model
from execution_stack.clob.market_data import levels

ACCEPTED, TRADED, CANCELLED, REFUSED, REPLACED, TRIGGERED, SHOWN, STATE, CONFIGURED = map(int, model.Kind)
STOP, GRID = int(model.Type.STOP), int(model.Op.GRID)
BUY = int(model.Side.BUY)


class Indication(NamedTuple):
    """At which price an auction would end now, and how much would trade; zeros if nothing would."""

    price: int = 0
    lots: int = 0


class Order:
    __slots__ = ("hidden", "price", "shown", "side")

    def __init__(self, side: int, price: int, shown: int, hidden: int = 0) -> None:
        self.side = side
        self.price = price
        self.shown = shown
        self.hidden = hidden


class Orders:
    """`sequence` is the book's own: how many events it has said, refusals left out. The next delta continues `told`."""

    def __init__(self, snapshot: model.Snapshot | None = None) -> None:
        settings = snapshot.settings if snapshot else model.Settings()
        self.sequence = self.told = settings.seq
        self.state, self.last, self._tick = settings.state, settings.last, settings.tick
        self._orders: dict[int, Order] = {}
        self._shown: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self._hidden: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self._touched: tuple[set[int], set[int]] = (set(), set())
        for each in (*snapshot.parts[0], *snapshot.parts[1]) if snapshot else ():
            self._put(each.id, Order(each.side, each.price, each.shown, each.hidden))

    def take(self, events: Iterable[model.Event]) -> None:
        """The events of whole commands, in their order."""
        for event in events:
            kind = event[0]
            if kind == REFUSED:
                continue
            self.sequence += 1
            if kind == ACCEPTED:
                self._accept(event)
            elif kind == TRADED:
                self._trade(event)
            elif kind == CANCELLED:
                self._drop(event.id)
            else:
                self._other(event)

    def delta(self) -> levels.Delta:
        """What changed since the last one."""
        changed = []
        for shown, touched in zip(self._shown, self._touched, strict=True):
            changed.append(tuple((price, shown.get(price, 0)) for price in sorted(touched)))
            touched.clear()
        found = levels.Delta(self.told, self.sequence, *changed)
        self.told = self.sequence
        return found

    def picture(self, depth: int | None = None) -> levels.Picture:
        bids, asks = self._shown
        found = levels.best(bids, depth, falling=True), levels.best(asks, depth, falling=False)
        return levels.Picture(self.sequence, *found)

    def indication(self) -> Indication:
        """Counts what icebergs hide, as the auction will; it says a price and a volume, and of whose they are nothing."""
        bids, asks = self._crossing()
        if self.state != model.State.AUCTION or not bids or not asks:
            return Indication()
        return Indication(*auctions.price(bids, asks, self.last, self._tick))

    def _crossing(self) -> tuple[list[levels.Level], list[levels.Level]]:
        """Levels that could trade. The others have no say in the price, and there may be many."""
        bids, asks = self._shown
        if not bids or not asks:
            return [], []
        top, bottom = max(bids), min(asks)
        hidden_bids, hidden_asks = self._hidden
        return (
            [(price, lots + hidden_bids.get(price, 0)) for price, lots in bids.items() if price >= bottom],
            [(price, lots + hidden_asks.get(price, 0)) for price, lots in asks.items() if price <= top],
        )

    # ---- one event

    def _accept(self, event: model.Event) -> None:
        if event.reason < STOP and event.price:  # a parked stop shows nothing, and what has no price never rests
            self._put(event.id, Order(event.side, event.price, event.quantity))

    def _trade(self, event: model.Event) -> None:
        self.last = event.price
        self._reduce(event.id, event.quantity)
        self._reduce(event.other, event.quantity)

    def _other(self, event: model.Event) -> None:
        kind = event.kind
        if kind == SHOWN:
            self._drop(event.id)
            self._put(event.id, Order(event.side, event.price, event.quantity, event.open - event.quantity))
        elif kind == REPLACED:
            self._replace(event)
        elif kind == TRIGGERED and event.price:
            self._put(event.id, Order(event.side, event.price, event.quantity))
        elif kind == STATE:
            self.state = event.flags
        elif kind == CONFIGURED and event.reason == GRID:
            self._tick = event.other

    def _replace(self, event: model.Event) -> None:
        known = self._orders.get(event.id)
        if known is None:
            raise levels.Gap("an order was changed that was never heard of")
        if event.price == event.other and event.quantity <= event.open:  # smaller: what is hidden goes first
            shown = min(known.shown, event.quantity)
            self._drop(event.id)
            self._put(event.id, Order(event.side, event.price, shown, event.quantity - shown))
        else:
            self._drop(event.id)
            self._put(event.id, Order(event.side, event.price, event.quantity))

    # ---- orders and levels

    def _put(self, name: int, order: Order) -> None:
        self._orders[name] = order
        self._add(order, order.shown, order.hidden)

    def _drop(self, name: int) -> None:
        order = self._orders.pop(name, None)
        if order is not None:
            self._add(order, -order.shown, -order.hidden)

    def _reduce(self, name: int, lots: int) -> None:
        """What an iceberg shows next comes as an event of its own, so an order with nothing shown is gone till then."""
        order = self._orders.get(name)
        if order is None:
            return
        if order.shown <= lots:
            self._drop(name)
        else:
            order.shown -= lots
            self._add(order, -lots, 0)

    def _add(self, order: Order, shown: int, hidden: int) -> None:
        price, side = order.price, order.side
        self._touched[side].add(price)
        _count(self._shown[side], price, shown)
        if hidden:
            _count(self._hidden[side], price, hidden)


def _count(totals: dict[int, int], price: int, lots: int) -> None:
    left = totals.get(price, 0) + lots
    if left:
        totals[price] = left
    else:
        totals.pop(price, None)
