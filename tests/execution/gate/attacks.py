"""Everything that may be done to a valid exchange, as a table: what is sent, the exact answer, what evidence remains.

An answer is a problem (status and code) where nobody has proven who asks or the frame stands nowhere, and a signed word
otherwise. An attack leaves no effect; evidence is an entry of the audit log, and a halted channel if it proves two
histories. `attack_bodies` has the rows about what is inside a genuine frame.
"""

import dataclasses
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from boundary.channel import envelope, transcript
from boundary.kernel import records
from boundary.kernel.runtime import transcript_store
from boundary.wire import control, frame, messages, words
from execution_stack.gate import model
from tests.boundary.channel import frames
from tests.execution.gate.house import House, Wire, placed

N = words.NackCode
MALFORMED, FORGED, UNKNOWN_KEY = (400, "frame_malformed"), (401, "frame_forged"), (401, "frame_key_unknown")
NOT_CANONICAL, NOT_ADMITTED = (400, "not_canonical"), (403, "channel_unknown")
REFUSED, HALTED = (model.FrameRefused,), (model.ChannelHalted,)


class Answered(NamedTuple):
    """A signed answer that is no refusal: to a core again, to a heartbeat, or none at all."""

    what: type[control.Control] | None


AGAIN, SEEN, SILENCE = Answered(control.Ack), Answered(control.Seen), Answered(None)
Outcome = tuple[int, str] | words.NackCode | Answered


@dataclasses.dataclass
class Stage:
    """Two channels on one receiver. `end` has delivered cores, is owed nothing, and is about to deliver `victim`."""

    house: House
    wire: Wire
    who: uuid.UUID
    instrument: uuid.UUID
    delivered: list[tuple[transcript_store.Core, bytes]]
    answers: list[bytes]
    victim: transcript_store.Core
    heard: envelope.Arrived
    """The last core that the receiver sent, acknowledged."""

    @property
    def end(self) -> frames.End:
        return self.wire.ends[0]

    @property
    def other(self) -> frames.End:
        return self.wire.ends[1]

    @property
    def valid(self) -> bytes:
        return self.end.data(self.victim)

    @property
    def last(self) -> transcript_store.Core:
        return self.delivered[-1][0]

    def key(self, direction: frame.Direction, kind: frame.Kind, end: frames.End | None = None) -> bytes:
        ring = (end or self.end).ring
        return ring.key(ring.active, direction, kind)


async def staged(house: House) -> Stage:
    """Two channels with a history each, and a victim that is due on the first."""
    wire = await house.admitted(2)
    listed = await house.listed()
    delivered, answers, heard = [], [], None
    (who,) = await wire.participants()
    await wire.participants(end=wire.ends[1])
    for lots in (1, 2, 3):
        core = wire.end.core(placed(who, listed.ref, lots=lots))
        data = wire.end.data(core)
        answers.append(await wire.receiver.exchange(data))
        delivered.append((core, data))
        wire.end.went(core)
        answer = wire.end.open(answers[-1])
        while answer.core is not None:
            heard = answer.core
            wire.end.take(heard)
            answer = await wire.ask(wire.end.control(wire.end.owed))
    assert heard is not None
    return Stage(house, wire, who, listed.ref, delivered, answers, victim(wire, who, listed.ref), heard)


def victim(wire: Wire, who: uuid.UUID, instrument: uuid.UUID) -> transcript_store.Core:
    return wire.end.core(placed(who, instrument), placed(who, instrument, lots=5))


class Attack(NamedTuple):
    name: str
    make: Callable[[Stage], bytes]
    outcome: Outcome
    evidence: tuple[type[records.Entry], ...] = ()
    spends: bool = False
    """Whether it stands where the next core would stand, so that its nonce is spent before it is found wrong."""

    @property
    def halts(self) -> bool:
        return self.evidence == HALTED


def put(data: bytes, offset: int, new: bytes) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


def patch(name: str, offset: int, new: bytes, outcome: Outcome) -> Attack:
    """Bytes of the header overwritten by somebody who cannot make a tag."""
    return Attack(f"overwritten: {name}", lambda stage: put(stage.valid, offset, new), outcome)


