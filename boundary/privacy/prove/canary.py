"""P10: personal data sent on purpose, over the true signed protocol, on a channel of its own: none of it may have effect.

Every field of every message that a customer stack may send gets every sample that can be written into it: as raw bytes,
as bytes dressed up as a version-4 reference, as a number. A frame is either refused whole, or each of its messages is
consumed as refused. The answers are decoded by the vocabulary, which has no room for a value, and are searched for it
all the same.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import aiohttp
import msgspec

from boundary.channel import envelope, transcript
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import key_files, tls
from boundary.privacy.prove import report, subject
from boundary.wire import control, frame, keys, messages, shape, to_customer, words

PROVES = (
    "Personal data written into every field that has room for bytes or numbers, and correctly signed, is refused each"
    " time and never comes back."
)
SECONDS_MAX = 15
NUMBER_MIN = 6
"""A number of fewer digits says nothing of anybody."""
CONTENT_TYPE = "application/octet-stream"
_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9][0-9]{0,8})\.key")
_REFUSALS = (to_customer.MessageRefused, to_customer.IntentRefused)

SAMPLES: dict[str, tuple[str, ...]] = {
    "A": ("Nimal Perera", "nimal.perera@example.lk", "+94771234567", "199012345678", "901234567V", "N1234567"),
    "B": ("NIMAL%20PERERA", "TmltYWwgUGVyZXJh", "4e696d616c20506572657261", "நிமல் பெரேரா", "نيمال بيريرا", "٠٧٧١٢٣٤٥٦٧"),
    "C1": ("NIMAL-PERERA-27DEC", "PERERA.N", "0771234567", "19900117", "4111111111111111", "784199012345671"),
}
"""A: plain. B: in another writing. C1: in the shape of what is legitimate here."""

_packer = msgspec.msgpack.Encoder(uuid_format="bytes")


class Probe(NamedTuple):
    """One message with one sample in one place, and where that is."""

    place: str
    tier: str
    sample: bytes
    body: bytes


class Broken(errors.Unavailable):
    """The canary channel does not answer as a channel does."""

    code = "canary_not_answered"


def probes() -> Iterator[Probe]:
    """Every sample in every place that has room for it."""
    for kind in messages.VOCABULARIES[frame.Direction.TO_EXECUTION].shapes.values():
        plain = [_plain(field.shape) for field in kind.fields]
        for path, leaf in _leaves(kind.fields, ()):
            for tier, texts in SAMPLES.items():
                for text in texts:
                    for sample, value in _written(leaf, text):
                        changed = _replaced(plain, path, value)
                        body = messages.array(1) + _packer.encode([kind.tag, *changed])
                        yield Probe(f"{kind.name}.{'.'.join(map(str, path))}", tier, sample, body)


def _plain(kind: shape.Shape) -> Any:
    """A value that the vocabulary takes and no register knows."""
    match kind:
        case shape.Reference():
            return bytes.fromhex("d1c0ffee0bad4fee8badf00ddeadbeef")
        case shape.Octets(size):
            return bytes((37 * place + 11) % 251 for place in range(size))
        case shape.Whole(low):
            return low
        case shape.Word(choices):
            return next(iter(choices)).value
        case shape.Series(item, least):
            return [_plain(item) for _ in range(least)]
        case shape.Group(fields):
            return [_plain(field.shape) for field in fields]


def _leaves(fields: Sequence[shape.Field], path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], shape.Shape]]:
    for number, field in enumerate(fields):
        yield from _inside(field.shape, (*path, number))


def _inside(kind: shape.Shape, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], shape.Shape]]:
    match kind:
        case shape.Group(fields):
            yield from _leaves(fields, path)
        case shape.Series(item, least):
            if least:
                yield from _inside(item, (*path, 0))
        case shape.Word():
            return
        case _:
            yield path, kind


def _written(kind: shape.Shape, text: str) -> Iterator[tuple[bytes, Any]]:
    """The sample as it can be put there: what travels, and the value."""
    raw = text.encode()
    digits = "".join(each for each in text if each.isdecimal())
    match kind:
        case shape.Reference():
            yield raw[:16], raw.ljust(16)[:16]
            dressed = UUID(bytes=raw.ljust(16)[:16], version=4).bytes
            yield dressed[:6], dressed
        case shape.Octets(size):
            yield raw[:size], raw.ljust(size)[:size]
        case shape.Whole():
            yield raw, text
            if len(digits) >= NUMBER_MIN and int(digits) < 1 << 63:
                yield digits.encode(), int(digits)
        case _:
            return


def _replaced(plain: list[Any], path: tuple[int, ...], value: Any) -> list[Any]:
    first, *rest = path
    new = value if not rest else _replaced(plain[first], tuple(rest), value)
    return [*plain[:first], new, *plain[first + 1 :]]


class Channel:
    """The sending side of the canary's channel: no database, a position that the other side tells."""

    def __init__(self, session: aiohttp.ClientSession, url: str, ring: keys.Ring) -> None:
        self._session = session
        self._url = url.rstrip("/") + "/channel"
        self._rings = dict.fromkeys(ring.key_ids, ring)
        self._clock = clock.SystemClock()
        self._sealer = envelope.Sealer(ring, frame.Direction.TO_EXECUTION, self._clock, ids.SystemIds(self._clock))
        self._owed: control.Ack | None = None
        self.position = transcript.START
        self.refused: set[tuple[int, int, int]] = set()
        self.other = 0

    async def send(self, body: bytes, count: int = 1) -> tuple[control.Control, list[bytes]]:
        """One exchange: the answer about our frame, and the bodies of all frames that came."""
        place = self.position
        core = transcript.core_hash(place.epoch, place.due, count, place.head, body)
        sealed = self._sealer.data(_Core(place.epoch, place.due, count, place.head, body))
        said, bodies = await self._exchange(sealed)
        if isinstance(said, control.Ack) and said.core == core:
            self.position = transcript.after(place, core)
        if isinstance(said, control.Nack):
            self.position = transcript.Position(said.due_epoch, said.due_sequence, said.head)
        return said, bodies

    async def listen(self) -> None:
        """Take outcomes that did not fit into earlier answers."""
        await self._exchange(self._sealer.heartbeat())

    async def _exchange(self, sealed: bytes) -> tuple[control.Control, list[bytes]]:
        owed = self._sealer.control(self._owed) if self._owed else b""
        self._owed = None
        async with self._session.post(
            self._url, data=sealed + owed, headers={"content-type": CONTENT_TYPE}, allow_redirects=False
        ) as response:
            answer = await response.read()
            if response.status != 200 or response.content_type != CONTENT_TYPE:
                raise Broken("the canary channel refused an exchange", status=response.status)
        said: control.Control | None = None
        bodies = []
        for data in frame.split(answer):
            arrived = envelope.verify(data, self._rings, frame.Direction.TO_CUSTOMER, self._clock.now())
            bodies.append(arrived.body)
            if arrived.header.kind is frame.Kind.ACK:
                said = messages.decode_control(arrived.body)
            else:
                self._take(arrived)
        if said is None:
            raise Broken("the canary channel gave no signed answer")
        return said, bodies

    def _take(self, arrived: envelope.Arrived) -> None:
        header = arrived.header
        core = transcript.core_hash(header.epoch, header.sequence, header.count, header.previous, arrived.body)
        self._owed = control.Ack(header.epoch, header.sequence, core)
        for each in messages.decode_body(arrived.body, frame.Direction.TO_CUSTOMER):
            if isinstance(each, _REFUSALS):
                name = each.message if isinstance(each, to_customer.MessageRefused) else each.intent
                self.refused.add((name.epoch, name.sequence, name.index))
            else:
                self.other += 1


