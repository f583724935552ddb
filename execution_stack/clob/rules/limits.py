"""What each participant may do: whether it trades at all, how large an order, how many open, and what they may be worth."""

from collections.abc import Iterable

from execution_stack.clob import model
from execution_stack.clob.rules import ladders

Because = model.Reason


class Limits:
    """`active` from the first limit on; only then is it counted who has what open."""

    def __init__(self) -> None:
        self.known: dict[int, model.Participant] = {}
        self.active = False
        self._orders: dict[int, int] = {}
        self._notional: dict[int, int] = {}

    def set(self, who: model.Participant, resting: Iterable[ladders.Order]) -> None:
        self.known[who.user] = who
        if not self.active and (who.quantity_max or who.open_max or who.notional_max):
            self.active = True
            for order in resting:
                self.opened(order.user, order.worth)

    def may_trade(self, user: int) -> bool:
        who = self.known.get(user)
        return who is not None and not who.barred

    def opened(self, user: int, worth: int) -> None:
        self._orders[user] = self._orders.get(user, 0) + 1
        self.worth_more(user, worth)

    def closed(self, user: int, worth: int) -> None:
        self._orders[user] -= 1
        self.worth_more(user, -worth)

    def worth_more(self, user: int, worth: int) -> None:
        self._notional[user] = self._notional.get(user, 0) + worth

    def judge(self, user: int, quantity: int, worth: int) -> int:
        """A new order."""
        who = self.known.get(user)
        if who is None:
            return 0
        if who.quantity_max and quantity > who.quantity_max:
            return Because.ORDER_TOO_LARGE
        if who.open_max and self._orders.get(user, 0) >= who.open_max:
            return Because.TOO_MANY_OPEN
        return self._judge_worth(who, worth)

    def judge_change(self, order: ladders.Order, quantity: int, worth: int) -> int:
        """An order that becomes larger, or worth more."""
        who = self.known.get(order.user)
        if who is None:
            return 0
        if who.quantity_max and quantity > order.shown + order.hidden and quantity > who.quantity_max:
            return Because.ORDER_TOO_LARGE
        return self._judge_worth(who, worth - order.worth) if worth > order.worth else 0

    def _judge_worth(self, who: model.Participant, more: int) -> int:
        beyond = who.notional_max and self._notional.get(who.user, 0) + more > who.notional_max
        return Because.TOO_MUCH_OPEN if beyond else 0
