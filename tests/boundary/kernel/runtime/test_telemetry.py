"""Logs: only declared events and fields of exactly their types, whatever anybody tries to write."""

import asyncio
import enum
import io
import json
import logging
import sys
import threading
import uuid
import warnings
from concurrent import futures
from typing import Any

import hypothesis
import pytest
import structlog
from hypothesis import strategies as st

from boundary.kernel import errors, key_states
from boundary.kernel.runtime import settings, telemetry
from boundary.wire import frame, keys
from tests.boundary.kernel.runtime.conftest import Log

Word = telemetry.Word


class Colour(enum.StrEnum):
    RED = "red"


class Flavour(enum.Flag):
    SWEET = 1
    SOUR = 2


class Slippery(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "a secret"


class SlipperyRef(uuid.UUID):
    def __str__(self) -> str:
        return "a secret"


class SlipperyNumber(int):
    def __repr__(self) -> str:
        return '"a secret"'

    __str__ = __repr__


class SlipperyWord(telemetry.Word):
    __slots__ = ()


EVENT = telemetry.Event("test.event", word=Word, number=int, flag=bool, ref=uuid.UUID, colour=Colour, flavour=Flavour)
REF = uuid.UUID(int=1)


@pytest.mark.parametrize(
    "fields, written",
    [
        ({"word": Word("order_placed")}, {"word": "order_placed"}),
        ({"number": 0}, {"number": 0}),
        ({"number": -(2**63) + 1}, {"number": -(2**63) + 1}),
        ({"flag": False}, {"flag": False}),
        ({"ref": REF}, {"ref": str(REF)}),
        ({"colour": Colour.RED}, {"colour": "red"}),
        ({"flavour": Flavour.SWEET}, {"flavour": "sweet"}),
        ({}, {}),
    ],
)
def test_a_declared_field_of_its_type_is_written(log: Log, fields: dict[str, Any], written: dict[str, Any]) -> None:
    telemetry.emit(EVENT, "warning", **fields)
    (line,) = log.lines()
    assert {name: line[name] for name in line if name != "at"} == {
        "event": "test.event",
        "level": "warning",
        "service": "tested",
        **written,
    }
    assert line["at"].endswith("Z")


DROPPED = [
    {"unheard": 1},
    {"name": "Nimal Perera"},
    {"exc_info": True},
    {"stack_info": True},
    {"at": "yesterday"},
    {"service": "other"},
    {"word": "order_placed"},
    {"word": Slippery("x")},
    {"word": SlipperyWord("x")},
    {"word": Word("Nimal Perera")},
    {"word": Word("nimal@example.com")},
    {"word": Word("0771234567")},
    {"word": Word("a\nb")},
    {"word": Word("a" * 97)},
    {"word": Word("")},
    {"word": Word("නිමල්")},
    {"word": b"x"},
    {"word": None},
    {"number": True},
    {"number": 1.0},
    {"number": "1"},
    {"number": 2**63},
    {"number": 10**5000},
    {"number": SlipperyNumber(1)},
    {"number": Flavour.SWEET},
    {"flag": 1},
    {"flag": "true"},
    {"ref": str(REF)},
    {"ref": SlipperyRef(int=1)},
    {"ref": REF.bytes},
    {"colour": "red"},
    {"colour": Flavour.SWEET},
]


@pytest.mark.parametrize("fields", DROPPED, ids=range(len(DROPPED)))
def test_a_field_that_is_not_declared_or_not_of_its_type_is_dropped(log: Log, fields: dict[str, Any]) -> None:
    telemetry.emit(EVENT, **fields)
    (line,) = log.lines()
    assert set(line) == {"event", "level", "service", "at"}
    assert line["service"] == "tested"
    assert "secret" not in log.text


@pytest.mark.parametrize("event", ["unheard", "Nimal Perera", 5, None, Slippery("test.event")])
def test_an_event_that_is_not_declared_is_written_as_nothing_but_that(log: Log, event: Any) -> None:
    structlog.get_logger().info(event, word=Word("x"), name="Nimal Perera")
    (line,) = log.lines()
    if event == "test.event":
        assert line["event"] == "test.event"
    else:
        assert (line["event"], set(line)) == ("unregistered", {"event", "level", "service", "at"})
    assert "Nimal" not in log.text


def test_an_event_is_declared_once_and_with_types_that_can_be_checked() -> None:
    with pytest.raises(ValueError, match="twice"):
        telemetry.Event("test.event")
    for type_ in (str, float, dict, object, bytes):
        with pytest.raises(TypeError):
            telemetry.Event("test.never", field=type_)
    for name in ("event", "level", "at", "service"):
        with pytest.raises(TypeError):
            telemetry.Event("test.never", **{name: int})
    assert "test.never" not in telemetry.registered()


def test_every_declared_event_can_be_listed_for_the_privacy_manifest() -> None:
    listed = telemetry.registered()
    assert listed["test.event"] is EVENT
    assert list(listed) == sorted(listed)


@hypothesis.given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.floats(), max_size=3))
def test_nothing_that_is_handed_in_makes_two_lines_or_a_line_that_is_not_json(
    event: str, fields: dict[str, Any]
) -> None:
    stream = io.StringIO()
    telemetry.configure("tested", stream=stream)
    try:
        log = structlog.get_logger()
        log.info(event, **{name: value for name, value in fields.items() if name not in {"event", "self"}})
        telemetry.emit(EVENT, word=Word(event))
    finally:
        structlog.reset_defaults()
    first, second = stream.getvalue().split("\n")[:-1]
    assert json.loads(first)["event"] in {"unregistered", *telemetry.registered()}
    assert json.loads(second)["event"] == "test.event"


