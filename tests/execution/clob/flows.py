"""Seeded flows of every kind of command, malformed ones among them, that keep a book busy in a narrow range of prices."""

import random  # noqa: TID251 -- seeded, and of the tests alone
from collections.abc import Iterator

from execution_stack.clob import model

Op, Tif, Type = model.Op, model.Tif, model.Type
EDGES = (-(1 << 63), -1, 0, 1, (1 << 40) - 1, 1 << 40, (1 << 40) + 1, (1 << 62) + 1, (1 << 63) - 1)


class Flow:
    """What one seed says. Ids are guessed: the newest are likelier, some were never given."""

    def __init__(self, seed: int, *, given_ids: bool = False) -> None:
        self._random = random.Random(seed)
        self._given_ids = given_ids
        self._newest, self._now = 0, 0
        self._owner: dict[int, int] = {}

    def commands(self, count: int) -> Iterator[model.Command]:
        for _ in range(count):
            command = self._one()
            if self._random.random() < 0.03:
                field = self._random.choice(model.Command._fields[5:])
                command = command._replace(**{field: self._random.choice(EDGES)})
            elif self._random.random() < 0.01:
                field = self._random.choice(model.Command._fields[:4])
                command = command._replace(**{field: self._random.randrange(256)})
            yield command

    def heard(self, events: list[tuple[int, ...]]) -> None:
        """What came of it: later commands are about the orders that there are."""
        for kind, _, _, _, user, id_, *_ in events:
            if kind == model.Kind.ACCEPTED and id_ < 1 << 30:
                self._newest = max(self._newest, id_)
                self._owner[id_] = user

    def _one(self) -> model.Command:
        ops = {Op.NEW: 560, Op.CANCEL: 150, Op.AMEND: 150, Op.TIME: 30}
        ops |= {Op.FORCE_CANCEL: 10, Op.MASS_CANCEL: 6, Op.END_DAY: 3, Op.HALT: 12, Op.RESUME: 40}
        ops |= {Op.GRID: 8, Op.BAND: 8, Op.VOLUME: 8, Op.PARTICIPANT: 12, Op.RULES: 12}
        (op,) = self._random.choices(list(ops), list(ops.values()))
        return {Op.NEW: self._new, Op.TIME: self._time}.get(op, lambda: self._other(op))()

    def _new(self) -> model.Command:
        pick = self._random
        id_ = (self._newest + 1 if pick.random() < 0.9 else self._known()) if self._given_ids else 0
        type_ = pick.choice((Type.LIMIT, Type.LIMIT, Type.LIMIT, Type.LIMIT, Type.MARKET, Type.STOP, Type.STOP_LIMIT))
        tif = pick.choice((Tif.GTC, Tif.GTC, *Tif))
        side, quantity = pick.randrange(2), pick.randint(1, 60)
        display = pick.randint(1, quantity) if pick.random() < 0.15 else 0
        price = 1000 + pick.randint(-20, 20) + (6 if side else -6)
        stop = 1000 + pick.randint(-25, 25)
        until = self._now + pick.randint(1, 60)
        return model.Command(Op.NEW, side, type_, tif, self._user(), id_, price, quantity, stop, display, until)

    def _time(self) -> model.Command:
        self._now += self._random.randint(0, 12)
        return model.Command(Op.TIME, time=self._now)

    def _other(self, op: Op) -> model.Command:
        pick = self._random
        id_ = self._known()
        known = model.Command(op, user=self._owner.get(id_, 0) if pick.random() < 0.9 else self._user(), id=id_)
        price, quantity, stop, display, time = self._numbers(op)
        type_, side = pick.randint(0, 3), pick.random() < 0.1
        if op == Op.HALT:
            type_ = pick.randint(0, 2)
        return known._replace(
            side=side, type=type_, price=price, quantity=quantity, stop=stop, display=display, time=time
        )

    def _numbers(self, op: Op) -> tuple[int, int, int, int, int]:
        pick, loose = self._random, (1, model.PRICE_MAX, 1, 1, 0)
        rows = {
            Op.AMEND: ((1000 + pick.randint(-20, 20), pick.randint(1, 60), 0, 0, 0),),
            Op.RESUME: tuple((price, 0, 0, 0, 0) for price in (0, 990, 1000, 1013)),
            Op.GRID: (loose, loose, loose, (960, 1040, 1, 1, 0), (900, 1100, 2, 5, 0)),
            Op.BAND: tuple((price, 0, 0, 0, 0) for price in (0, 0, 4, 12)),
            Op.VOLUME: tuple((0, most, 0, 0, 20) for most in (0, 0, 90, 400)),
            Op.PARTICIPANT: ((0,) * 5, (0,) * 5, (0, 40, 0, 0, 0), (5, 0, 0, 0, 0), (0, 0, 60_000, 0, 0)),
        }
        return pick.choice(rows.get(op, ((0,) * 5,)))

    def _known(self) -> int:
        return max(1, self._newest + 2 - int(self._random.expovariate(0.06)))

    def _user(self) -> int:
        return self._random.randrange(5) if self._random.random() < 0.995 else model.USERS_MAX