def lie(name: str, offset: int, new: bytes, outcome: Outcome, evidence: Any = ()) -> Attack:
    """The same by somebody who can."""
    return Attack(f"resealed: {name}", lambda s: s.end.resealed(put(s.valid, offset, new)), outcome, evidence)


def said(name: str, outcome: Outcome, evidence: Any = (), **header: Any) -> Attack:
    """A genuine frame whose header says something else."""
    return Attack(f"header: {name}", lambda stage: stage.end.data(stage.victim, **header), outcome, evidence)


def keyed(name: str, key: Callable[[Stage], bytes], outcome: Outcome = FORGED) -> Attack:
    return Attack(f"key: {name}", lambda stage: stage.end.data(stage.victim, key=key(stage)), outcome)


def flip(data: bytes, offset: int) -> bytes:
    return put(data, offset, bytes([data[offset] ^ 1]))


UUID1, UUID7 = uuid.UUID("c232ab00-9414-11ec-b3c8-9f6bdeced846"), uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FIXED = (
    ("magic", 0, b"\xb1\x7d"),
    ("version 0", 2, b"\0"),
    ("version 2", 2, b"\2"),
    ("suite 0", 3, b"\0"),
    ("suite 2", 3, b"\2"),
    ("suite 255", 3, b"\xff"),
    ("direction 0", 4, b"\0"),
    ("direction back", 4, b"\2"),
    ("kind 0", 5, b"\0"),
    ("kind 7", 5, b"\7"),
    ("kind 255", 5, b"\xff"),
    ("nonce of version 1", 30, UUID1.bytes),
    ("nonce of version 7", 30, UUID7.bytes),
    ("nonce nil", 30, bytes(16)),
    ("length less one", 48, b"\0\0\0\0"),
    ("length of everything", 48, b"\xff\xff\xff\xff"),
)
HEADERS = [
    *(patch(name, offset, new, MALFORMED) for name, offset, new in FIXED),
    *(lie(name, offset, new, MALFORMED) for name, offset, new in FIXED),
    patch("kind void", 5, b"\4", FORGED),
    patch("kind heartbeat", 5, b"\3", FORGED),
    patch("kind ack", 5, b"\2", FORGED),
    patch("kind reopen", 5, b"\5", FORGED),
    patch("kind market", 5, b"\6", FORGED),
    patch("key id nobody has", 6, b"\xff\xff\xff\xff", UNKNOWN_KEY),
    patch("key id 0", 6, bytes(4), UNKNOWN_KEY),
    patch("epoch", 10, b"\0\0\0\2", FORGED),
    patch("sequence", 14, b"\0\0\0\0\0\0\0\1", FORGED),
    patch("time", 22, b"\0\6\0\0\0\0\0\0", FORGED),
    patch("nonce", 30, UUID1.bytes[:6] + b"\x41\xec\xb3" + UUID1.bytes[9:], FORGED),
    patch("count", 46, b"\0\1", FORGED),
    patch("previous head", 52, bytes(32), FORGED),
    patch("first byte of the body", 84, b"\x91", FORGED),
    Attack(
        "overwritten: other channel's key id", lambda s: put(s.valid, 6, s.other.ring.active.to_bytes(4, "big")), FORGED
    ),
    lie("key id nobody has", 6, b"\xff\xff\xff\xff", UNKNOWN_KEY),
    lie("kind heartbeat around a body", 5, b"\3", MALFORMED),
    lie("kind void around messages", 5, b"\4", MALFORMED),
    lie("kind market with the key for data", 5, b"\6", FORGED),
    Attack(
        "resealed: a frame of the market channel",
        lambda s: s.end.seal(frame.Kind.MARKET, frames.nowhere(b"", 0)),
        MALFORMED,
    ),
    said("epoch 0", MALFORMED, epoch=0),
    said("epoch before", N.OTHER_EPOCH, REFUSED, epoch=2),
    said("epoch far ahead", N.OTHER_EPOCH, REFUSED, epoch=2**32 - 1),
    said("sequence 0", MALFORMED, sequence=0),
    said("sequence beyond a column", MALFORMED, sequence=2**63),
    said("sequence at the end", MALFORMED, sequence=2**64 - 1),
    said("sequence far ahead", N.EARLY, sequence=2**63 - 1),
    said("sequence one ahead", N.EARLY, sequence=2**31),
    said("a message fewer", N.MALFORMED, REFUSED, count=1),
    said("a message more", N.MALFORMED, REFUSED, count=3),
    said("no message", N.MALFORMED, REFUSED, count=0),
    said("65535 messages", N.MALFORMED, REFUSED, count=65_535),
    said("30.1 s late", N.OUTSIDE_WINDOW, REFUSED, later=timedelta(seconds=-30.1)),
    said("30.1 s early", N.OUTSIDE_WINDOW, REFUSED, later=timedelta(seconds=30.1)),
    said("ten minutes late", N.OUTSIDE_WINDOW, REFUSED, later=timedelta(minutes=-10)),
    said("time 0", N.OUTSIDE_WINDOW, REFUSED, at_micros=0),
    said("time at its end", N.OUTSIDE_WINDOW, REFUSED, at_micros=2**64 - 1),
]
TO_EXECUTION, TO_CUSTOMER = frame.Direction
KEYS = [
    keyed("for acknowledgements", lambda s: s.key(TO_EXECUTION, frame.Kind.ACK)),
    keyed("for the way back", lambda s: s.key(TO_CUSTOMER, frame.Kind.DATA)),
    keyed("for acknowledgements on the way back", lambda s: s.key(TO_CUSTOMER, frame.Kind.ACK)),
    keyed("of the other channel", lambda s: s.key(TO_EXECUTION, frame.Kind.DATA, s.other)),
    keyed("the master itself", lambda s: s.end.masters[s.end.ring.active]),
    keyed("zeros", lambda s: bytes(32)),
    keyed("the channel's id", lambda s: s.end.channel.bytes),
    Attack(
        "key: of nobody, under an id of nobody",
        lambda s: s.end.data(s.victim, key_id=2**31, key=bytes(range(32))),
        UNKNOWN_KEY,
    ),
]
TAGS = [
    Attack("tag: none", lambda s: s.valid[:-32], MALFORMED),
    Attack("tag: none, and a length that hides it", lambda s: shortened(s.valid, 32), FORGED),
    Attack("tag: half", lambda s: s.valid[:-16], MALFORMED),
    Attack("tag: all but a byte", lambda s: s.valid[:-1], MALFORMED),
    Attack("tag: zeros", lambda s: s.valid[:-32] + bytes(32), FORGED),
    Attack("tag: half, then zeros", lambda s: s.valid[:-16] + bytes(16), FORGED),
    Attack("tag: last bit", lambda s: flip(s.valid, len(s.valid) - 1), FORGED),
    Attack("tag: of a delivered frame", lambda s: s.valid[:-32] + s.delivered[-1][1][-32:], FORGED),
    Attack("tag: of the same core a moment later", lambda s: s.valid[:-32] + s.end.data(s.victim)[-32:], FORGED),
    Attack("tag: plain SHA-256", lambda s: s.valid[:-32] + frame.digest(s.valid[:-32]), FORGED),
    Attack("tag: twice", lambda s: s.valid + s.valid[-32:], MALFORMED),
]


