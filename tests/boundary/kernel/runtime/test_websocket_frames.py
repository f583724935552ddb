"""The frames of RFC 6455: its own examples, every cut of a stream, and what a peer must not do."""

import os
import struct

import hypothesis
import pytest
from hypothesis import strategies as st

from boundary.kernel.runtime import websocket_frames as frames

Op, Code = frames.Opcode, frames.Code
MASK = b"\x37\xfa\x21\x3d"
MAX = 1000


def sent(opcode: int, payload: bytes, *, final: bool = True, mask: bytes = MASK, reserved: int = 0) -> bytes:
    """As a client sends it."""
    first = (0x80 if final else 0) | reserved | opcode
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((first, 0x80 | 126)) + struct.pack(">H", size)
    else:
        head = bytes((first, 0x80 | 127)) + struct.pack(">Q", size)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def read(data: bytes, limit: int = MAX) -> list[frames.Message]:
    return frames.Reader(limit).feed(data)


def test_the_examples_of_the_specification() -> None:
    assert read(bytes.fromhex("818537fa213d7f9f4d5158")) == [(Op.TEXT, b"Hello")]
    assert frames.frame(Op.TEXT, b"Hello") == bytes.fromhex("810548656c6c6f")
    assert frames.frame(Op.BINARY, bytes(256))[:4] == bytes.fromhex("827e0100")
    assert frames.frame(Op.BINARY, bytes(65536))[:10] == bytes.fromhex("827f0000000000010000")
    assert frames.accept(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


MESSAGES = st.lists(
    st.tuples(st.sampled_from([Op.TEXT, Op.BINARY, Op.PING, Op.PONG]), st.text(max_size=40)), min_size=1, max_size=8
)


@hypothesis.given(said=MESSAGES, cuts=st.lists(st.integers(1, 40), max_size=40), mask=st.binary(min_size=4, max_size=4))
@hypothesis.settings(max_examples=100, deadline=None)
def test_messages_come_out_whole_however_the_stream_is_cut(
    said: list[tuple[frames.Opcode, str]], cuts: list[int], mask: bytes
) -> None:
    stream = b"".join(
        sent(opcode, text.encode()[:120], mask=mask) for opcode, text in said if len(text.encode()) <= 120
    )
    expected = [(opcode, text.encode()) for opcode, text in said if len(text.encode()) <= 120]
    reader, found = frames.Reader(MAX), []
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        found += reader.feed(piece)
    assert found == expected


def test_fragments_are_put_together_and_control_frames_may_come_between() -> None:
    data = (
        sent(Op.TEXT, b"He", final=False)
        + sent(Op.PING, b"?")
        + sent(Op.CONTINUATION, "l\u00f6".encode()[:2], final=False)
    )
    data += sent(Op.CONTINUATION, "\u00f6".encode()[1:] + b"!")
    assert read(data) == [(Op.PING, b"?"), (Op.TEXT, "Hel\u00f6!".encode())]


@pytest.mark.parametrize(
    "data, code",
    [
        (b"\x81\x05Hello", Code.PROTOCOL),
        (sent(Op.TEXT, b"x", reserved=0x40), Code.PROTOCOL),
        (sent(Op.TEXT, b"x", reserved=0x20), Code.PROTOCOL),
        (sent(3, b"x"), Code.PROTOCOL),
        (sent(11, b"x"), Code.PROTOCOL),
        (sent(Op.PING, b"x", final=False), Code.PROTOCOL),
        (sent(Op.PING, bytes(126)), Code.PROTOCOL),
        (sent(Op.CONTINUATION, b"x"), Code.PROTOCOL),
        (sent(Op.TEXT, b"x", final=False) + sent(Op.TEXT, b"y"), Code.PROTOCOL),
        (sent(Op.TEXT, b"\xff"), Code.NOT_TEXT),
        (sent(Op.TEXT, b"\xed\xa0\x80"), Code.NOT_TEXT),
        (sent(Op.TEXT, bytes(MAX + 1)), Code.TOO_BIG),
        (sent(Op.TEXT, bytes(MAX), final=False) + sent(Op.CONTINUATION, b"x"), Code.TOO_BIG),
        (bytes((0x81, 0xFF)) + b"\xff" * 8, Code.TOO_BIG),
        (bytes((0x82, 0xFE)) + struct.pack(">H", MAX + 1), Code.TOO_BIG),
    ],
)
def test_what_a_client_must_not_do(data: bytes, code: frames.Code) -> None:
    with pytest.raises(frames.Violation) as refused:
        read(data)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "payload, code",
    [(b"", Code.NO_CODE), (b"\x03\xe8", 1000), (b"\x03\xe8bye", 1000), (b"\x0b\xb8", 3000), (b"\x13\x87", 4999)],
)
def test_what_a_close_says(payload: bytes, code: int) -> None:
    assert frames.close_code(payload) == code


@pytest.mark.parametrize("payload", [b"\x03", b"\x03\xed", b"\x03\xee", b"\x00\x00", b"\x13\x88", b"\x03\xf7"])
def test_a_close_with_a_code_that_nobody_may_send_is_an_error(payload: bytes) -> None:
    with pytest.raises(frames.Violation):
        frames.close_code(payload)


def test_a_reason_is_text_and_a_long_one_is_cut() -> None:
    with pytest.raises(frames.Violation):
        frames.close_code(b"\x03\xe8\xff")
    assert len(frames.closing(1000, "x" * 300)) == 127


def test_rubbish_never_comes_out_as_anything_but_a_violation_or_messages() -> None:
    for _ in range(2000):
        reader = frames.Reader(MAX)
        try:
            for _ in range(3):
                reader.feed(os.urandom(40))
        except frames.Violation:
            continue


@pytest.mark.parametrize(
    "key, good", [(b"dGhlIHNhbXBsZSBub25jZQ==", True), (b"", False), (b"YWJj", False), (b"!", False)]
)
def test_a_key_is_sixteen_bytes(key: bytes, good: bool) -> None:
    assert frames.is_key(key) is good
