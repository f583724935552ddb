"""The readable book: what a price-time priority order book does, in Python. The native core is measured against it.

Every command is judged before anything changes: a refused one leaves the state, and so the digest, as it was.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar

from execution_stack.clob import auctions, breakers, model
from execution_stack.clob.formats import records, snapshots
from execution_stack.clob.rules import holdings, judging, ladders

BUY, SELL = int(model.Side.BUY), int(model.Side.SELL)
LIMIT, MARKET, STOP, STOP_LIMIT = map(int, model.Type)
IOC, FOK, POST, GTD, POST_GTD = 1, 2, 3, 5, 7
OPEN, AUCTION, HALTED = map(int, model.State)
NEWEST, OLDEST = int(model.Prevention.NEWEST), int(model.Prevention.OLDEST)
ACCEPTED, TRADED, CANCELLED, REFUSED, REPLACED, TRIGGERED, SHOWN, STATE, CONFIGURED = map(int, model.Kind)
Because, Op = model.Reason, model.Op
UNFILLED, BY_OWNER = int(Because.UNFILLED), int(Because.BY_OWNER)
QUANTITY_MAX, USERS_MAX, ORDERS_MAX, ID_MAX = model.QUANTITY_MAX, model.USERS_MAX, model.ORDERS_MAX, model.ID_MAX
POSTING, DATED = frozenset(map(int, model.POSTING)), frozenset(map(int, model.DATED))  # as numbers: they compare faster
AT_ONCE = frozenset((IOC, FOK))
EVERY_KEY = -model.PRICE_MAX - 1
BECOMES = {LIMIT: LIMIT, MARKET: MARKET, STOP: MARKET, STOP_LIMIT: LIMIT}
Row = tuple[int, ...]


class Book(holdings.Holdings):
    def __init__(self, *, given_ids: bool = False) -> None:
        super().__init__()
        self._buy_stops, self._sell_stops = (each.keys for each in self._stops)
        self._out: list[Row] = []
        self._refused = 0
        self._number = 0
        self._set(model.Settings(given_ids=given_ids))

    def _set(self, s: model.Settings) -> None:
        self.seq, self._next_id, self.last, self._now = s.seq, s.next_id, s.last, s.now
        self._grid = judging.Grid(s.low, s.high, s.tick, s.lot)
        self._breakers = breakers.Breakers(s.band, s.window, s.volume_max, s.window_start, s.volume)
        self.state, self._prevention, self._closed, self._given_ids = s.state, s.prevention, s.closed, s.given_ids
        self._note_rules()

    def _note_rules(self) -> None:
        """Whether a limit order needs no more than the short look of `_create`."""
        self._low, self._high, tick, lot = self._grid
        self._plain = (
            tick == lot == 1
            and not self._given_ids
            and not self._closed
            and not self._limits.active
            and self.state == OPEN
        )

    def submit(
        self, op: int, side: int, type_: int, tif: int, user: int, id_: int, price: int, quantity: int, *more: int
    ) -> list[Row]:
        """One command as numbers (`more`: stop, display, time); its events."""
        command = model.Command(op, side, type_, tif, user, id_, price, quantity, *more)
        records.require_fits(command)
        return self.run_rows((command,))

    def run_rows(self, rows: Iterable[Row], first: int = 0) -> list[Row]:
        """Commands as tuples of eleven numbers; their events."""
        out: list[Row] = []
        self._out, refused = out, self._refused
        create, cancel = self._create, self._cancel
        try:
            for number, row in enumerate(rows, first):
                self._number = number
                op, side, type_, tif, user, id_, price, quantity, stop, display, time = row
                if op == 1:
                    create(side, type_, tif, user, id_, price, quantity, stop, display, time)
                elif op == 2:
                    cancel(user, id_, price, quantity, side)
                else:
                    self._rare(model.Command(*row))
        finally:
            self.seq += len(out) - (self._refused - refused)
        return out

    def run(self, packed: bytes, first: int = 0) -> int:
        """Packed commands, and the number of the first; how many events they made."""
        return len(self.run_rows(records.unpack_commands(packed), first))

    def run_numbered(self, packed: bytes) -> int:
        rows = records.unpack_numbered(packed)
        self._out = [event for number, row in rows for event in self.run_rows((row,), number)]
        return len(self._out)

    def events(self) -> bytes:
        """The events of the last call, packed."""
        took = sum(each[0] != REFUSED for each in self._out)
        return records.pack_events(self._out, self.seq - took)

    # ---- what is refused

    def _refuse(self, reason: int, side: int, user: int, id_: int, price: int, quantity: int) -> None:
        """Leaves no trace in the state: not even a sequence number."""
        records.require_fits((0, side, 0, 0, user, id_, price, quantity, 0, 0, 0))
        self._refused += 1
        self._out.append((REFUSED, side, reason, 0, user, id_, 0, price, quantity, 0, self._number))

    def _judge(self, c: model.Command) -> int:
        records.require_fits(c)
        if c.side > SELL or c.type > STOP_LIMIT or c.tif > POST_GTD:
            return Because.BAD_COMMAND
        if c.user >= model.USERS_MAX or (self._closed and not self._limits.may_trade(c.user)):
            return Because.BAD_PARTICIPANT
        return judging.order(c, self._grid, self._now) or self._judge_id(c.id) or self._judge_state(c)

    def _judge_id(self, id_: int) -> int:
        if not self._given_ids:
            return Because.BAD_ID if id_ or self._next_id > model.ID_MAX else 0
        if not 0 < id_ <= model.ID_MAX:
            return Because.BAD_ID
        return Because.DUPLICATE_ID if id_ in self._orders else 0

    def _judge_state(self, c: model.Command) -> int:
        posts = c.tif in model.POSTING
        if self.state == HALTED:
            return Because.IS_HALTED
        if self.state == AUCTION and (c.type == MARKET or (c.type == LIMIT and (posts or c.tif in {IOC, FOK}))):
            return Because.IS_AUCTION
        if len(self._orders) >= model.ORDERS_MAX:
            return Because.BOOK_FULL
        price = 0 if c.type == MARKET else c.stop if c.type == STOP else c.price
        if self._limits.active and (reason := self._limits.judge(c.user, c.quantity, price * c.quantity)):
            return reason
        takes_at_once = c.type < STOP or self._reached(c.side, c.stop)
        if posts and self.state == OPEN and takes_at_once and self._would_take(c.side, BECOMES[c.type], c.price):
            return Because.POST_WOULD_CROSS
        return 0

    # ---- commands about one order

    def _create(
        self,
        side: int,
        type_: int,
        tif: int,
        user: int,
        id_: int,
        price: int,
        lots: int,
        stop: int,
        display: int,
        time: int,
    ) -> None:
        plain = (
            self._plain
            and type_ == LIMIT
            and 0 <= tif < POST
            and not display
            and not id_
            and 0 < lots <= QUANTITY_MAX
            and self._low <= price <= self._high
            and 0 <= side <= SELL
            and 0 <= user < USERS_MAX
            and len(self._orders) < ORDERS_MAX
            and self._next_id <= ID_MAX
        )
        if not plain:
            command = model.Command(1, side, type_, tif, user, id_, price, lots, stop, display, time)
            if reason := self._judge(command):
                return self._refuse(reason, side, user, id_, price, lots)
        if not self._given_ids:
            id_ = self._next_id
            self._next_id = id_ + 1
        self._reference = self.last
        expires = time if tif in DATED else 0
        if type_ == LIMIT:
            self._out.append((ACCEPTED, side, LIMIT, tif, user, id_, 0, price, lots, lots, self._number))
            if plain and not tif:  # most orders rest at once: what follows comes to the same
                opposite = self._sides[1 - side]
                if not opposite.keys or opposite.keys[-1] < price * opposite.sign:
                    self._orders[id_] = order = ladders.Order(id_, user, side, LIMIT, tif, price, lots)
                    return self._sides[side].add(price, order)
        elif type_ == MARKET:
            price = 0
            self._out.append((ACCEPTED, side, MARKET, tif, user, id_, 0, 0, lots, lots, self._number))
        else:
            price = price if type_ == STOP_LIMIT else 0
            self._out.append((ACCEPTED, side, type_, tif, user, id_, stop, price, lots, lots, self._number))
            if self.state != OPEN or not self._reached(side, stop):
                order = ladders.Order(id_, user, side, type_, tif, price, lots)
                order.display, order.stop, order.expires = display, stop, expires
                return self._keep(order, self._stops[side], stop)
            self._out.append((TRIGGERED, side, 0, 0, user, id_, stop, price, lots, lots, self._number))
            type_ = BECOMES[type_]
        self._execute(id_, user, side, type_, tif, price, lots, display, expires)
        if self._buy_stops or self._sell_stops:
            self._fire()
        return None

    def _cancel(self, user: int, id_: int, price: int, quantity: int, side: int) -> None:
        order = self._orders.get(id_)
        if order is None or order.user != user:
            return self._refuse(Because.UNKNOWN_ORDER, side, user, id_, price, quantity)
        left = order.shown + order.hidden
        self._out.append((CANCELLED, order.side, BY_OWNER, 0, user, id_, 0, order.price, left, 0, self._number))
        if order.expires or self._limits.active or order.type >= STOP:
            return self._take_out(order)
        del self._orders[id_]
        order.shown = 0
        return self._sides[order.side].leave(order.level)

    def _amend(self, c: model.Command) -> int:
        order = self._orders.get(c.id)
        if order is None or order.user != c.user:
            return Because.UNKNOWN_ORDER
        if reason := self._judge_amend(c, order):
            return reason
        left, self._reference = order.shown + order.hidden, self.last
        row = (
            REPLACED,
            order.side,
            0,
            order.tif,
            order.user,
            c.id,
            order.price,
            c.price,
            c.quantity,
            left,
            self._number,
        )
        self._out.append(row)
        if c.price == order.price and c.quantity <= left:  # smaller: keeps its place, hidden quantity goes first
            if self._limits.active:
                self._limits.worth_more(order.user, -order.price * (left - c.quantity))
            order.shown = min(order.shown, c.quantity)
            order.hidden = c.quantity - order.shown
            return 0
        display, expires = order.display, order.expires
        self._take_out(order)
        self._execute(order.id, order.user, order.side, LIMIT, order.tif, c.price, c.quantity, display, expires)
        self._fire()
        return 0

    # ---- matching

    def _execute(
        self,
        id_: int,
        user: int,
        side: int,
        type_: int,
        tif: int,
        price: int,
        quantity: int,
        display: int,
        expires: int,
    ) -> None:
        opposite = self._sides[1 - side]
        limit = EVERY_KEY if type_ == MARKET else price * opposite.sign
        takes = bool(opposite.keys) and opposite.keys[-1] >= limit and self.state == OPEN
        left = quantity
        if takes or tif == FOK:
            if tif == FOK and not (takes and self._fillable(user, opposite, limit, quantity)):
                return self._end(id_, user, side, price, quantity, Because.NOT_FILLABLE)
            if tif in POSTING:  # a stop that has come true: what it became may not take
                return self._end(id_, user, side, price, quantity, Because.WOULD_TAKE)
            left = self._sweep(id_, user, side, price, opposite, limit, quantity)
            if self._breakers.volume_max:
                self._count_volume(quantity - abs(left))
            if left <= 0:
                return None
        if type_ == MARKET or tif in AT_ONCE:
            return self._end(id_, user, side, price, left, UNFILLED)
        order = ladders.Order(id_, user, side, LIMIT, tif, price, left)
        if display:
            order.display, order.shown = display, min(display, left)
            order.hidden = left - order.shown
            self._out.append((SHOWN, side, 0, 0, user, id_, 0, price, order.shown, left, self._number))
        if expires or self._limits.active:
            order.expires = expires
            return self._keep(order, self._sides[side], price)
        self._orders[id_] = order
        return self._sides[side].add(price, order)

    def _end(self, id_: int, user: int, side: int, price: int, quantity: int, reason: int) -> None:
        self._out.append((CANCELLED, side, reason, 0, user, id_, 0, price, quantity, 0, self._number))

    def _sweep(  # noqa: C901, PLR0912 -- the hot loop: a call for each trade would cost more than the trade
        self, id_: int, user: int, side: int, price: int, opposite: ladders.Ladder, limit: int, left: int
    ) -> int:
        """Trades until nothing is left or nothing fits. What is left; minus it, if self-trade prevention ended the order."""
        out, number, orders, keys = self._out, self._number, self._orders, opposite.keys
        prevention, band, limited = self._prevention, self._breakers.band, self._limits.active
        while left and keys and keys[-1] >= limit:
            level = opposite.levels[keys[-1]]
            at = level.key * opposite.sign
            if band and self._breakers.outside(at, self._reference):
                self._enter(AUCTION, Because.BY_BAND, at, left)
                return left
            queue = level.queue
            while left and level.count:
                maker = queue[0]
                shown = maker.shown
                if not shown:
                    queue.popleft()
                    continue
                if prevention and maker.user == user:
                    if prevention != NEWEST:
                        self._remove(maker, Because.SELF_TRADE)
                        queue = level.queue
                    if prevention != OLDEST:
                        self._end(id_, user, side, price, left, Because.SELF_TRADE)
                        return -left
                    continue
                traded = min(shown, left)
                left -= traded
                maker.shown = shown - traded
                remaining = maker.shown + maker.hidden
                self.last = at
                out.append((TRADED, side, 0, 0, user, id_, maker.id, at, traded, remaining, number))
                if limited:
                    self._limits.worth_more(maker.user, -at * traded)
                if shown == traded:
                    queue.popleft()
                    if remaining:
                        self._show_more(maker, level)
                    else:
                        del orders[maker.id]
                        level.count -= 1
                        if limited or maker.expires:
                            self._forget(maker)
            if not level.count and keys and keys[-1] == level.key:
                keys.pop()
                del opposite.levels[level.key]
                queue.clear()
        return left

    def _show_more(self, order: ladders.Order, level: ladders.Level) -> None:
        """An iceberg's next slice goes to the tail."""
        order.shown = min(order.display, order.hidden)
        order.hidden -= order.shown
        left = order.shown + order.hidden
        id_, shown, number = order.id, order.shown, self._number
        self._out.append((SHOWN, order.side, 0, 0, order.user, id_, 0, order.price, shown, left, number))
        level.queue.append(order)

    def _fire(self) -> None:
        """Stops that have come true, one at a time; the last price is read again after each."""
        buys, sells = self._stops
        while self.state == OPEN and self.last:
            if buys.keys and -buys.keys[-1] <= self.last:
                order = buys.head()
            elif sells.keys and sells.keys[-1] >= self.last:
                order = sells.head()
            else:
                return
            id_, user, side, price, quantity = order.id, order.user, order.side, order.price, order.shown
            self._take_out(order)
            self._out.append((TRIGGERED, side, 0, 0, user, id_, order.stop, price, quantity, quantity, self._number))
            becomes = BECOMES[order.type]
            self._execute(id_, user, side, becomes, order.tif, price, quantity, order.display, order.expires)

    # ---- orders come and go

    def _remove(self, order: ladders.Order, reason: int) -> None:
        left, price = order.shown + order.hidden, order.price
        self._out.append((CANCELLED, order.side, reason, 0, order.user, order.id, 0, price, left, 0, self._number))
        self._take_out(order)

    def _rare(self, c: model.Command) -> None:
        records.require_fits(c)
        if reason := self._RARE.get(c.op, Book._configure)(self, c):
            self._refuse(reason, c.side, c.user, c.id, c.price, c.quantity)

    def _cancel_all(self, found: Iterable[ladders.Order], reason: int) -> None:
        """In order of id: what happened before must not show in the order of events."""
        for order in sorted(found, key=lambda each: each.id):
            self._remove(order, reason)

    def _mass_cancel(self, c: model.Command) -> int:
        if c.user >= model.USERS_MAX:
            return Because.BAD_PARTICIPANT
        self._cancel_all([each for each in self._orders.values() if each.user == c.user], Because.BY_MASS)
        return 0

    def _force_cancel(self, c: model.Command) -> int:
        if (order := self._orders.get(c.id)) is None:
            return Because.UNKNOWN_ORDER
        self._remove(order, Because.BY_OPERATOR)
        return 0

    def _pass_time(self, c: model.Command) -> int:
        if not self._now < c.time <= model.TIME_MAX:
            return Because.BAD_TIME
        self._now = c.time
        self._out.append((CONFIGURED, 0, c.op, 0, 0, 0, 0, 0, 0, c.time, self._number))
        while self._dated and self._dated[0][0] <= c.time:
            self._remove(self._orders[self._dated[0][1]], Because.EXPIRED)
        return 0

    def _end_day(self, c: model.Command) -> int:
        self._out.append((CONFIGURED, 0, c.op, 0, 0, 0, 0, 0, 0, 0, self._number))
        self._cancel_all([each for each in self._orders.values() if each.tif in model.DAILY], Because.DAY_ENDED)
        return 0

    def _stop_trading(self, c: model.Command) -> int:
        if c.type not in {AUCTION, HALTED}:
            return Because.BAD_COMMAND
        if c.type == self.state:
            return Because.SAME_STATE
        self._enter(c.type, Because.BY_OPERATOR, self.last, 0)
        return 0

    def _enter(self, state: int, reason: int, price: int, quantity: int) -> None:
        self.state = state
        self._note_rules()
        self._out.append((STATE, 0, reason, state, 0, 0, 0, price, quantity, 0, self._number))

    def _count_volume(self, quantity: int) -> None:
        if self._breakers.count(quantity, self._now) and self.state == OPEN:
            self._enter(AUCTION, Because.BY_VOLUME, self.last, self._breakers.volume)

    def _resume(self, c: model.Command) -> int:
        if self.state == OPEN:
            return Because.SAME_STATE
        if not 0 <= c.price <= model.PRICE_MAX or c.price % self._grid.tick:
            return Because.BAD_PRICE
        bids, asks = self._sides
        found = auctions.price(bids.totals(), asks.totals(), c.price or self.last, self._grid.tick)
        self._uncross(*found)
        self._breakers.new_window(self._now)
        self._enter(OPEN, Because.BY_OPERATOR, *found)
        self._reference = self.last
        self._fire()
        return 0

    def _uncross(self, price: int, left: int) -> None:
        """The best of both sides trade at one price. Self-trade prevention is off: nobody chose whom to meet."""
        bids, asks = self._sides
        while left:
            bid, ask = bids.head(), asks.head()
            traded = min(bid.shown, ask.shown, left)
            left -= traded
            self.last = price
            for each in (bid, ask):
                if self._limits.active:
                    self._limits.worth_more(each.user, -each.price * traded)
                each.shown -= traded
            rest, number = ask.shown + ask.hidden, self._number
            self._out.append((TRADED, BUY, 0, 1, bid.user, bid.id, ask.id, price, traded, rest, number))
            for each in (bid, ask):
                if not each.shown and each.hidden:
                    each.level.queue.popleft()
                    self._show_more(each, each.level)
                elif not each.shown:
                    self._take_out(each)

    def _configure(self, c: model.Command) -> int:
        if reason := judging.configuration(c):
            return reason
        if c.op == Op.GRID:
            self._grid = judging.Grid(c.price, c.quantity, c.stop, c.display)
        elif c.op == Op.BAND:
            self._breakers.band = c.price
        elif c.op == Op.VOLUME:
            self._breakers = breakers.Breakers(self._breakers.band, c.time, c.quantity, self._now, 0)
        elif c.op == Op.PARTICIPANT:
            who = model.Participant(c.user, c.side, c.quantity, c.price, c.stop)
            self._limits.set(who, self._orders.values())
        else:
            self._prevention, self._closed = c.type, c.side
        self._note_rules()
        more, number = c.display if c.op == Op.GRID else c.time, self._number
        self._out.append((CONFIGURED, c.side, c.op, c.type, c.user, 0, c.stop, c.price, c.quantity, more, number))
        return 0

    _RARE: ClassVar[dict[int, Callable[["Book", model.Command], int]]] = {
        Op.AMEND: _amend,
        Op.MASS_CANCEL: _mass_cancel,
        Op.TIME: _pass_time,
        Op.END_DAY: _end_day,
        Op.FORCE_CANCEL: _force_cancel,
        Op.HALT: _stop_trading,
        Op.RESUME: _resume,
    }

    def snapshot(self) -> bytes:
        stop = self._breakers
        breaker = (stop.band, stop.window, stop.volume_max, stop.window_start, stop.volume)
        modes = (self.state, self._prevention, self._closed, self._given_ids)
        settings = model.Settings(self.seq, self._next_id, self.last, self._now, *self._grid, *breaker, *modes)
        return snapshots.write(self._held(settings))

    @classmethod
    def restore(cls, data: bytes) -> "Book":
        """The book that wrote this. Orders are put where they stood, without matching."""
        found = snapshots.read(data)
        book = cls()
        book._set(found.settings)
        book._hold(found)
        book._note_rules()
        return book