def shortened(data: bytes, by: int) -> bytes:
    """What is left when the end is cut and the length made to fit."""
    return put(data, 48, (len(data) - 116 - by).to_bytes(4, "big"))[:-by]


def ack(stage: Stage, **changes: Any) -> control.Ack:
    core = stage.wire.end.owed
    assert core is not None
    return msgspec.structs.replace(core, **changes)


def wrapped(stage: Stage, kind: frame.Kind, body: bytes, count: int = 1, **header: Any) -> bytes:
    """Any body in a frame of any kind that stands nowhere."""
    return stage.end.seal(kind, frames.nowhere(body, count), **header)


def word(name: str, outcome: Outcome, later: timedelta = timedelta(0), **changes: Any) -> Attack:
    """A refusal of one of the receiver's own cores."""
    kind, direction = changes.pop("kind", frame.Kind.ACK), changes.pop("direction", frame.Direction.TO_EXECUTION)

    def make(stage: Stage) -> bytes:
        told = ack(stage)
        fields = {
            "epoch": 1,
            "sequence": told.sequence,
            "code": N.EARLY,
            "due_epoch": 1,
            "due": told.sequence,
        } | changes
        fields = {"digest": bytes(32), "head": b"Nimal Perera".ljust(32), "due_sequence": fields.pop("due")} | fields
        return stage.end.control(control.Nack(**fields), later=later, key=stage.key(direction, kind))

    return Attack(f"word: {name}", make, outcome)


