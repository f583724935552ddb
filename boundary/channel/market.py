"""The lossy channel: updates of the newest state, each an answer to a poll. Nothing is stored and nothing is repeated.

A feed has a run (one life of the process that makes it) and a sequence. A poll says how far its asker has come, in the
header's epoch and sequence; the answer says up to which sequence it tells, and after which: a gap is seen, and mended
by asking from nothing. An answer names its poll by the digest of its bytes, in the header's place for a previous head.
A poll may hold one question instead, about what was traded before its asker came; the page that answers it moves nobody's
place, and is as little stored or repeated as anything here.
Its keys are derived for this duty alone, so no frame of the other channel passes here, nor the other way round.
"""

import enum
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from boundary.kernel import clock, ids
from boundary.wire import frame, keys, market, messages, words

WINDOW_MICROS = 30_000_000
POLLS_MAX = 16


class Place(msgspec.Struct, frozen=True):
    """How far somebody has come in a feed."""

    run: int
    sequence: int


NOTHING = Place(0, 0)


class Poll(msgspec.Struct, frozen=True):
    """A verified question."""

    ring: keys.Ring
    place: Place
    digest: bytes
    question: market.Question | None = None


class Update(msgspec.Struct, frozen=True):
    """A verified answer: all that changed after `since`, up to `place`; after 0 it begins anew."""

    place: Place
    since: int
    ticks: tuple[market.Tick, ...]


class Verdict(enum.Enum):
    FRESH = "fresh"
    STALE = "stale"
    """Nothing that is newer than what is known: a repetition, one that was overtaken, or a sign of life."""
    GAP = "gap"
    """Something before it is missing: ask from nothing."""


def judge(here: Place, update: Update) -> Verdict:
    """What an update means for somebody who has come this far."""
    if update.place.run != here.run:
        return Verdict.FRESH if update.since == 0 else Verdict.GAP
    if update.place.sequence <= here.sequence:
        return Verdict.STALE
    return Verdict.FRESH if update.since <= here.sequence else Verdict.GAP


class Teller:
    """Seals answers and verifies polls, on the side that has the feed."""

    def __init__(self, time: clock.Clock, random: ids.Ids) -> None:
        self._clock = time
        self._ids = random

    def hear(self, data: bytes, rings: keys.Rings) -> Poll:
        """Who asks, and how far they have come. Raises, and tells nothing, if the frame is not genuine and timely."""
        header, body, ring = _verified(data, rings, frame.Direction.TO_EXECUTION, self._clock.now())
        if (
            header.count != (1 if body else 0)
            or header.previous != frame.GENESIS
            or (header.epoch == 0 and header.sequence != 0)
        ):
            raise frame.Malformed("a poll says how far its asker has come, and nothing else")
        question = messages.decode_question(body) if body else None
        return Poll(ring, Place(header.epoch, header.sequence), frame.digest(data), question)

    def answer(self, poll: Poll, update: Update) -> bytes:
        said: Sequence[messages.Message] = (market.Since(update.since), *update.ticks)
        body = messages.body([messages.encode(each) for each in said])
        return _seal(poll.ring, frame.Direction.TO_CUSTOMER, update.place, poll.digest, len(said), body, self)

    def tell(self, poll: Poll, page: market.Page) -> bytes:
        """Answer a question. The place is the asker's own, as it stands in the poll."""
        body = messages.body([messages.encode(page)])
        return _seal(poll.ring, frame.Direction.TO_CUSTOMER, poll.place, poll.digest, 1, body, self)

    @property
    def now(self) -> datetime:
        return self._clock.now()

    @property
    def nonces(self) -> ids.Ids:
        return self._ids


