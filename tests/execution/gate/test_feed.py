"""The feed: the newest state of each thing, told to whoever lacks it, page by page if there is much."""

import uuid

import pytest

from boundary.channel import market
from boundary.kernel import ids
from boundary.wire import market as wire
from boundary.wire import messages, words
from execution_stack.gate import ports
from execution_stack.gate.service import feed

W = words.MarketState


def ref(number: int) -> uuid.UUID:
    return uuid.UUID(int=4 << 76 | 2 << 62 | number)


def ticker(number: int, state: str = "listed", ticks: int | None = None) -> ports.Ticker:
    return ports.Ticker(ref(number), state, ticks)


@pytest.fixture
def made() -> feed.Feed:
    return feed.Feed(ids.SeededIds(3))


def told(of: feed.Feed, place: market.Place = market.NOTHING) -> dict[tuple[uuid.UUID, type], wire.Tick]:
    """Everything from a place on, page after page."""
    found: dict[tuple[uuid.UUID, type], wire.Tick] = {}
    for _ in range(100):
        update = of.after(place)
        assert update.since in {0, place.sequence}
        found |= {(tick.instrument, type(tick)): tick for tick in update.ticks}
        place = update.place
        if not of.has_news(place):
            return found
    raise AssertionError("it never ends")


def test_whoever_has_nothing_gets_everything_and_then_only_what_changed(made: feed.Feed) -> None:
    assert made.take([ticker(1), ticker(2, ticks=40)])
    snapshot = made.after(market.NOTHING)
    assert (snapshot.place, snapshot.since) == (market.Place(made.run, 4), 0)
    assert set(snapshot.ticks) == {
        wire.Status(ref(1), W.LISTED),
        wire.ReferencePrice(ref(1), 0),
        wire.Status(ref(2), W.LISTED),
        wire.ReferencePrice(ref(2), 40),
    }
    assert not made.has_news(snapshot.place)
    assert not made.take([ticker(1), ticker(2, ticks=40)])
    assert made.take([ticker(1, "halted"), ticker(2, ticks=41)])
    update = made.after(snapshot.place)
    assert update.since == 4
    assert set(update.ticks) == {wire.Status(ref(1), W.HALTED), wire.ReferencePrice(ref(2), 41)}


def test_of_many_changes_of_one_thing_the_newest_is_told_once(made: feed.Feed) -> None:
    made.take([ticker(1)])
    here = made.after(market.NOTHING).place
    for price in range(1, 30):
        made.take([ticker(1, ticks=price)])
    update = made.after(here)
    assert (update.ticks, update.place.sequence) == ((wire.ReferencePrice(ref(1), 29),), 31)


@pytest.mark.parametrize("place", [market.Place(1, 2), market.Place(1, 0)])
def test_whoever_comes_from_another_run_begins_anew(made: feed.Feed, place: market.Place) -> None:
    made.take([ticker(1)])
    assert made.run != place.run
    assert made.has_news(place)
    assert made.after(place).since == 0
    assert made.after(market.Place(made.run, made.sequence + 1)).since == 0, "from the future"


def test_an_instrument_that_is_gone_is_told_to_those_who_knew_it_and_to_nobody_else(made: feed.Feed) -> None:
    made.take([ticker(1, ticks=5), ticker(2)])
    here = made.after(market.NOTHING).place
    made.take([ticker(2)])
    assert made.after(here).ticks == (wire.Status(ref(1), W.DELISTED),)
    assert {tick.instrument for tick in made.after(market.NOTHING).ticks} == {ref(2)}
    made.take([ticker(1, ticks=7), ticker(2)])
    assert set(made.after(here).ticks) == {wire.Status(ref(1), W.LISTED), wire.ReferencePrice(ref(1), 7)}


def test_a_market_that_does_not_fit_into_one_update_is_told_in_pages(
    made: feed.Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "TICKS_MAX", 7)
    made.take([ticker(number, ticks=number) for number in range(1, 31)])
    first = made.after(market.NOTHING)
    assert (len(first.ticks), first.since, first.place.sequence) == (7, 0, 7)
    made.take([ticker(number, ticks=number + (number == 1)) for number in range(1, 31)])  # moves to the end
    found = told(made, first.place)
    assert found[ref(1), wire.ReferencePrice] == wire.ReferencePrice(ref(1), 2)
    everything = {(tick.instrument, type(tick)): tick for tick in first.ticks} | found
    assert everything == told(made)
    assert len(everything) == 60


def test_the_largest_update_fits_into_a_frame() -> None:
    made = feed.Feed(ids.SeededIds(3))
    made.take([ticker(number, ticks=10**9) for number in range(1, 4000)])
    update = made.after(market.NOTHING)
    assert len(update.ticks) == feed.TICKS_MAX
    levels = tuple(wire.Level(10**9, 10**12) for _ in range(wire.LEVELS_MAX))
    longest: list[wire.Tick] = [
        wire.Status(ref(1), W.DELISTED),
        wire.ReferencePrice(ref(1), 10**9),
        wire.BookTop(ref(1), 10**9, 10**12, 10**9, 10**12),
        wire.BookLevels(ref(1), levels, levels),
        wire.LastTrade(ref(1), 10**9, 10**12, 7_258_118_399),
    ]
    for tick in longest:
        assert len(messages.encode(tick)) <= feed._size(tick), tick


def test_too_many_that_are_gone_begin_a_new_run_without_them(made: feed.Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "GONE_MAX", 3)
    made.take([ticker(number) for number in range(1, 10)])
    before, run = made.after(market.NOTHING).place, made.run
    made.take([ticker(number) for number in range(4, 10)])
    assert made.run == run
    made.take([ticker(number) for number in range(5, 10)])
    assert made.run != run
    update = made.after(before)
    assert update.since == 0
    assert {tick.instrument for tick in update.ticks} == {ref(number) for number in range(5, 10)}
    assert told(made) == {(tick.instrument, type(tick)): tick for tick in update.ticks}
