"""Logs and metrics. A log line is a registered event with typed fields, and nothing else can be written.

An event is declared once, beside the code that emits it. The processor drops every field that the declaration does
not name or whose value is not of its type, so a message, a payload or a person cannot slip into a line. Exceptions
are told by class, code and place in the source, never by message. What libraries log through `logging` is reduced
to logger, level and exception class.
"""

import enum
import logging
import os
import re
import sys
import threading
import traceback
import uuid
from collections.abc import Mapping
from typing import Any, TextIO

import prometheus_client
import structlog
from structlog.typing import EventDict, WrappedLogger

from boundary.kernel import errors

_EVENTS: dict[str, "Event"] = {}
_INT_MAX = 2**63 - 1
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120 -- as frames tell it
_WORD = re.compile(r"[A-Za-z_<][A-Za-z0-9_.:<>/-]{0,95}\Z")

LINES = prometheus_client.Counter("log_lines", "Lines written", ["level"])
LOST = prometheus_client.Counter("log_lines_lost", "Lines that the stream did not take")
DROPPED = prometheus_client.Counter("log_fields_dropped", "Fields refused by the allow-list")


class Word(str):
    """A word of the source code: a class name, a code, a tag, a module. Never something that came from outside: where
    one is made, its text stands in the source or is the name of something that does. A plain string is no Word.
    """

    __slots__ = ()


class Event:
    """A name and the types of its fields: int, bool, UUID, an enum, or `Word`."""

    __slots__ = ("fields", "name")

    def __init__(self, name: str, **fields: type) -> None:
        if name in _EVENTS:
            raise ValueError(f"the event {name} is declared twice")
        if fields.keys() & _COMMON or not all(_may_be_a_field(type_) for type_ in fields.values()):
            raise TypeError(f"the event {name} has a field that no line may carry")
        self.name = name
        self.fields: Mapping[str, type] = fields
        _EVENTS[name] = self


_COMMON = frozenset({"event", "level", "at", "service"})


def _may_be_a_field(type_: type) -> bool:
    return type_ in {int, bool, uuid.UUID, Word} or issubclass(type_, enum.Enum)


LIBRARY = Event("library", logger=Word, error=Word)
FAULT = Event("fault", error=Word, code=Word, where=Word, request=uuid.UUID)
UNREGISTERED = Event("unregistered")


def registered() -> Mapping[str, Event]:
    """Every event that this process can write; the privacy manifest lists them."""
    return dict(sorted(_EVENTS.items()))


def field_type(type_: type) -> str:
    """The name of a field's type, for those who read logs: an enum is written as one of its words."""
    if issubclass(type_, enum.Enum):
        return "|".join(sorted(str(member.name).lower() for member in type_))
    return {int: "int", bool: "bool", uuid.UUID: "uuid", Word: "word"}[type_]


def allow_list(_logger: WrappedLogger, level: str, line: EventDict) -> EventDict:
    """The processor: what is not declared is not written."""
    LINES.labels(level).inc()
    name = line.pop("event", None)
    event = _EVENTS.get(name) if isinstance(name, str) else None
    if event is None:
        return {"event": UNREGISTERED.name, "level": level}
    kept: EventDict = {"event": event.name, "level": level}
    for field, value in line.items():
        if field in event.fields and _is(value, event.fields[field]):
            kept[field] = str(value.name).lower() if isinstance(value, enum.Enum) else value
        else:
            DROPPED.inc()
    return kept


def _is(value: object, type_: type) -> bool:
    """Of exactly this type: a subclass may print itself as whatever it likes."""
    if type(value) is not type_:
        return False
    if isinstance(value, Word):
        return _WORD.match(value) is not None
    return not isinstance(value, int) or -_INT_MAX <= value <= _INT_MAX


def configure(service: str, *, stream: TextIO | None = None, human: bool = False) -> None:
    """Once per process, before anything else is built."""

    def common(_logger: WrappedLogger, _level: str, line: EventDict) -> EventDict:
        return {**line, "service": service}

    renderer: Any = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(default=str)
    structlog.configure(
        processors=[allow_list, common, structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"), renderer],
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Libraries()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda _type, error, _trace: fault(error)
    sys.unraisablehook = lambda found: fault(found.exc_value or RuntimeError())
    threading.excepthook = lambda found: fault(found.exc_value or RuntimeError())


class _Libraries(logging.Handler):
    """What others write through `logging`, without their words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "none"
        _write(record.levelname.lower(), LIBRARY.name, {"logger": Word(record.name), "error": Word(error)})


def emit(event: Event, level: str = "info", **fields: object) -> None:
    _write(level, event.name, fields)


def fault(error: BaseException, request: uuid.UUID | None = None) -> None:
    """An unanticipated exception, by class, code and the deepest places of our own source."""
    fields: dict[str, object] = {"error": Word(type(error).__name__), "where": Word(where(error))}
    if isinstance(error, errors.Refusal):
        fields["code"] = Word(type(error).code)
    if request is not None:
        fields["request"] = request
    emit(FAULT, "error", **fields)


def _write(level: str, name: str, fields: dict[str, object]) -> None:
    """A log that cannot be written to must not become the fault of the work that it speaks of."""
    level = level if level in {"debug", "info", "warning", "error", "critical"} else "info"
    try:
        getattr(structlog.get_logger(), level)(name, **fields)
    except (OSError, ValueError):  # the stream is broken or closed
        LOST.inc()


def where(error: BaseException) -> str:
    """The deepest places of our own source that an exception came through."""
    walk = ((frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__))
    places = [f"{module}:{line}" for module, line in ((_module(filename), line) for filename, line in walk) if module]
    return "<".join(reversed(places[-3:]))[:96] or "unknown"


def _module(filename: str) -> str:
    """The path of one of our modules from its package on, or nothing for a library's."""
    inside = filename.removeprefix(f"{_ROOT}/")
    ours = inside != filename and inside.startswith(("boundary/", "customer_stack/", "execution_stack/"))
    return inside.removesuffix(".py") if ours else ""
