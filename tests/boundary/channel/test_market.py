"""The lossy channel: what a poll and an answer must be, and that whoever loses half of everything still ends up right."""

import contextlib
import random  # noqa: TID251 -- a network's whims, repeatable by their seed
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

import msgspec
import pytest

from boundary.channel import envelope, market
from boundary.kernel import clock, errors, ids, primitives
from boundary.kernel.runtime import problems
from boundary.wire import control, frame, keys, messages, words
from boundary.wire import market as wire
from tests.boundary.channel import frames

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
P = market.Place
V = market.Verdict


class World(NamedTuple):
    """Both ends of one channel, and the hands to make what neither would."""

    end: frames.End
    time: clock.ManualClock
    random: ids.SeededIds

    @property
    def teller(self) -> market.Teller:
        return market.Teller(self.time, self.random)

    def listener(self) -> market.Listener:
        return market.Listener(self.end.ring, self.time, self.random)


@pytest.fixture
def world() -> World:
    time, random_ids = clock.ManualClock(NOW), ids.SeededIds(5)
    channel, masters = random_ids.ref(), {1: random_ids.token(32)}
    end = frames.End(channel, masters, frame.Direction.TO_EXECUTION, time, random_ids)
    return World(end, time, random_ids)


def ticks(*numbers: int) -> tuple[wire.Tick, ...]:
    return tuple(wire.ReferencePrice(uuid.UUID(int=4 << 76 | 2 << 62 | number), number) for number in numbers)


# --- what an update means


@pytest.mark.parametrize(
    "here, place, since, verdict",
    [
        (market.NOTHING, P(7, 0), 0, V.FRESH),
        (market.NOTHING, P(7, 9), 0, V.FRESH),
        (market.NOTHING, P(7, 9), 3, V.GAP),
        (P(7, 3), P(7, 9), 3, V.FRESH),
        (P(7, 3), P(7, 9), 2, V.FRESH),
        (P(7, 3), P(7, 9), 4, V.GAP),
        (P(7, 3), P(7, 9), 0, V.FRESH),
        (P(7, 3), P(7, 3), 3, V.STALE),
        (P(7, 3), P(7, 2), 1, V.STALE),
        (P(7, 3), P(7, 2), 0, V.STALE),
        (P(7, 3), P(8, 1), 0, V.FRESH),
        (P(7, 3), P(8, 9), 3, V.GAP),
    ],
)
def test_what_an_update_means(here: market.Place, place: market.Place, since: int, verdict: market.Verdict) -> None:
    assert market.judge(here, market.Update(place, since, ())) is verdict


# --- frames


def test_a_poll_and_its_answer_pass(world: World) -> None:
    listener, teller = world.listener(), world.teller
    poll = teller.hear(listener.poll(), world.end.ring)
    assert (poll.place, poll.ring.channel) == (market.NOTHING, world.end.channel)
    update = market.Update(P(7, 2), 0, ticks(1, 2))
    assert listener.hear(teller.answer(poll, update)) == (V.FRESH, update)
    assert listener.place == P(7, 2)
    again = teller.hear(listener.poll(), world.end.ring)
    assert again.place == P(7, 2)


def refusal(work: Any) -> str:
    try:
        work()
    except errors.Refusal as refused:
        return problems.of(refused, "").code
    raise AssertionError("nothing was refused")


def poll_with(world: World, body: bytes = b"", **header: Any) -> bytes:
    """A poll whose header says something else, sealed by somebody who can."""
    made = frames.nowhere(body, header.pop("count", 0))
    place = {"epoch": 0, "sequence": 0} | header
    return world.end.seal(frame.Kind.MARKET, made, **place)


POLLS: dict[str, dict[str, Any]] = {
    "a body that it does not count": {"body": b"\x91\x92\xcd\x01\x2c\x00"},
    "two questions": {"body": b"\x92\xc0\xc0", "count": 2},
    "a count": {"count": 1},
    "a previous head": {"previous": bytes(31) + b"\1"},
    "a sequence of no run": {"sequence": 4},
    "too old": {"at_micros": clock.to_micros(NOW - timedelta(seconds=31))},
    "too new": {"at_micros": clock.to_micros(NOW + timedelta(seconds=31))},
}