EXCHANGES = [
    Attack("exchange: empty", lambda s: b"", MALFORMED),
    Attack("exchange: one byte", lambda s: b"\xb1", MALFORMED),
    Attack("exchange: zeros", lambda s: bytes(400), MALFORMED),
    Attack("exchange: a byte before", lambda s: b"\0" + s.valid, MALFORMED),
    Attack("exchange: a byte behind", lambda s: s.valid + b"\0", MALFORMED),
    Attack("exchange: a header behind", lambda s: s.valid + s.valid[:84], MALFORMED),
    Attack("exchange: the same frame twice", lambda s: s.valid * 2, MALFORMED),
    Attack("exchange: two attempts at one core", lambda s: s.valid + s.valid, MALFORMED),
    Attack("exchange: two cores", lambda s: s.valid + following(s), MALFORMED),
    Attack("exchange: a core and a heartbeat", lambda s: s.valid + s.end.heartbeat(), MALFORMED),
    Attack("exchange: two heartbeats", lambda s: s.end.heartbeat() + s.end.heartbeat(), MALFORMED),
    Attack("exchange: two acknowledgements", lambda s: s.end.control(ack(s)) * 2, MALFORMED),
    Attack("exchange: three frames", lambda s: s.valid + s.end.control(ack(s)) * 2, MALFORMED),
    Attack("exchange: frames of two channels", lambda s: s.valid + other_ack(s), MALFORMED),
    Attack("exchange: two channels, the other first", lambda s: other_ack(s) + s.valid, MALFORMED),
    Attack("exchange: a forged one behind", lambda s: s.valid + flip(s.end.control(ack(s)), 90), FORGED),
    Attack("exchange: a forged one before", lambda s: flip(s.end.control(ack(s)), 90) + s.valid, FORGED),
    Attack(
        "exchange: an acknowledgement behind a forged core", lambda s: flip(s.valid, 90) + s.end.control(ack(s)), FORGED
    ),
    Attack("exchange: an unknown key behind", lambda s: s.valid + put(s.end.control(ack(s)), 6, b"\x7f"), UNKNOWN_KEY),
    Attack("exchange: reflected answer", lambda s: s.answers[-1], MALFORMED),
    Attack("exchange: reflected core", lambda s: s.heard.data, MALFORMED),
    Attack("exchange: reflected answer, turned round", lambda s: put(s.answers[-1][:], 4, b"\1"), FORGED),
    Attack("exchange: reflected core, turned round", lambda s: put(s.heard.data, 4, b"\1"), FORGED),
    Attack("exchange: reflected beside a core", lambda s: s.valid + s.heard.data, MALFORMED),
]


def following(stage: Stage) -> bytes:
    """The core after the victim."""
    core = stage.end.core_of(
        stage.victim.body, stage.victim.count, sequence=stage.victim.sequence + 1, previous=stage.victim.core
    )
    return stage.end.data(core)


def other_ack(stage: Stage) -> bytes:
    assert stage.other.owed is not None
    return stage.other.control(stage.other.owed)


