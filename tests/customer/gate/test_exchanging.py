"""What is believed of an exchange: signed, timely answers about the very frame that was sent, and nothing else."""

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from boundary.channel import envelope
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import transcript_store
from boundary.wire import control, frame, messages, to_customer, values, words
from customer_stack.gate.adapters import http
from customer_stack.gate.service import exchanging
from tests.boundary.channel import frames

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
Answer = Callable[["Link", bytes], bytes]


@dataclasses.dataclass
class Link:
    """A line, the other end of it, and what went over it. Each exchange is answered with the next line of the script."""

    there: frames.End
    time: clock.ManualClock
    ids: ids.Ids
    script: list[Answer | errors.Refusal] = dataclasses.field(default_factory=list)
    sent: list[bytes] = dataclasses.field(default_factory=list)
    heard: list[envelope.Arrived] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = exchanging.Line(self, self.there.ring, self.time, self.ids, self.heard.append)

    async def post(self, body: bytes) -> bytes:
        self.sent.append(body)
        line = self.script.pop(0)
        if isinstance(line, errors.Refusal):
            raise line
        return line(self, body)

    async def ask(self, *lines: Answer | errors.Refusal, sealed: bytes | None = None) -> control.Control:
        self.script[:] = lines
        return await self.line.ask(sealed or self.line.sealer.heartbeat())


@pytest.fixture
def link() -> Link:
    time, random = clock.ManualClock(NOW), ids.SystemIds()
    there = frames.End(random.ref(), {1: random.token(32)}, frame.Direction.TO_CUSTOMER, time, random)
    return Link(there, time, random)


def heartbeat(link: Link) -> bytes:
    return link.line.sealer.heartbeat()


def seen(link: Link, sent: bytes) -> bytes:
    """The one answer to a heartbeat that is true."""
    return link.there.control(control.Seen(frame.digest(frame.split(sent)[0]), 1))


def news(link: Link) -> transcript_store.Core:
    refs = (link.ids.ref(),)
    return link.there.core(to_customer.RefsIssued(values.MessageName(1, 1, 0), refs))


def with_news(make: Callable[[Link, transcript_store.Core], bytes]) -> Answer:
    """A true answer, and behind it whatever is made of a core."""
    return lambda link, sent: seen(link, sent) + make(link, news(link))


def elsewhere(link: Link) -> frames.End:
    """The execution stack as another channel knows it."""
    masters = {1: link.ids.token(32)}
    return frames.End(link.ids.ref(), masters, frame.Direction.TO_CUSTOMER, link.time, link.ids)


def flipped(data: bytes) -> bytes:
    """The last bit of the tag is another one."""
    return data[:-1] + bytes([data[-1] ^ 1])


LATE, EARLY = timedelta(seconds=-30.1), timedelta(seconds=30.1)
SEEN = control.Seen(bytes(32), 1)
NOT_BELIEVED: dict[str, Answer] = {
    "nothing": lambda link, sent: b"",
    "garbage": lambda link, sent: b"OK",
    "a page": lambda link, sent: b"<html><body>502 Bad Gateway</body></html>" * 9,
    "zeros": lambda link, sent: bytes(500),
    "our own frame": lambda link, sent: sent,
    "our own frame, turned round": lambda link, sent: sent[:4] + b"\2" + sent[5:],
    "cut": lambda link, sent: seen(link, sent)[:-1],
    "a byte behind": lambda link, sent: seen(link, sent) + b"\0",
    "a bit changed": lambda link, sent: flipped(seen(link, sent)),
    "about another frame": lambda link, sent: link.there.control(SEEN),
    "about another attempt": lambda link, sent: seen(link, heartbeat(link)),
    "a refusal of another frame": lambda link, sent: link.there.control(
        control.Nack(1, 1, bytes(32), words.NackCode.EQUIVOCATION, 1, 1, bytes(32))
    ),
    "too old": lambda link, sent: link.there.control(control.Seen(frame.digest(sent), 1), later=LATE),
    "from the future": lambda link, sent: link.there.control(control.Seen(frame.digest(sent), 1), later=EARLY),
    "with the key for data": lambda link, sent: link.there.control(
        control.Seen(frame.digest(sent), 1),
        key=link.there.ring.key(1, frame.Direction.TO_CUSTOMER, frame.Kind.DATA),
    ),
    "with the key of our own direction": lambda link, sent: link.there.control(
        control.Seen(frame.digest(sent), 1),
        key=link.there.ring.key(1, frame.Direction.TO_EXECUTION, frame.Kind.ACK),
    ),
    "of another channel": lambda link, sent: elsewhere(link).control(control.Seen(frame.digest(sent), 1)),
    "of a key that we do not hold": lambda link, sent: link.there.control(
        control.Seen(frame.digest(sent), 1), key_id=2, key=bytes(range(32))
    ),
    "twice": lambda link, sent: seen(link, sent) * 2,
    "and a heartbeat": lambda link, sent: seen(link, sent) + link.there.heartbeat(),
    "with a place": lambda link, sent: link.there.control(control.Seen(frame.digest(sent), 1), sequence=5),
    "that is messages": lambda link, sent: link.there.seal(
        frame.Kind.ACK, frames.nowhere(messages.body([messages.encode(to_customer.InstrumentResumed(link.there.channel))]), 1)
    ),
    "a core alone": lambda link, sent: link.there.data(news(link)),
    "a core and a heartbeat": lambda link, sent: link.there.data(news(link)) + link.there.heartbeat(),
    "two cores": with_news(lambda link, core: link.there.data(core) * 2),
    "a forged core behind": with_news(lambda link, core: link.there.data(core, key=bytes(range(32)))),
    "a core with a bit changed": with_news(lambda link, core: flipped(link.there.data(core))),
    "a late core": with_news(lambda link, core: link.there.data(core, later=LATE)),
    "a reflected core": with_news(
        lambda link, core: link.line.sealer.data(link.there.core_of(core.body, core.count))
    ),
    "a core of another channel": with_news(lambda link, core: elsewhere(link).data(core)),
    "a core in place 0": with_news(lambda link, core: link.there.data(core, sequence=0)),
}  # fmt: skip