@pytest.mark.parametrize("name", POLLS)
def test_a_poll_has_nowhere_to_hide_anything(world: World, name: str) -> None:
    data = poll_with(world, **POLLS[name])
    assert refusal(lambda: world.teller.hear(data, world.end.ring)) == "frame_malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"\x91\x92\xcd\x01\x2c\x00",
        messages.body([messages.encode(wire.Since(4))]),
        b"\x91" + b"\x93\xcd\x01\x40" + b"\xc4\x10" + bytes(16) + b"\x01",
        b"name@example.org",
    ],
)
def test_a_poll_holds_the_one_question_and_no_other_message(world: World, body: bytes) -> None:
    data = poll_with(world, body, count=1)
    with pytest.raises(errors.Invalid):
        world.teller.hear(data, world.end.ring)


def test_every_flipped_bit_of_a_poll_is_refused(world: World) -> None:
    data = world.listener().poll()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        code = refusal(lambda flipped=bytes(flipped): world.teller.hear(flipped, world.end.ring))
        assert code in {"frame_malformed", "frame_forged", "frame_key_unknown"}, bit


@pytest.mark.parametrize("kind", [kind for kind in frame.Kind if kind is not frame.Kind.MARKET])
def test_no_frame_of_either_channel_passes_on_the_other_nor_with_a_key_of_another_duty(
    world: World, kind: frame.Kind
) -> None:
    rings = world.end.ring
    body = messages.encode(control.Seen(bytes(32), 1)) if kind is frame.Kind.ACK else b""
    other = world.end.seal(kind, frames.nowhere(body, 1 if body else 0))
    assert refusal(lambda: world.teller.hear(other, rings)) == "frame_key_unknown"
    duty = rings.key(rings.active, frame.Direction.TO_EXECUTION, kind)
    crossed = world.end.seal(frame.Kind.MARKET, frames.nowhere(b"", 0), epoch=0, key=duty)
    assert refusal(lambda: world.teller.hear(crossed, rings)) == "frame_forged"
    poll = world.listener().poll()
    now, way = world.time.now(), frame.Direction.TO_EXECUTION
    assert refusal(lambda: envelope.verify(poll, rings, way, now)) == "frame_malformed"
    relabelled = poll[:5] + bytes([kind]) + poll[6:]
    assert refusal(lambda: envelope.verify(relabelled, rings, way, now)) == "frame_forged"


def test_six_keys_of_a_channel_are_all_different(world: World) -> None:
    ring = world.end.ring
    found = {ring.key(ring.active, direction, kind) for direction in frame.Direction for kind in frame.Kind}
    assert len(found) == 6


def answer_with(world: World, poll: bytes, said: tuple[messages.Message, ...], **header: Any) -> bytes:
    """An answer that says what it likes, sealed with the right key."""
    body = messages.body([messages.encode(each) for each in said])
    ring = world.end.ring
    place = {"epoch": 7, "sequence": 9, "previous": frame.digest(poll), "direction": frame.Direction.TO_CUSTOMER}
    key = ring.key(ring.active, frame.Direction.TO_CUSTOMER, frame.Kind.MARKET)
    return world.end.seal(frame.Kind.MARKET, frames.nowhere(body, len(said)), key=key, **place | header)