K = frame.Kind
CONTROLS = [
    Attack("ack: said before", lambda s: s.end.control(ack(s)), SILENCE),
    Attack("ack: of a core that was never sent", lambda s: s.end.control(ack(s, sequence=10**6)), SILENCE),
    Attack("ack: of another core under its sequence", lambda s: s.end.control(ack(s, core=bytes(32))), SILENCE),
    Attack("ack: of another epoch", lambda s: s.end.control(ack(s, epoch=2)), SILENCE),
    Attack("ack: of the other channel's core", lambda s: s.end.control(s.other.owed), SILENCE),
    Attack("ack: outside the window", lambda s: s.end.control(ack(s), later=timedelta(minutes=-1)), SILENCE),
    Attack("ack: forged", lambda s: s.end.control(ack(s), key=bytes(range(32))), FORGED),
    Attack("ack: with the key for data", lambda s: s.end.control(ack(s), key=s.key(TO_EXECUTION, K.DATA)), FORGED),
    Attack("ack: with a place", lambda s: s.end.control(ack(s), sequence=1), MALFORMED),
    Attack("ack: with a head", lambda s: s.end.control(ack(s), previous=b"\1" * 32), MALFORMED),
    word("early, of what was acknowledged", SILENCE),
    word("early, beyond all that was sent", SILENCE, due=10**6),
    word("unreadable, of what was acknowledged", SILENCE, code=N.MALFORMED),
    word("unreadable, of what was never sent", SILENCE, code=N.MALFORMED, sequence=94_771_234_567, due=94_771_234_567),
    word("unreadable, of another epoch", SILENCE, code=N.MALFORMED, epoch=2, due_epoch=2),
    word("unsupported, of what was never sent", SILENCE, code=N.UNSUPPORTED, sequence=10**6, due=10**6),
    word("two histories, outside the window", SILENCE, code=N.EQUIVOCATION, later=timedelta(-1)),
    word("two histories, of another epoch", SILENCE, code=N.EQUIVOCATION, due_epoch=2),
    word("two histories, with the key for data", FORGED, code=N.EQUIVOCATION, kind=frame.Kind.DATA),
    word("two histories, forged", FORGED, code=N.EQUIVOCATION, direction=frame.Direction.TO_CUSTOMER),
    Attack("ack: that is a sign of life", lambda s: s.end.control(control.Seen(bytes(32), 1)), MALFORMED),
    Attack("ack: that is a void", lambda s: wrapped(s, K.ACK, void_body(s)), MALFORMED),
    Attack("ack: that is messages", lambda s: wrapped(s, K.ACK, s.victim.body), NOT_CANONICAL),
    Attack("ack: that is nothing", lambda s: wrapped(s, K.ACK, b""), NOT_CANONICAL),
    Attack("ack: followed by a byte", lambda s: wrapped(s, K.ACK, messages.encode(ack(s)) + b"\0"), NOT_CANONICAL),
    Attack("ack: of an unknown tag", lambda s: wrapped(s, K.ACK, b"\x92\x63\x01"), (400, "unsupported")),
    Attack("ack as data", lambda s: data_of(s, messages.encode(ack(s))), N.MALFORMED, REFUSED),
    Attack("ack as data, in a list", lambda s: data_of(s, b"\x91" + messages.encode(ack(s))), N.MALFORMED, REFUSED),
    Attack("data as ack", lambda s: s.end.seal(K.ACK, s.victim), MALFORMED),
    Attack("heartbeat: with a body", lambda s: wrapped(s, K.HEARTBEAT, b"\x90", 0), MALFORMED),
    Attack("heartbeat: with a number", lambda s: s.end.heartbeat(sequence=94_771_234_567), MALFORMED),
    Attack("heartbeat: with a count", lambda s: s.end.heartbeat(count=1), MALFORMED),
    Attack("heartbeat: with the key for answers", lambda s: s.end.heartbeat(key=s.key(TO_EXECUTION, K.ACK)), FORGED),
    Attack("heartbeat: recorded", lambda s: s.end.heartbeat(later=timedelta(-1)), N.OUTSIDE_WINDOW, REFUSED),
    Attack("heartbeat: twice", lambda s: s.end.heartbeat(), SEEN),
]


def data_of(stage: Stage, body: bytes, count: int = 1) -> bytes:
    """Any body in a genuine data frame in the place that is due."""
    return stage.end.data(stage.end.core_of(body, count))


def void_body(stage: Stage) -> bytes:
    core = stage.victim
    return messages.encode(control.Void(core.epoch, core.sequence, core.core))


def place(stage: Stage, core: transcript_store.Core | None = None, **changes: Any) -> transcript_store.Core:
    """The victim's messages in another place, named by what they now are."""
    core = core or stage.victim
    fields = {"epoch": core.epoch, "sequence": core.sequence, "previous": core.previous, "count": core.count}
    fields |= changes
    return stage.end.core_of(core.body, **fields)