@pytest.mark.parametrize("answer", list(NOT_BELIEVED.values()), ids=list(NOT_BELIEVED))
async def test_an_answer_that_is_not_proven_is_none(link: Link, answer: Answer) -> None:
    with pytest.raises(exchanging.NotAnswered) as refused:
        await link.ask(answer)
    assert refused.value.code == "channel_not_answered"
    assert (link.heard, link.line.answered) == ([], None), "nothing of it was taken note of"
    assert await link.ask(seen) is not None, "and the next is believed"


async def test_a_true_answer_is_believed_and_taken_note_of(link: Link) -> None:
    sent = heartbeat(link)
    assert await link.ask(seen, sealed=sent) == control.Seen(frame.digest(sent), 1)
    assert link.line.answered == frame.digest(sent)
    assert link.heard == []


@pytest.mark.parametrize("seconds", [-29.9, 29.9])
async def test_an_answer_within_the_window_is_believed(link: Link, seconds: float) -> None:
    def answer(link: Link, sent: bytes) -> bytes:
        return link.there.control(control.Seen(frame.digest(sent), 1), later=timedelta(seconds=seconds))

    assert await link.ask(answer) is not None


async def test_a_core_or_its_void_comes_with_a_true_answer(link: Link) -> None:
    core = news(link)
    await link.ask(lambda link, sent: seen(link, sent) + link.there.data(core))
    await link.ask(lambda link, sent: link.there.void(core) + seen(link, sent))
    assert [each.header.kind for each in link.heard] == [frame.Kind.DATA, frame.Kind.VOID]
    assert link.heard[0].body == core.body


async def test_a_word_that_is_owed_is_said_until_an_answer_came_and_then_no_more(link: Link) -> None:
    owed = control.Ack(1, 1, bytes(32))
    link.line.owe(owed)
    with pytest.raises(http.Unreachable):
        await link.ask(http.Unreachable("lost"))
    with pytest.raises(exchanging.NotAnswered):
        await link.ask(lambda link, sent: b"200 OK")
    await link.ask(seen)
    await link.ask(seen)
    said = [[messages.decode_control(each[84:-32]) for each in frame.split(sent)[1:]] for sent in link.sent]
    assert said == [[owed], [owed], [owed], []]


async def test_a_later_word_takes_the_place_of_one_that_is_on_its_way(link: Link) -> None:
    first, second = (control.Ack(1, number, bytes(32)) for number in (1, 2))
    link.line.owe(first)

    def meanwhile(link: Link, sent: bytes) -> bytes:
        link.line.owe(second)
        return seen(link, sent)

    await link.ask(meanwhile)
    await link.ask(seen)
    assert messages.decode_control(frame.split(link.sent[1])[1][84:-32]) == second


async def test_a_word_that_finds_no_exchange_is_overdue(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "WORD_SECONDS", 0.01)
    assert not link.line.is_overdue()
    link.line.owe(control.Ack(1, 1, bytes(32)))
    await asyncio.sleep(0.02)
    assert link.line.is_overdue()
    await link.ask(seen)
    assert not link.line.is_overdue()


async def test_a_refusal_of_this_very_frame_is_believed(link: Link) -> None:
    sent = heartbeat(link)
    nack = control.Nack(1, 1, frame.digest(sent), words.NackCode.OUTSIDE_WINDOW, 1, 1, bytes(32))
    assert await link.ask(lambda link, _: link.there.control(nack), sealed=sent) == nack
