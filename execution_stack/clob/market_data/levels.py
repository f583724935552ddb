"""Price levels under a sequence: a picture, the changes that continue it, and the gap that shows when one is missing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from boundary.kernel import errors

Level = tuple[int, int]
"""Price in ticks, and the lots that are shown at it; in a change, 0 lots mean that the level is gone."""


class Gap(errors.Conflict):
    """A change does not continue what is known: take a new picture."""

    code = "market_data_gap"


class Picture(NamedTuple):
    """Both sides at a sequence, the best price first."""

    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Delta(NamedTuple):
    """Everything that is different at `sequence` from what was at `since`, level by level, as it is now."""

    since: int
    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Levels:
    """Both sides of one book, as somebody knows them who only hears pictures and deltas."""

    def __init__(self, picture: Picture = Picture(0, (), ())) -> None:  # noqa: B008 -- it is immutable
        self.sequence = picture.sequence
        self._sides = dict(picture.bids), dict(picture.asks)

    def apply(self, delta: Delta) -> None:
        """Go on to the delta's sequence. One that ends where we are, or before, says nothing new."""
        if delta.since > self.sequence:
            raise Gap("something before this change was missed")
        if delta.sequence <= self.sequence:
            return
        for side, changed in zip(self._sides, (delta.bids, delta.asks), strict=True):
            put(side, changed)
        self.sequence = delta.sequence

    def picture(self, depth: int | None = None) -> Picture:
        bids, asks = self._sides
        return Picture(self.sequence, best(bids, depth, falling=True), best(asks, depth, falling=False))


def put(side: dict[int, int], changed: Iterable[Level]) -> None:
    for price, lots in changed:
        if lots:
            side[price] = lots
        else:
            side.pop(price, None)


def best(side: Mapping[int, int], depth: int | None, *, falling: bool) -> tuple[Level, ...]:
    return tuple(sorted(side.items(), reverse=falling)[:depth])
