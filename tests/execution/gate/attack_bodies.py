"""Bodies that no honest sender makes, in genuine frames in the place that is due: each refused whole, with evidence."""

import struct
from collections.abc import Callable
from typing import Any

import msgspec

from boundary.wire import messages, to_customer, to_execution, values, words
from tests.execution.gate.attacks import REFUSED, Attack, Stage, data_of
from tests.execution.gate.house import placed

N = words.NackCode
pack = msgspec.msgpack.encode


def body(name: str, make: Callable[[Stage], bytes], code: words.NackCode = N.MALFORMED, count: int = 1) -> Attack:
    return Attack(f"body: {name}", lambda stage: data_of(stage, make(stage), count), code, REFUSED)


def raw(name: str, data: bytes, code: words.NackCode = N.MALFORMED, count: int = 1) -> Attack:
    return body(name, lambda _: data, code, count)


def fields(stage: Stage) -> list[Any]:
    """A sound placement as plain values: its tag, then nine fields."""
    return [110, stage.who.bytes, stage.instrument.bytes, 1, 1, 2, 40, 10, 4_000_000, 0]


def alone(written: Any) -> bytes:
    return b"\x91" + pack(written)


def shaped(name: str, change: Callable[[list[Any]], Any], code: words.NackCode = N.MALFORMED) -> Attack:
    """The fields of a placement in another arrangement."""
    return body(name, lambda stage: alone(change(fields(stage))), code)


def replaced(name: str, old: bytes, new: bytes) -> Attack:
    """Other bytes for the same values."""

    def make(stage: Stage) -> bytes:
        written = alone(fields(stage))
        assert written.count(old) >= 1, name
        return written.replace(old, new, 1)

    return body(name, make)


SOUND = messages.encode(to_execution.ReserveRefs(5))
WRONG: dict[str, Any] = {
    "nil": None,
    "true": True,
    "a float": 10.0,
    "not a number": float("nan"),
    "text": "94771234567",
    "text of a ref": "6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d",
    "bytes": b"Nimal Perera",
    "a negative": -1,
    "2^63": 2**63,
    "2^64-1": 2**64 - 1,
    "a list": [1],
    "a map": {1: 1},
    "an extension": msgspec.msgpack.Ext(5, b"12345678"),
    "a time extension": msgspec.msgpack.Ext(-1, b"1234"),
}
NAMES = to_execution.PlaceIntent.__struct_fields__
OUT_OF_BOUNDS = {
    "side": (0, 3, 255),
    "kind": (0, 4),
    "time_in_force": (0, 6),
    "limit_ticks": (10**9 + 1, 10**18),
    "lots": (0, 10**12 + 1),
    "cost_cap": (10**15 + 1,),
    "expires_at": (7_258_118_400,),
}
NOT_RANDOM = {
    "the nil UUID": bytes(16),
    "version 1": bytes.fromhex("c232ab00941411ecb3c89f6bdeced846"),
    "version 5": bytes.fromhex("2ed6657de9275b568e127a8ff1f8bc9e"),
    "version 7": bytes.fromhex("01890a5dac96774bbcceb302099a8057"),
    "version 4 of no variant": bytes.fromhex("6d7e0a523c1f4b8a1d025e4f3a2b1c0d"),
    "15 bytes": bytes(15),
    "17 bytes": bytes(17),
}


