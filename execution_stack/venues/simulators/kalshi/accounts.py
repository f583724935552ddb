"""A member's money, contracts and fills. YES and NO of one market net at once: a pair is worth a dollar."""

import dataclasses

from execution_stack.venues.simulators.kalshi import amounts, books


@dataclasses.dataclass
class Fill:
    """`listed` is from when lists show it."""

    id: str
    order: str
    client: str
    ticker: str
    side: str
    price: int
    count: int
    fee: int
    taker: bool
    at: int
    listed: int
    position: int = 0

    def row(self) -> dict[str, object]:
        outcome, no_price = ("yes" if self.side == books.BID else "no"), amounts.DOLLAR - self.price
        return {
            "fill_id": self.id,
            "trade_id": self.id,
            "exchange_index": 0,
            "order_id": self.order,
            "ticker": self.ticker,
            "market_ticker": self.ticker,
            "outcome_side": outcome,
            "book_side": self.side,
            "count_fp": amounts.count_text(self.count),
            "yes_price_dollars": amounts.price_text(self.price),
            "no_price_dollars": amounts.price_text(no_price),
            "is_taker": self.taker,
            "fee_cost": amounts.money_text(self.fee),
            "subaccount_number": 0,
            "ts": self.at // 1_000_000,
        }


@dataclasses.dataclass
class Settled:
    ticker: str
    event: str
    result: str
    yes: int
    yes_cost: int
    no: int
    no_cost: int
    revenue: int
    fee: int
    value: int | None
    at: int


@dataclasses.dataclass
class Position:
    count: int = 0
    cost: int = 0
    traded: int = 0
    realised: int = 0
    fees: int = 0
    updated: int = 0

    def take(self, side: str, price: int, count: int) -> int:
        """What the money moves by, fees apart."""
        mine, paid = (price, 1) if side == books.BID else (amounts.DOLLAR - price, -1)
        held = -self.count * paid
        closing = min(count, max(0, held))
        opening = count - closing
        if closing:
            released = self.cost * closing // held
            self.cost -= released
            self.realised += _of(amounts.DOLLAR - mine, closing) - released
        self.cost += _of(mine, opening)
        self.traded += _of(mine, count)
        self.count += paid * count
        return _of(amounts.DOLLAR, closing) - _of(mine, count)


class Account:
    def __init__(self, money: int, precision: int) -> None:
        self.opening = money
        self.cash = money
        self.precision = precision
        self.positions: dict[str, Position] = {}
        self.fills: list[Fill] = []
        self.settlements: list[Settled] = []
        self.events: list[Fill | Settled] = []

    def position(self, ticker: str) -> Position:
        return self.positions.setdefault(ticker, Position())

    def collateral(self, ticker: str, side: str, price: int, count: int) -> int:
        """What an order needs at most: what closes a position needs nothing."""
        held = self.position(ticker).count * (1 if side == books.ASK else -1)
        return _of(price if side == books.BID else amounts.DOLLAR - price, max(0, count - max(0, held)))

    def filled(self, fill: Fill) -> None:
        self._apply(fill)
        self.fills.append(fill)
        self.events.append(fill)

    def settle(self, ticker: str, event: str, result: str, value: int, at: int) -> Settled | None:
        """`value` is what a YES contract pays. A void market gives everyone their cost back."""
        position = self.position(ticker)
        yes, no = max(0, position.count), max(0, -position.count)
        if not yes and not no:
            return None
        exact = position.cost if result == "void" else _of(value, yes) + _of(amounts.DOLLAR - value, no)
        done = Settled(
            ticker=ticker,
            event=event,
            result=result,
            yes=yes,
            yes_cost=position.cost if yes else 0,
            no=no,
            no_cost=position.cost if no else 0,
            revenue=exact // 10_000 * 10_000,
            fee=position.fees,
            value=None if result == "void" else value // 10_000,
            at=at,
        )
        self._settled(done)
        self.settlements.append(done)
        self.events.append(done)
        return done

    def bust(self, fill: Fill) -> None:
        """As if it had never been: everything after it is worked out again, at the fees that were charged."""
        self.fills.remove(fill)
        self.events.remove(fill)
        self.cash, self.positions = self.opening, {}
        for each in self.events:
            if isinstance(each, Fill):
                self._apply(each)
            else:
                self._settled(each)

    def _apply(self, fill: Fill) -> None:
        position = self.position(fill.ticker)
        self.cash += position.take(fill.side, fill.price, fill.count) - fill.fee
        position.fees += fill.fee
        position.updated = fill.at
        fill.position = position.count

    def _settled(self, done: Settled) -> None:
        position = self.position(done.ticker)
        self.cash += done.revenue
        position.realised += done.revenue - position.cost
        position.count = position.cost = 0
        position.updated = done.at


def _of(price: int, count: int) -> int:
    """Rounded down; with prices of four decimals and counts of two there is nothing to round."""
    return price * count // amounts.CONTRACT
