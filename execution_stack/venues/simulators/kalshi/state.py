"""All that an exchange is while it runs; it lives in memory and ends with the process."""

from boundary.kernel import clock, ids
from execution_stack.venues.simulators.kalshi import catalogue, limits, lives, makers, signatures
from execution_stack.venues.simulators.kalshi.exchange import Exchange
from execution_stack.venues.simulators.kalshi.faults import Faults

MONEY = 1_000_000 * 1_000_000
"""A million dollars to begin with."""


class State:
    """Everything random comes from the seed."""

    def __init__(self, seed: int, time: clock.Clock, window_ms: int) -> None:
        self.clock = time
        self.exchange = Exchange(self.clock, ids.SeededIds(seed, self.clock), MONEY)
        self.members = signatures.Members(window_ms)
        self.faults = Faults()
        self.makers = makers.Makers(self.exchange, seed + 1)
        self.quick: catalogue.Quick | None = None
        self.read = limits.Bucket(self.clock, 20_000, 40_000)
        self.write = limits.Bucket(self.clock, 20_000, 40_000)
        self.seen: dict[str, int] = {}
        catalogue.standing(self.exchange)

    def step(self) -> None:
        """Everything that happens without anybody asking."""
        if self.quick is not None:
            self.quick.step()
        lives.step(self.exchange)
        self.makers.step()