ANSWERS: dict[str, tuple[tuple[messages.Message, ...], dict[str, Any]]] = {
    "to another poll": ((wire.Since(0),), {"previous": bytes(32)}),
    "of no run": ((wire.Since(0),), {"epoch": 0}),
    "without a beginning": (ticks(1), {}),
    "with two beginnings": ((wire.Since(0), wire.Since(0)), {}),
    "that continues the future": ((wire.Since(10),), {}),
    "with another count": ((wire.Since(0),), {"count": 2}),
    "too old": ((wire.Since(0),), {"at_micros": clock.to_micros(NOW - timedelta(seconds=31))}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_makes_no_sense_is_refused_and_forgotten(world: World, name: str) -> None:
    listener = world.listener()
    poll = listener.poll()
    said, header = ANSWERS[name]
    assert refusal(lambda: listener.hear(answer_with(world, poll, said, **header))) == "frame_malformed"
    assert listener.place == market.NOTHING
    good = answer_with(world, poll, (wire.Since(0), *ticks(1)))
    assert listener.hear(good)[0] is V.FRESH


def test_a_message_of_another_vocabulary_is_no_market_data(world: World) -> None:
    listener = world.listener()
    poll = listener.poll()
    for body in (b"\x91\x92\xcc\xc8\x93\x01\x01\x00", b"\x90", b"\x91\x92\xcd\x01\x90\x00", b"text", b""):
        ring = world.end.ring
        key = ring.key(ring.active, frame.Direction.TO_CUSTOMER, frame.Kind.MARKET)
        place = {"epoch": 7, "sequence": 9, "previous": frame.digest(poll), "direction": frame.Direction.TO_CUSTOMER}
        data = world.end.seal(frame.Kind.MARKET, frames.nowhere(body, 1), key=key, **place)
        with pytest.raises(errors.Invalid):
            listener.hear(data)
    assert listener.place == market.NOTHING


def test_an_answer_of_another_channel_with_the_same_key_id_is_forged(world: World) -> None:
    other = keys.Ring(world.random.ref(), {1: world.random.token(32)})
    listener, stranger = world.listener(), market.Listener(other, world.time, world.random)
    poll = market.Poll(other, market.NOTHING, frame.digest(listener.poll()))
    answer = world.teller.answer(poll, market.Update(P(7, 1), 0, ticks(1)))
    assert refusal(lambda: listener.hear(answer)) == "frame_forged"
    assert primitives.sha256(b"") != stranger.poll()


def test_only_the_last_polls_are_remembered(world: World) -> None:
    listener = world.listener()
    first = listener.poll()
    for _ in range(market.POLLS_MAX):
        listener.poll()
    assert refusal(lambda: listener.hear(answer_with(world, first, (wire.Since(0),)))) == "frame_malformed"


# --- what was traded before

ASKED = wire.HistoryAfter(uuid.UUID(int=4 << 76 | 2 << 62 | 1), words.Series.MINUTE, 10)
TRADES = wire.HistoryAfter(ASKED.instrument, words.Series.TRADES, 10)


def candle(first: int, last: int) -> wire.Candle:
    return wire.Candle(1_800_000_000 + 60 * first, 5, 6, 4, 5, 10, first, last)


def test_a_question_and_its_page_pass_and_move_nobodys_place(world: World) -> None:
    listener, teller = world.listener(), world.teller
    poll = teller.hear(listener.poll(), world.end.ring)
    listener.hear(teller.answer(poll, market.Update(P(7, 2), 0, ())))
    asked = teller.hear(listener.ask(ASKED), world.end.ring)
    assert (asked.question, asked.place) == (ASKED, P(7, 2))
    page = wire.CandlesAfter(ASKED.instrument, words.CandleSpan.MINUTE, 10, (candle(8, 12), candle(13, 13)))
    assert listener.hear_page(teller.tell(asked, page), ASKED) == page
    assert listener.place == P(7, 2)


PRINT = wire.Print(5, 1, words.Side.BUY, words.PrintKind.CONTINUOUS, 1_800_000_000)
PAGES: dict[str, tuple[wire.HistoryAfter, wire.Page]] = {
    "of another instrument": (TRADES, wire.PrintsAfter(uuid.UUID(int=4 << 76 | 2 << 62 | 2), 10, (PRINT,))),
    "after another trade": (TRADES, wire.PrintsAfter(TRADES.instrument, 11, (PRINT,))),
    "of another span": (ASKED, wire.CandlesAfter(ASKED.instrument, words.CandleSpan.DAY, 10, ())),
    "of trades instead of candles": (ASKED, wire.PrintsAfter(ASKED.instrument, 10, ())),
    "of candles instead of trades": (TRADES, wire.CandlesAfter(ASKED.instrument, words.CandleSpan.MINUTE, 10, ())),
    "that begins too late": (
        ASKED,
        wire.CandlesAfter(ASKED.instrument, words.CandleSpan.MINUTE, 10, (candle(12, 12),)),
    ),
    "that is over already": (ASKED, wire.CandlesAfter(ASKED.instrument, words.CandleSpan.MINUTE, 10, (candle(9, 10),))),
    "with a hole": (
        ASKED,
        wire.CandlesAfter(ASKED.instrument, words.CandleSpan.MINUTE, 10, (candle(9, 11), candle(13, 13))),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_about_something_else_is_refused(world: World, name: str) -> None:
    question, page = PAGES[name]
    listener = world.listener()
    asked = world.teller.hear(listener.ask(question), world.end.ring)
    assert refusal(lambda: listener.hear_page(world.teller.tell(asked, page), question)) == "frame_malformed"


def test_a_page_is_no_update_and_an_update_no_page(world: World) -> None:
    listener, teller = world.listener(), world.teller
    asked = teller.hear(listener.ask(TRADES), world.end.ring)
    page = teller.tell(asked, wire.PrintsAfter(TRADES.instrument, 10, (PRINT,)))
    with pytest.raises(errors.Invalid):
        listener.hear(page)
    poll = teller.hear(listener.poll(), world.end.ring)
    with pytest.raises(errors.Invalid):
        listener.hear_page(teller.answer(poll, market.Update(P(7, 2), 0, ())), TRADES)


def test_a_page_to_no_question_of_ours_is_refused(world: World) -> None:
    stranger = world.listener()
    asked = world.teller.hear(stranger.ask(TRADES), world.end.ring)
    page = world.teller.tell(asked, wire.PrintsAfter(TRADES.instrument, 10, ()))
    assert refusal(lambda: world.listener().hear_page(page, TRADES)) == "frame_malformed"


# --- a network that loses, doubles and reorders


class Told(msgspec.Struct):
    """A feed as simple as can be: the newest price of each instrument, and when it changed."""

    run: int
    sequence: int = 0
    prices: dict[uuid.UUID, tuple[int, int]] = {}

    def change(self, instrument: uuid.UUID, price: int) -> None:
        self.sequence += 1
        self.prices = self.prices | {instrument: (self.sequence, price)}

    def after(self, place: market.Place) -> market.Update:
        since = place.sequence if place.run == self.run and place.sequence <= self.sequence else 0
        changed = sorted((n, ref, price) for ref, (n, price) in self.prices.items() if n > since)
        found = tuple(wire.ReferencePrice(ref, price) for _, ref, price in changed)
        return market.Update(P(self.run, self.sequence), since, found)


def badly(chance: random.Random, flying: list[bytes], loss: float) -> Iterator[bytes]:
    """Some of what flies, in any order: lost, doubled, overtaken or late."""
    while len(flying) > chance.randrange(4):
        data = flying.pop(chance.randrange(len(flying)))
        if chance.random() >= loss:
            yield data
            if chance.random() < 0.2:
                flying.append(data)


class Story:
    """A feed, a listener and what lies between them, a step at a time."""

    REFS: ClassVar = [uuid.UUID(int=4 << 76 | 2 << 62 | number) for number in range(12)]

    def __init__(self, world: World, seed: int, loss: float) -> None:
        self.world, self.loss = world, loss
        self.chance = random.Random(seed)
        self.told = Told(self.chance.randrange(1, 1 << 32))
        self.listener = world.listener()
        self.heard: dict[uuid.UUID, int] = {}
        self.asking: list[bytes] = []
        self.answering: list[bytes] = []

    def change(self) -> None:
        self.told.change(self.chance.choice(self.REFS), self.chance.randrange(1, 99))

    def restart_teller(self) -> None:
        """Without some of what it had."""
        self.told = Told(self.chance.randrange(1, 1 << 32))
        for ref in self.REFS[: self.chance.randrange(3, 12)]:
            self.told.change(ref, self.chance.randrange(1, 99))

    def restart_listener(self) -> None:
        self.listener, self.heard = self.world.listener(), {}

    def turn(self) -> None:
        teller = self.world.teller
        self.asking.append(self.listener.poll())
        for data in badly(self.chance, self.asking, self.loss):
            poll = teller.hear(data, self.world.end.ring)
            self.answering.append(teller.answer(poll, self.told.after(poll.place)))
        for data in badly(self.chance, self.answering, self.loss):
            with contextlib.suppress(frame.Malformed):  # so late that its poll is forgotten
                self._hear(*self.listener.hear(data))

    def _hear(self, verdict: market.Verdict, update: market.Update) -> None:
        if verdict is not V.FRESH:
            return
        if update.since == 0:
            self.heard.clear()
        for tick in update.ticks:
            assert isinstance(tick, wire.ReferencePrice)
            self.heard[tick.instrument] = tick.ticks


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("loss", [0.0, 0.5])
def test_whoever_loses_half_of_everything_ends_up_with_what_the_feed_has(world: World, seed: int, loss: float) -> None:
    story = Story(world, seed, loss)
    for step in range(400):
        if story.chance.random() < 0.5:
            story.change()
        if step in {130, 260}:
            story.restart_teller()
        if step == 200:
            story.restart_listener()
        story.turn()
    for _ in range(60):
        story.turn()
    told = story.told
    assert story.heard == {ref: price for ref, (_, price) in told.prices.items()}
    assert story.listener.place == P(told.run, told.sequence)
