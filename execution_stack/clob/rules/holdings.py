"""What rests in the readable book and what is parked beside it, and the questions that may be asked of both."""

from bisect import bisect_left, insort

from execution_stack.clob import breakers, model
from execution_stack.clob.rules import judging, ladders, limits

BUY, MARKET, STOP = int(model.Side.BUY), int(model.Type.MARKET), int(model.Type.STOP)
OLDEST = int(model.Prevention.OLDEST)


class Holdings:
    """The orders of a book, in every order in which they are looked for. It says nothing and decides nothing."""

    _breakers: breakers.Breakers
    _prevention: int
    _grid: judging.Grid
    state: int

    def __init__(self) -> None:
        self._orders: dict[int, ladders.Order] = {}
        self._sides = (ladders.Ladder(1), ladders.Ladder(-1))
        self._stops = (ladders.Ladder(-1), ladders.Ladder(1))  # buys come true from the lowest, sells from the highest
        self._dated: list[tuple[int, int]] = []  # when, which
        self._limits = limits.Limits()
        self.last = 0
        self._reference = 0

    @property
    def live(self) -> int:
        """How many orders rest or are parked."""
        return len(self._orders)

    def orders(self, part: int) -> list[tuple[int, int, int]]:
        """(id, price, open) in order of priority: 0 bids, 1 asks, 2 buy and 3 sell stops, these with their stop price."""
        found = (*self._sides, *self._stops)[part].orders()
        return [(each.id, each.stop if part >= 2 else each.price, each.shown + each.hidden) for each in found]

    def left(self, id_: int) -> int:
        """How much of the order with this id is open; 0 if there is none."""
        order = self._orders.get(id_)
        return order.shown + order.hidden if order is not None else 0

    def _held(self, settings: model.Settings) -> model.Snapshot:
        bids, asks, buys, sells = (
            [
                model.Resting(
                    o.id, o.price, o.shown, o.hidden, o.stop, o.expires, o.user, o.display, o.side, o.type, o.tif
                )
                for o in each.orders()
            ]
            for each in (*self._sides, *self._stops)
        )
        known = [who for _, who in sorted(self._limits.known.items())]
        return model.Snapshot(settings, (bids, asks, buys, sells), known)

    def _hold(self, snapshot: model.Snapshot) -> None:
        """Puts orders where they stood, without matching."""
        for ladder, part in zip((*self._sides, *self._stops), snapshot.parts, strict=True):
            for each in part:
                order = ladders.Order(each.id, each.user, each.side, each.type, each.tif, each.price, each.shown)
                order.hidden, order.display = each.hidden, each.display
                order.stop, order.expires = each.stop, each.expires
                self._keep(order, ladder, each.stop if each.type >= STOP else each.price)
        for who in snapshot.participants:
            self._limits.set(who, self._orders.values())

    def _keep(self, order: ladders.Order, ladder: ladders.Ladder, price: int) -> None:
        self._orders[order.id] = order
        ladder.add(price, order)
        if order.expires:
            insort(self._dated, (order.expires, order.id))
        if self._limits.active:
            self._limits.opened(order.user, order.worth)

    def _forget(self, order: ladders.Order) -> None:
        if order.expires:
            del self._dated[bisect_left(self._dated, (order.expires, order.id))]
        if self._limits.active:
            self._limits.closed(order.user, order.worth)

    def _take_out(self, order: ladders.Order) -> None:
        """Without a word: the caller says what became of it."""
        del self._orders[order.id]
        if order.expires or self._limits.active:
            self._forget(order)
        order.shown = 0
        (self._stops if order.type >= STOP else self._sides)[order.side].leave(order.level)

    def _reached(self, side: int, stop: int) -> bool:
        return bool(self.last) and (self.last >= stop if side == BUY else self.last <= stop)

    def _would_take(self, side: int, type_: int, price: int) -> bool:
        opposite = self._sides[1 - side]
        return bool(opposite.keys) and (type_ == MARKET or opposite.keys[-1] >= price * opposite.sign)

    def _judge_amend(self, c: model.Command, order: ladders.Order) -> int:
        left = order.shown + order.hidden
        if order.type >= STOP:
            return model.Reason.STOP_PARKED
        if reason := judging.amended(c, self._grid, order.display):
            return reason
        if c.price == order.price and c.quantity <= left:
            return 0
        if self.state == model.State.HALTED:
            return model.Reason.IS_HALTED
        if self._limits.active and (reason := self._limits.judge_change(order, c.quantity, c.price * c.quantity)):
            return reason
        takes = order.tif in model.POSTING and self._would_take(order.side, model.Type.LIMIT, c.price)
        return model.Reason.POST_WOULD_CROSS if takes else 0

    def _fillable(self, user: int, opposite: ladders.Ladder, limit: int, wanted: int) -> bool:
        """Decided before any trade. What an iceberg shows next stands behind an own order that would end the taker."""
        found = 0
        for key in reversed(opposite.keys):
            if key < limit or self._breakers.outside(key * opposite.sign, self._reference):
                break
            ahead, others = 0, 0
            for each in opposite.levels[key].queue:
                if not self._prevention or each.user != user:
                    ahead += each.shown
                    others += each.shown and each.shown + each.hidden
                elif each.shown and self._prevention != OLDEST:
                    return found + ahead >= wanted
            found += others
            if found >= wanted:
                return True
        return False