ORDER = [
    Attack("replay: the very bytes", lambda s: s.delivered[-1][1], AGAIN),
    Attack("replay: the very bytes of the first", lambda s: s.delivered[0][1], AGAIN),
    Attack("replay: in a new envelope", lambda s: s.end.data(s.last), AGAIN),
    Attack("replay: recorded", lambda s: s.end.data(s.last, later=timedelta(-1)), N.OUTSIDE_WINDOW, REFUSED),
    Attack("replay: its nonce on the next core", lambda s: s.end.data(s.victim, nonce=used(s)), N.NONCE_USED, REFUSED),
    Attack("fork: other messages under a delivered place", lambda s: s.end.data(forked(s)), N.EQUIVOCATION, HALTED),
    Attack("fork: other messages under the first place", lambda s: s.end.data(forked(s, 0)), N.EQUIVOCATION, HALTED),
    Attack("fork: same messages after another head", lambda s: s.end.data(place(s, previous=bytes(32))), N.EQUIVOCATION, HALTED),
    Attack("fork: after the head before", lambda s: s.end.data(place(s, previous=s.last.previous)), N.EQUIVOCATION, HALTED),
    Attack("fork: a delivered core after another head", lambda s: s.end.data(place(s, s.last, previous=bytes(32))), N.EQUIVOCATION, HALTED),
    Attack("fork: a delivered core in the next place", lambda s: s.end.data(place(s, s.last, sequence=s.victim.sequence)), N.EQUIVOCATION, HALTED),
    Attack("early: one core is missing", following, N.EARLY),
    Attack("early: a void", lambda s: s.end.void(place(s, sequence=s.victim.sequence + 1)), N.EARLY),
    Attack("epoch: a delivered core in the next", lambda s: s.end.data(place(s, s.last, epoch=2)), N.OTHER_EPOCH, REFUSED),
    Attack("epoch: a first core in the next", lambda s: s.end.data(place(s, epoch=2, sequence=1, previous=transcript.GENESIS)), N.OTHER_EPOCH, REFUSED),
    Attack("void: of a delivered core", lambda s: s.end.void(s.last), AGAIN),
    Attack("void: of another core in a delivered place", lambda s: s.end.void(s.last, core=bytes(32)), N.EQUIVOCATION, HALTED),
    Attack("void: after another head", lambda s: s.end.void(place(s, previous=bytes(32))), N.EQUIVOCATION, HALTED),
    Attack("void: of another epoch", lambda s: s.end.void(place(s, epoch=2)), N.OTHER_EPOCH, REFUSED),
    Attack("void: of a core that was never refused", lambda s: s.end.void(s.victim), N.MALFORMED, REFUSED, spends=True),
    Attack("void: of a hash that nobody worked out", lambda s: s.end.void(s.victim, core=b"N" * 32), N.MALFORMED, REFUSED, spends=True),
    Attack("void: that names another place", lambda s: s.end.void(s.victim, sequence=1), N.MALFORMED, REFUSED),
    Attack("void: that names another epoch", lambda s: s.end.void(s.victim, epoch=2), N.MALFORMED, REFUSED),
    Attack("void: that is an acknowledgement", lambda s: voiding(s, messages.encode(ack(s))), N.MALFORMED, REFUSED),
    Attack("void: that is messages", lambda s: voiding(s, s.victim.body), N.MALFORMED, REFUSED),
    Attack("void: that is nothing", lambda s: voiding(s, b""), N.MALFORMED, REFUSED),
    Attack("void: as data", lambda s: data_of(s, b"\x91" + void_body(s)), N.MALFORMED, REFUSED),
    Attack("void: with the key for answers", lambda s: s.end.seal(K.VOID, voided(s), key=s.key(TO_EXECUTION, K.ACK)), FORGED),
    Attack("void: outside the window", lambda s: s.end.seal(K.VOID, voided(s), later=timedelta(-1)), N.OUTSIDE_WINDOW, REFUSED),
]  # fmt: skip


def used(stage: Stage) -> uuid.UUID:
    return uuid.UUID(bytes=stage.delivered[-1][1][30:46])


def forked(stage: Stage, number: int = -1) -> transcript_store.Core:
    """The victim's messages in the place of a delivered core."""
    old = stage.delivered[number][0]
    return place(stage, sequence=old.sequence, previous=old.previous)


def voided(stage: Stage) -> transcript_store.Core:
    return msgspec.structs.replace(stage.victim, count=1, body=void_body(stage))


def voiding(stage: Stage, body: bytes) -> bytes:
    return stage.end.seal(K.VOID, msgspec.structs.replace(stage.victim, count=1, body=body))


ALL = [*HEADERS, *KEYS, *TAGS, *EXCHANGES, *CONTROLS, *ORDER]
