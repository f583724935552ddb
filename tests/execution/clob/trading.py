"""A market in words: what tests say to a book, and what they read in its answers."""

from typing import Any

from execution_stack.clob import model
from execution_stack.clob.native import choosing

BUY, SELL = model.Side.BUY, model.Side.SELL
Kind, Op, Reason, Tif, Type = model.Kind, model.Op, model.Reason, model.Tif, model.Type


class Market:
    def __init__(self, book: choosing.Book) -> None:
        self.book = book
        self.said: list[model.Event] = []

    def tell(self, op: int, **fields: Any) -> list[model.Event]:
        command = model.Command(op, **fields)
        self.said = [model.Event(*each) for each in self.book.run_rows((tuple(map(int, command)),))]
        return self.said

    def new(self, side: int, quantity: int, price: int = 0, tif: int = Tif.GTC, **more: Any) -> int:
        """The order's id, or 0 if it was refused."""
        more.setdefault("type", Type.LIMIT if price else Type.MARKET)
        said = self.tell(Op.NEW, side=side, quantity=quantity, price=price, tif=tif, **more)
        return said[0].id if said[0].kind == Kind.ACCEPTED else 0

    def stop(self, side: int, quantity: int, stop: int, price: int = 0, tif: int = Tif.GTC, **more: Any) -> int:
        type_ = Type.STOP_LIMIT if price else Type.STOP
        return self.new(side, quantity, price, tif, type=type_, stop=stop, **more)

    def amend(self, id_: int, quantity: int, price: int, user: int = 0) -> list[model.Event]:
        return self.tell(Op.AMEND, id=id_, quantity=quantity, price=price, user=user)

    def cancel(self, id_: int, user: int = 0) -> list[model.Event]:
        return self.tell(Op.CANCEL, id=id_, user=user)

    def trade_at(self, price: int) -> None:
        """Two strangers trade, and are gone; stops that this makes true follow."""
        self.new(SELL, 1, price, user=900)
        self.new(BUY, 1, price, user=901)

    @property
    def trades(self) -> list[tuple[int, int, int, int]]:
        """(taker, maker, price, quantity) of the last command."""
        return [(each.id, each.other, each.price, each.quantity) for each in self.said if each.kind == Kind.TRADED]

    @property
    def refusal(self) -> str:
        """Why the last command was refused, if it was."""
        return Reason(self.said[0].reason).name.lower() if self.said and self.said[0].kind == Kind.REFUSED else ""

    @property
    def ended(self) -> list[tuple[int, str]]:
        return [(each.id, Reason(each.reason).name.lower()) for each in self.said if each.kind == Kind.CANCELLED]

    @property
    def triggered(self) -> list[int]:
        return [each.id for each in self.said if each.kind == Kind.TRIGGERED]

    @property
    def bids(self) -> list[tuple[int, int, int]]:
        return self.book.orders(0)

    @property
    def asks(self) -> list[tuple[int, int, int]]:
        return self.book.orders(1)

    @property
    def digest(self) -> bytes:
        return choosing.digest(self.book)