class _Core(msgspec.Struct, frozen=True):
    epoch: int
    sequence: int
    count: int
    previous: bytes
    body: bytes


async def run(about: subject.Subject, given: subject.Canary) -> report.Found:
    channel_id, ring = _ring(given.key_file)
    every = list(probes())
    timeout = aiohttp.ClientTimeout(total=SECONDS_MAX)
    sent: dict[tuple[int, int, int], Probe] = {}
    findings: list[report.Finding] = []
    tiers = dict.fromkeys(SAMPLES, 0)
    whole = 0
    secured = tls.Material(given.tls, serves=False).current() if given.tls else True
    connector = aiohttp.TCPConnector(ssl=secured)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False, trust_env=False
    ) as session:
        channel = Channel(session, given.url, ring)
        try:
            await _find_place(channel)
            for number, probe in enumerate(every):
                about.progress("P10 canary", number, len(every))
                place = channel.position
                said, bodies = await channel.send(probe.body)
                tiers[probe.tier] += 1
                if len(probe.sample) >= 6 and any(probe.sample in body for body in bodies):
                    findings.append(report.Finding("echoed", probe.place))
                if isinstance(said, control.Nack):
                    whole += 1
                else:
                    sent[place.epoch, place.due, 0] = probe
            await _drain(channel, set(sent))
        except (aiohttp.ClientError, TimeoutError, errors.Refusal) as error:
            note = f"The canary channel {channel_id} does not answer as a channel does: {type(error).__name__}."
            return report.Found(findings, {"sent": sum(tiers.values())}, note, complete=False)
    findings += [
        report.Finding("not-refused", probe.place) for name, probe in sent.items() if name not in channel.refused
    ]
    figures: dict[str, int | str] = {f"tier {tier}": count for tier, count in tiers.items()}
    figures |= {
        "refused whole": whole,
        "consumed as refused": len(channel.refused & set(sent)),
        "places": len({p.place for p in every}),
    }
    return report.Found(findings, figures)


async def _find_place(channel: Channel) -> None:
    """A frame that no release takes is answered with the place that is due; what is owed to us is taken first."""
    said, _ = await channel.send(b"\xc1")
    if not isinstance(said, control.Nack) or said.code is words.NackCode.HALTED:
        raise Broken("the canary channel is halted, or not one of its own")


async def _drain(channel: Channel, waited_for: set[tuple[int, int, int]]) -> None:
    for _ in range(20):
        if waited_for <= channel.refused:
            return
        before = len(channel.refused)
        await channel.listen()
        if len(channel.refused) == before:
            return


def _ring(file: Path) -> tuple[UUID, keys.Ring]:
    """The canary's key file is named as every channel's is: `<channel>.<key id>.key`."""
    name = _NAME.fullmatch(file.name)
    if name is None:
        raise Broken("the canary's key file is named <channel>.<key id>.key")
    return UUID(name[1]), keys.Ring(UUID(name[1]), {int(name[2]): key_files.read(file)})
