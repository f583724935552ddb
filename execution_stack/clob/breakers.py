"""What stops continuous trading by itself: a price too far from the last one, or too much traded in one window of time.

Either leads into an auction; an operator or a timer leads out of it. The third breaker, the static band, refuses single
orders and is part of the grid.
"""

from execution_stack.clob import model


class Breakers:
    """`band`: how far a trade may be from the last price before the command; 0: any. `volume_max`: 0: any."""

    def __init__(self, band: int, window: int, volume_max: int, window_start: int, volume: int) -> None:
        self.band = band
        self.window = window
        self.volume_max = volume_max
        self.window_start = window_start
        self.volume = volume

    def outside(self, price: int, reference: int) -> bool:
        return bool(self.band and reference) and not -self.band <= price - reference <= self.band

    def count(self, quantity: int, now: int) -> bool:
        """Whether this is too much in its window."""
        if now - self.window_start >= self.window:
            self.new_window(now)
        self.volume = min(self.volume + quantity, model.LIMIT_MAX)
        return self.volume > self.volume_max

    def new_window(self, now: int) -> None:
        self.window_start, self.volume = now, 0