class Listener:
    """Makes polls and hears answers, on the side that has none of it. Only answers to its own last polls are believed."""

    def __init__(self, ring: keys.Ring, time: clock.Clock, random: ids.Ids) -> None:
        self._ring = ring
        self._clock = time
        self._ids = random
        self._asked: OrderedDict[bytes, None] = OrderedDict()
        self.place = NOTHING

    @property
    def now(self) -> datetime:
        return self._clock.now()

    @property
    def nonces(self) -> ids.Ids:
        return self._ids

    def poll(self) -> bytes:
        """Ask for what is newer than what is known."""
        return self._asking(0, b"")

    def ask(self, question: market.Question) -> bytes:
        """Ask for what was before."""
        return self._asking(1, messages.body([messages.encode(question)]))

    def _asking(self, count: int, body: bytes) -> bytes:
        data = _seal(self._ring, frame.Direction.TO_EXECUTION, self.place, frame.GENESIS, count, body, self)
        self._asked[frame.digest(data)] = None
        if len(self._asked) > POLLS_MAX:
            self._asked.popitem(last=False)
        return data

    def hear(self, data: bytes) -> tuple[Verdict, Update]:
        """Verify an answer and take note of how far it reaches; what it says is the caller's to keep if it is fresh."""
        header, body = self._answered(data)
        said = messages.decode_market(body)
        since, ticks = said[0], said[1:]
        if header.count != len(said) or header.epoch == 0 or not isinstance(since, market.Since):
            raise frame.Malformed("an update says first what it continues")
        found = [each for each in ticks if not isinstance(each, market.Since)]
        if len(found) != len(ticks) or since.sequence > header.sequence:
            raise frame.Malformed("an update continues one sequence, that is not after its own")
        update = Update(Place(header.epoch, header.sequence), since.sequence, tuple(found))
        verdict = judge(self.place, update)
        if verdict is not Verdict.STALE:
            self.place = update.place if verdict is Verdict.FRESH else NOTHING
        return verdict, update

    def hear_page(self, data: bytes, question: market.Question) -> market.Page:
        """Verify the answer to a question: it is about what was asked, and continues it without a gap."""
        header, body = self._answered(data)
        page = messages.decode_page(body)
        if header.count != 1 or not answers(question, page):
            raise frame.Malformed("the page answers another question")
        return page

    def _answered(self, data: bytes) -> tuple[frame.Header, bytes]:
        header, body, ring = _verified(data, self._ring, frame.Direction.TO_CUSTOMER, self._clock.now())
        if ring.channel != self._ring.channel or header.previous not in self._asked:
            raise frame.Malformed("the answer is to no poll of ours")
        return header, body


def answers(question: market.Question, page: market.Page) -> bool:
    """Whether a page is about what was asked, and begins where it should."""
    if (page.instrument, page.after) != (question.instrument, question.after):
        return False
    if isinstance(page, market.PrintsAfter):
        return question.series is words.Series.TRADES
    if page.span.name != question.series.name:
        return False
    due = question.after
    for each in page.candles:
        if not each.first <= due + 1 <= each.last:
            return False
        due = each.last
    return True


def _seal(
    ring: keys.Ring,
    direction: frame.Direction,
    place: Place,
    previous: bytes,
    count: int,
    body: bytes,
    by: Teller | Listener,
) -> bytes:
    key_id = ring.active
    header = frame.Header(
        direction=direction,
        kind=frame.Kind.MARKET,
        key_id=key_id,
        epoch=place.run,
        sequence=place.sequence,
        at_micros=clock.to_micros(by.now),
        nonce=by.nonces.ref(),
        count=count,
        previous=previous,
    )
    return frame.seal(header, body, ring.key(key_id, direction, frame.Kind.MARKET))


def _verified(
    data: bytes, rings: keys.Rings, direction: frame.Direction, now: datetime
) -> tuple[frame.Header, bytes, keys.Ring]:
    """As `envelope.verify`, for frames that have no place in a transcript. A late one is worth nothing, so it is refused."""
    received = frame.parse(data, direction)
    header = received.header
    ring = rings.get(header.key_id)
    if ring is None or header.kind is not frame.Kind.MARKET:
        raise keys.UnknownKey("the frame names a key that is not active here")
    frame.verify(data, ring.key(header.key_id, direction, header.kind))
    if abs(header.at_micros - clock.to_micros(now)) > WINDOW_MICROS:
        raise frame.Malformed("the frame is outside the time window")
    ring.seen.add(header.key_id)
    return header, received.body, ring