@pytest.mark.parametrize("forged", ["x\n{}", "x\r\nlevel", "x\u2028y", 'x","level":"critical', "x\x1b[2J"])
def test_a_forged_line_is_not_written(log: Log, forged: str) -> None:
    telemetry.emit(EVENT, word=Word(forged))
    logging.getLogger(forged).error("boo")
    assert len(log.text.splitlines()) == len(log.lines()) == 2
    assert all("word" not in line and "logger" not in line for line in log.lines())


def test_human_lines_carry_nothing_more() -> None:
    stream = io.StringIO()
    telemetry.configure("tested", stream=stream, human=True)
    try:
        telemetry.emit(EVENT, word=Word("shown"), name="Nimal Perera")
    finally:
        structlog.reset_defaults()
    assert "shown" in stream.getvalue()
    assert "Nimal" not in stream.getvalue()


# -- exceptions ------------------------------------------------------------------------------------------------------


class Secretive(errors.Conflict):
    """Refusals keep their code."""

    code = "test_secretive"


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_an_exception_is_told_by_class_and_never_by_message(log: Log) -> None:
    chained = RuntimeError("a secret")
    chained.__cause__ = ValueError("a secret")
    for error in (KeyError("a secret"), chained, ExceptionGroup("a secret", [ValueError("a secret")])):
        telemetry.fault(raised(error), REF)
    assert [line["error"] for line in log.lines("fault")] == ["KeyError", "RuntimeError", "ExceptionGroup"]
    assert {line["request"] for line in log.lines("fault")} == {str(REF)}
    assert "secret" not in log.text


def test_a_refusal_is_told_by_its_classes_code_and_no_other(log: Log) -> None:
    error = Secretive("a secret", limit=1)
    error.code = "a_secret"  # type: ignore[misc]  # what nobody should do
    telemetry.fault(raised(error))
    (line,) = log.lines("fault")
    assert (line["error"], line["code"]) == ("Secretive", "test_secretive")


def test_the_place_of_a_fault_is_in_our_own_source_and_in_no_path_of_the_machine(log: Log) -> None:
    try:
        telemetry.Event("test.event")
    except ValueError as error:
        telemetry.fault(error)
    (line,) = log.lines("fault")
    assert line["where"].startswith("boundary/kernel/runtime/telemetry:")
    try:
        json.loads("{")
    except ValueError as error:
        telemetry.fault(error)
    assert log.lines("fault")[1]["where"] == "unknown"


