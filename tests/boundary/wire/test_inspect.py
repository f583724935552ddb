"""A frame in words, and the command that prints it."""

import contextlib
import enum
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from boundary.privacy import inspect_command
from boundary.wire import control, frame, inspect, messages, to_execution, values, words
from tests.boundary.wire import examples

KEY = bytes(range(32))
DATA = {
    direction: messages.body([messages.encode(each) for each in some])
    for direction, some in examples.BY_DIRECTION.items()
}


def framed(
    body: bytes,
    count: int,
    direction: frame.Direction = frame.Direction.TO_EXECUTION,
    kind: frame.Kind = frame.Kind.DATA,
) -> bytes:
    header = frame.Header(
        direction=direction,
        kind=kind,
        key_id=2,
        epoch=1,
        sequence=17,
        at_micros=1_800_000_000_000_001,
        nonce=examples.ref(99),
        count=count,
        previous=bytes(31) + b"\x01",
    )
    return frame.seal(header, body, KEY)


PLACED = framed(DATA[frame.Direction.TO_EXECUTION], len(examples.TO_EXECUTION))
HEARTBEAT = framed(b"", 0, kind=frame.Kind.HEARTBEAT)
ACK = framed(messages.encode(examples.CONTROL[1]), 1, frame.Direction.TO_CUSTOMER, frame.Kind.ACK)


def run(data: bytes) -> Result:
    return CliRunner().invoke(inspect_command.command, ["-"], input=data)


def test_an_intent_is_printed_with_words_units_and_times() -> None:
    intent = next(each for each in examples.TO_EXECUTION if isinstance(each, to_execution.PlaceIntent))
    text = inspect.render(framed(messages.body([messages.encode(intent)]), 1))
    shown = [" ".join(line.split()) for line in text.splitlines()]
    assert shown[1:10] == [
        "direction to_execution",
        "kind data",
        "key id 2",
        "epoch 1",
        "sequence 17",
        "time 2027-01-15T08:00:00.000001Z",
        "nonce 00000000-0000-4000-8000-000000000063",
        "messages 1",
        f"previous head {'00' * 31}01",
    ]
    assert shown[11:] == [
        "",
        "1.17.0 PlaceIntent (110)",
        "participant 00000000-0000-4000-8000-000000000001",
        "instrument 00000000-0000-4000-8000-000000000003",
        "side buy",
        "kind limit",
        "time_in_force until_time",
        "limit_ticks 550 ticks",
        "lots 10 lots",
        "cost_cap USD 5.600000",
        "expires_at 2027-01-15T09:00:00Z",
    ]


@pytest.mark.parametrize("direction", frame.Direction)
def test_every_field_of_every_message_is_printed(direction: frame.Direction) -> None:
    some = examples.BY_DIRECTION[direction]
    text = inspect.render(framed(DATA[direction], len(some), direction))
    for index, message in enumerate(some):
        part = text.split(f"\n1.17.{index}  ")[1].split("\n\n")[0]
        assert part.startswith(f"{type(message).__name__} (")
        for field in message.__struct_fields__:
            assert f"\n  {field}" in part
        assert all(word.name.lower() in part for word in _words(message))


def _words(message: object) -> list[enum.IntEnum]:
    fields = [getattr(message, name) for name in getattr(message, "__struct_fields__", ())]
    return [each for each in fields if isinstance(each, enum.IntEnum)]


def test_a_zero_that_means_something_says_so() -> None:
    placed = to_execution.PlaceIntent(
        examples.PARTICIPANT,
        examples.INSTRUMENT,
        words.Side.SELL,
        words.IntentKind.MARKET,
        words.TimeInForce.AT_ONCE_OR_CANCEL,
        0,
        1,
        0,
        0,
    )
    text = inspect.render(framed(messages.body([messages.encode(placed)]), 1))
    assert "0 (no limit: at the market)" in text
    assert "0 (does not expire by time)" in text
    assert "USD 0.000000" in text


def test_acknowledgements_and_heartbeats_are_printed_too() -> None:
    assert "Ack (2)" in inspect.render(ACK)
    assert "kind                     heartbeat" in inspect.render(HEARTBEAT)