def with_field(index: int, value: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda written: [*written[:index], value, *written[index + 1 :]]


VALUES = [
    shaped(f"{field} is {name}", with_field(index, value))
    for index, field in enumerate(NAMES, start=1)
    for name, value in WRONG.items()
]
BOUNDS = [
    shaped(f"{field} is {value}", with_field(NAMES.index(field) + 1, value))
    for field, found in OUT_OF_BOUNDS.items()
    for value in found
]
REFS = [
    shaped(f"{field} is {name}", with_field(index, value))
    for index, field in ((1, "participant"), (2, "instrument"))
    for name, value in NOT_RANDOM.items()
]
ARRANGED = [
    shaped("a field missing at the end", lambda f: f[:-1]),
    shaped("a field missing in the middle", lambda f: f[:4] + f[5:]),
    shaped("only the tag", lambda f: f[:1]),
    shaped("no tag", lambda f: f[1:]),
    shaped("a field more", lambda f: [*f, 0]),
    shaped("a field more, nil", lambda f: [*f, None]),
    shaped("a field more, text", lambda f: [*f, "Nimal Perera"]),
    shaped("a field doubled", lambda f: [*f[:3], f[3], *f[3:]]),
    shaped("the tag doubled", lambda f: [f[0], *f]),
    shaped("fields in another order", lambda f: [f[0], f[3], f[1], f[2], *f[4:]]),
    shaped("fields backwards", lambda f: [f[0], *f[:0:-1]]),
    shaped("as a map of names", lambda f: dict(zip(("tag", *NAMES), f, strict=True))),
    shaped("as a map of places", lambda f: dict(enumerate(f))),
    shaped("in a list of its own", lambda f: [f]),
    shaped("empty", lambda f: []),
]
FORMS = [
    replaced("a number in two bytes", pack(40), b"\xcc\x28"),
    replaced("a number in three bytes", pack(40), b"\xcd\x00\x28"),
    replaced("a number in five bytes", pack(40), b"\xce\x00\x00\x00\x28"),
    replaced("a number in nine bytes", pack(40), b"\xcf" + (40).to_bytes(8, "big")),
    replaced("a signed number", pack(40), b"\xd0\x28"),
    replaced("a number as a half float", pack(40), b"\xca" + struct.pack(">f", 40.0)),
    replaced("a number as a float", pack(40), b"\xcb" + struct.pack(">d", 40.0)),
    replaced("bytes with a long length", b"\xc4\x10", b"\xc5\x00\x10"),
    replaced("bytes with a longer length", b"\xc4\x10", b"\xc6\x00\x00\x00\x10"),
    replaced("bytes as text", b"\xc4\x10", b"\xd9\x10"),
    replaced("a ref as a fixed extension", b"\xc4\x10", b"\xd8\x02"),
    replaced("a ref as an extension", b"\xc4\x10", b"\xc7\x10\x02"),
    replaced("the message as a long list", b"\x9a", b"\xdc\x00\x0a"),
    replaced("the message as a longer list", b"\x9a", b"\xdd\x00\x00\x00\x0a"),
    replaced("the tag in three bytes", b"\x9a\x6e", b"\x9a\xcd\x00\x6e"),
    replaced("the tag as a float", b"\x9a\x6e", b"\x9a\xcb" + struct.pack(">d", 110.0)),
    body("the body as a long list", lambda s: b"\xdc\x00\x01" + pack(fields(s))),
    body("the body as a longer list", lambda s: b"\xdd\x00\x00\x00\x01" + pack(fields(s))),
    body("one message without its list", lambda s: pack(fields(s))),
    body("a byte behind", lambda s: alone(fields(s)) + b"\x00"),
    body("a message behind", lambda s: alone(fields(s)) + SOUND),
    body("itself behind", lambda s: alone(fields(s)) * 2),
    body("a byte short", lambda s: alone(fields(s))[:-1]),
    body("half", lambda s: alone(fields(s))[:30]),
]
LENGTHS = [
    raw("a list of 2^32-1", b"\xdd\xff\xff\xff\xff"),
    raw("a list of 2^32-1 with something in it", b"\xdd\xff\xff\xff\xff" + SOUND * 1000),
    raw("a message of 2^32-1", b"\x91\xdd\xff\xff\xff\xff"),
    raw("bytes of 4 GiB", b"\x91\x92\x65\xc6\xff\xff\xff\xff"),
    raw("text of 4 GiB", b"\x91\x92\x65\xdb\xff\xff\xff\xff"),
    raw("a map of 2^32-1", b"\xdf\xff\xff\xff\xff"),
    raw("an extension of 4 GiB", b"\x91\xc9\xff\xff\xff\xff\x05"),
    raw("200,000 lists deep", b"\x91" * 200_000),
    raw("200,000 maps deep", b"\x81" * 200_000),
    raw("an unknown message 200,000 deep", b"\x91\x92\xcc\xc7" + b"\x91" * 200_000),
    raw("2,001 messages", b"\xdc\x07\xd1" + SOUND * 2001, count=2001),
    raw("2,000 empty messages", b"\xdc\x07\xd0" + b"\x90" * 2000, count=2000),
    raw("no message", b"\x90", count=0),
    raw("no message, but counted", b"\x90"),
]
FOREIGN = [
    raw("nothing", b""),
    raw("a reserved byte", b"\xc1"),
    raw("nil", b"\xc0"),
    raw("zeros", bytes(64)),
    raw("text", pack("ReserveRefs")),
    raw("JSON", b"[[100,5]]"),
    raw("JSON with a key twice", b'{"count":5,"count":6}'),
    raw("a pickle", b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94K\x05a."),
    raw("gzip", bytes.fromhex("1f8b08000000000000038bae4d51070000")),
    raw("a name", b"Nimal Perera"),
    body("a message of the way back", lambda s: messages.body([messages.encode(back(s))])),
    body(
        "a message of the way back beside a sound one",
        lambda s: messages.body([SOUND, messages.encode(back(s))]),
        count=2,
    ),
    body("a sound message and a broken one", lambda s: b"\x92" + SOUND + pack([101]), count=2),
    body("a broken message and a sound one", lambda s: b"\x92" + pack([101]) + SOUND, count=2),
    *(raw(f"tag {tag}", alone([tag, 5]), N.UNSUPPORTED) for tag in (103, 109, 113, 192, 199)),
    *(raw(f"tag {tag}", alone([tag, 5])) for tag in (0, 1, 4, 99, 200, 299, 2**32, 2**64 - 1, -1)),
    raw("a tag that is text", alone(["ReserveRefs", 5])),
    raw("a tag that is nil", alone([None, 5])),
    raw("an unknown message beside a sound one", b"\x92" + SOUND + pack([199, "x"]), N.UNSUPPORTED, count=2),
    raw("an unknown message with text and maps", alone([199, {"name": "Nimal"}, 1.5]), N.UNSUPPORTED),
]


def back(stage: Stage) -> messages.Message:
    return to_customer.MessageApplied(values.MessageName(1, 1, 0))


def sound(stage: Stage) -> bool:
    """That the placement which all of these are made from is itself what the wire calls sound."""
    return alone(fields(stage)) == messages.body([messages.encode(placed(stage.who, stage.instrument))])


ALL = [*VALUES, *BOUNDS, *REFS, *ARRANGED, *FORMS, *LENGTHS, *FOREIGN]