def test_an_exception_class_made_from_input_does_not_get_its_name_written(log: Log) -> None:
    telemetry.fault(type("Nimal Perera", (Exception,), {})("x"))
    (line,) = log.lines("fault")
    assert "error" not in line
    assert "Nimal" not in log.text


# -- what libraries say ------------------------------------------------------------------------------------------------


def test_a_library_is_reduced_to_its_name_its_level_and_a_class(log: Log) -> None:
    logger = logging.getLogger("some.library")
    logger.warning("a %s", "secret")
    logger.info("a secret")
    logger.error("a secret", exc_info=raised(KeyError("a secret")))
    logger.log(35, "a secret")
    assert "secret" not in log.text
    assert [(line["level"], line["logger"], line["error"]) for line in log.lines()] == [
        ("warning", "some.library", "none"),
        ("error", "some.library", "KeyError"),
        ("info", "some.library", "none"),
    ]


def test_warnings_are_reduced_too(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("a secret", UserWarning, stacklevel=1)
    assert [line["logger"] for line in log.lines()] == ["py.warnings"]
    assert "secret" not in log.text + capsys.readouterr().err


def test_what_nobody_caught_is_reduced_too(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    error = raised(KeyError("a secret"))
    sys.excepthook(KeyError, error, error.__traceback__)
    thread = threading.Thread(target=[].pop)
    thread.start()
    thread.join()
    assert [line["error"] for line in log.lines("fault")] == ["KeyError", "IndexError"]
    shown = capsys.readouterr()
    assert "secret" not in log.text + shown.err + shown.out
    assert "Traceback" not in shown.err


async def test_a_task_that_nobody_awaited_is_reduced_too(log: Log) -> None:
    async def fails() -> None:
        raise KeyError("a secret")

    asyncio.get_running_loop().call_exception_handler({"message": "a secret", "exception": KeyError("a secret")})
    await asyncio.gather(asyncio.create_task(fails()), return_exceptions=True)
    assert [(line["logger"], line["error"]) for line in log.lines()] == [("asyncio", "KeyError")]


# -- the stream --------------------------------------------------------------------------------------------------------


def test_lines_of_many_threads_do_not_mix(log: Log) -> None:
    with futures.ThreadPoolExecutor(8) as pool:
        for n in range(2000):
            pool.submit(telemetry.emit, EVENT, number=n)
    assert sorted(line["number"] for line in log.lines()) == list(range(2000))


class Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [Broken(), "closed"])
def test_a_log_that_cannot_be_written_does_not_break_the_work(stream: Any) -> None:
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    telemetry.configure("tested", stream=stream)
    try:
        telemetry.emit(EVENT, number=1)
        logging.getLogger("some.library").error("x")
    finally:
        structlog.reset_defaults()


def test_a_fault_that_carries_keys_tells_none_of_them(log: Log) -> None:
    """Whatever holds a secret may end up among an exception's arguments, in a message, or in a frame's locals."""
    master = bytes(range(100, 132))
    ring = keys.Ring(REF, {1: master})
    held = {REF: {1: key_states.Held(master, key_states.State.ACTIVE)}}
    carried = [
        ring,
        held,
        master,
        settings.Secret(master.hex()),
        ring.key(1, frame.Direction.TO_EXECUTION, frame.Kind.DATA),
    ]
    for each in (
        RuntimeError(*carried),
        KeyError(master),
        ValueError(f"{carried}"),
        ExceptionGroup("x", [KeyError(held)]),
    ):
        telemetry.fault(raised(each), REF)
    logging.getLogger("library").error("keys: %s", carried)
    assert len(log.lines("fault")) == 4
    derived = ring.key(1, frame.Direction.TO_EXECUTION, frame.Kind.DATA)
    for secret in (master, derived):
        assert secret.hex() not in log.text
        assert repr(secret)[2:-1] not in log.text