@pytest.mark.parametrize(
    "body, code",
    [
        (b"\x91\x92\xcc\xc7\x01", "unsupported"),
        (b"\x91\x92\x64\x00", "not_canonical"),
        (b"\x91\x92\x65\xc4\x10" + bytes(16), "message_malformed"),
    ],
)
def test_a_body_that_does_not_decode_is_named_by_the_reason_under_its_header(body: bytes, code: str) -> None:
    text = inspect.render(framed(body, 1))
    assert "sequence                 17" in text
    assert text.endswith(f"body of {len(body)} bytes: refused ({code})\n")


def test_a_header_that_counts_wrongly_is_pointed_out() -> None:
    assert "the header speaks of 9 messages, the body has 17" in inspect.render(
        framed(DATA[frame.Direction.TO_EXECUTION], 9)
    )


def test_the_command_reads_raw_bytes_and_hexadecimal_digits_from_a_file_or_standard_input(tmp_path: Path) -> None:
    expected = inspect.render(PLACED)
    spaced = "\n".join(PLACED.hex()[at : at + 64].upper() for at in range(0, 2 * len(PLACED), 64)) + "\n"
    for data in (PLACED, PLACED.hex().encode(), spaced.encode()):
        file = tmp_path / "frame"
        file.write_bytes(data)
        for result in (CliRunner().invoke(inspect_command.command, [str(file)]), run(data)):
            assert (result.exit_code, result.stdout) == (0, expected)


def test_the_command_prints_both_frames_of_an_exchange() -> None:
    result = run(PLACED + ACK)
    assert result.exit_code == 0
    assert result.stdout == f"{inspect.render(PLACED)}\n{inspect.render(ACK)}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"not a frame",
        b"0g",
        b"abc",
        PLACED[:-1],
        PLACED + b"\0",
        PLACED[:4] + b"\x07" + PLACED[5:],
        PLACED[:2] + b"\x09" + PLACED[3:],
        b"\xff" * 500,
        b"00" * 500,
        frame.MAGIC + bytes(3 * frame.SIZE_MAX),
    ],
    ids=range(12),
)
def test_what_is_no_frame_exits_with_1_and_one_line(data: bytes) -> None:
    result = run(data)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("frame_malformed: ")
    assert result.stderr.count("\n") == 1


@given(st.binary(max_size=300), st.integers(0, len(PLACED) - 1), st.integers(1, 255))
def test_whatever_comes_it_is_printed_or_refused(rubbish: bytes, position: int, change: int) -> None:
    changed = bytearray(PLACED)
    changed[position] ^= change
    for data in (rubbish, bytes(changed), framed(rubbish, 1), framed(rubbish, 1, kind=frame.Kind.ACK)):
        with contextlib.suppress(frame.Malformed):
            assert inspect.render(data)


def test_a_time_beyond_the_calendar_is_printed_as_a_number() -> None:
    message = messages.encode(messages.Seen(bytes(32), values.INT64_MAX))
    text = inspect.render(framed(message, 1, frame.Direction.TO_CUSTOMER, frame.Kind.ACK))
    assert f"{values.INT64_MAX} microseconds since 1970" in text


@pytest.mark.parametrize("direction", frame.Direction)
def test_a_void_and_every_word_about_frames_is_printed_in_words(direction: frame.Direction) -> None:
    for message in examples.CONTROL:
        kind = frame.Kind.VOID if isinstance(message, control.Void) else frame.Kind.ACK
        text = inspect.render(framed(messages.encode(message), 1, direction, kind))
        shown = {" ".join(line.split()) for line in text.splitlines()}
        assert f"1.17.0 {type(message).__name__} ({messages.SHAPES[type(message)].tag})" in shown
        assert not any("refused" in line for line in shown)
        if kind is frame.Kind.VOID:
            assert {"sequence 18", f"core {'ae' * 32}"} <= shown


def test_a_message_alone_is_printed_without_what_is_still_to_be_filled_in() -> None:
    force = next(each for each in examples.TO_EXECUTION if isinstance(each, to_execution.ForceTransfer))
    whole, part = inspect.words_of(force), inspect.words_of(force, without=frozenset({"approvals"}))
    assert whole.startswith(part.splitlines()[0])
    assert "approvals" in whole
    assert "approvals" not in part
