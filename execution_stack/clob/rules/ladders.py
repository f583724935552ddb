"""One side of the readable book: levels in order of price, and in each a queue of orders.

A side is a dictionary of levels and a sorted list of their keys, the best at its end. A key is the price, or minus the
price where the lowest is best, so that both sides read the same. An order that leaves from the middle of a queue stays in
it with nothing shown until the queue comes to it, and is swept out when such orders are the most.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator

import msgspec

from execution_stack.clob import model


class Order(msgspec.Struct, eq=False):
    """One that rests or is parked. With nothing shown it is gone. A struct, because a new one costs half a class's."""

    id: int
    user: int
    side: int
    type: int
    tif: int
    price: int
    shown: int
    hidden: int = 0
    display: int = 0
    stop: int = 0
    expires: int = 0
    level: "Level" = None  # type: ignore[assignment]  # nobody asks before it has its place

    @property
    def worth(self) -> int:
        """What it counts for in its participant's open notional."""
        return (self.stop if self.type == model.Type.STOP else self.price) * (self.shown + self.hidden)


class Level:
    __slots__ = ("count", "key", "queue")

    def __init__(self, key: int) -> None:
        self.key = key
        self.count = 0
        self.queue: deque[Order] = deque()


class Ladder:
    """The levels of one side. `sign` is 1 where the highest price is best, -1 where the lowest is."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def add(self, price: int, order: Order) -> None:
        key = price * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(key)
            keys = self.keys
            if keys and key < keys[-1]:
                insort(keys, key)
            else:
                keys.append(key)
        level.queue.append(order)
        level.count += 1
        order.level = level

    def leave(self, level: Level) -> None:
        """One order fewer."""
        level.count -= 1
        if not level.count:
            keys, key = self.keys, level.key
            if keys[-1] == key:
                keys.pop()
            else:
                del keys[bisect_left(keys, key)]
            del self.levels[key]
            level.queue.clear()  # who is gone and who is not know each other: nothing is left for a collector
        elif len(level.queue) > 2 * level.count + 64:
            level.queue = deque(each for each in level.queue if each.shown)

    def head(self) -> Order:
        """The first order of the best level."""
        queue = self.levels[self.keys[-1]].queue
        while not queue[0].shown:
            queue.popleft()
        return queue[0]

    def orders(self) -> Iterator[Order]:
        for key in reversed(self.keys):
            yield from (each for each in self.levels[key].queue if each.shown)

    def totals(self) -> list[tuple[int, int]]:
        return [
            (key * self.sign, sum(each.shown + each.hidden for each in level.queue if each.shown))
            for key, level in self.levels.items()
        ]
