"""Logs and metrics. A log line is a registered event with typed fields, and nothing else can be written.

An event is declared once, beside the code that emits it. The processor drops every field that the declaration does
not name or whose value is not of its type, so a message, a payload or a person cannot slip into a line. Exceptions
are told by class, code and place in the source, never by message. What libraries log through `logging` is reduced
to logger, level and exception class.
"""

import enum
import logging
import re
import sys
import traceback
import uuid
from collections.abc import Mapping
from typing import Any, TextIO

import prometheus_client
import structlog
from structlog.typing import EventDict, WrappedLogger

from boundary.kernel import errors

_EVENTS: dict[str, "Event"] = {}
_WORD = re.compile(r"[A-Za-z_<][A-Za-z0-9_.:<>/-]{0,95}\Z")

LINES = prometheus_client.Counter("log_lines", "Lines written", ["level"])
DROPPED = prometheus_client.Counter("log_fields_dropped", "Fields refused by the allow-list")


class Word(str):
    """A word of the source code: a class name, a code, a module. Never something that came from outside."""

    __slots__ = ()


class Event:
    """A name and the types of its fields: int, bool, UUID, an enum, or `Word`."""

    __slots__ = ("fields", "name")

    def __init__(self, name: str, **fields: type) -> None:
        if name in _EVENTS:
            raise ValueError(f"the event {name} is declared twice")
        self.name = name
        self.fields: Mapping[str, type] = fields
        _EVENTS[name] = self


LIBRARY = Event("library", logger=Word, error=Word)
FAULT = Event("fault", error=Word, code=Word, where=Word, request=uuid.UUID)
UNREGISTERED = Event("unregistered")
_COMMON = {"level", "at", "service"}


def registered() -> Mapping[str, Event]:
    """Every event that this process can write; the privacy manifest lists them."""
    return dict(sorted(_EVENTS.items()))


def allow_list(_logger: WrappedLogger, level: str, line: EventDict) -> EventDict:
    """The processor: what is not declared is not written."""
    LINES.labels(level).inc()
    event = _EVENTS.get(str(line.get("event")))
    if event is None:
        return {"event": UNREGISTERED.name, "level": level}
    kept: EventDict = {"event": event.name, "level": level}
    for name, value in line.items():
        if name == "event":
            continue
        if name in event.fields and _is(value, event.fields[name]):
            kept[name] = value.value if isinstance(value, enum.Enum) else value
        else:
            DROPPED.inc()
    return kept


def _is(value: object, type_: type) -> bool:
    if type_ is Word:
        return isinstance(value, str) and _WORD.match(value) is not None
    if type_ is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, type_)


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


class _Libraries(logging.Handler):
    """What others write through `logging`, without their words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "none"
        _write(record.levelname.lower(), LIBRARY.name, {"logger": record.name, "error": error})


def emit(event: Event, level: str = "info", **fields: object) -> None:
    _write(level, event.name, fields)


def fault(error: BaseException, request: uuid.UUID | None = None) -> None:
    """An unanticipated exception, by class, code and the deepest places of our own source."""
    fields: dict[str, object] = {"error": type(error).__name__, "where": _where(error)}
    if isinstance(error, errors.Refusal):
        fields["code"] = error.code
    if request is not None:
        fields["request"] = request
    emit(FAULT, "error", **fields)


def _write(level: str, name: str, fields: dict[str, object]) -> None:
    level = level if level in {"debug", "info", "warning", "error", "critical"} else "info"
    getattr(structlog.get_logger(), level)(name, **fields)


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{_module(frame.filename)}:{frame.lineno}" for frame in frames if _module(frame.filename)]
    return "<".join(reversed(places[-3:]))[:96] or "unknown"


def _module(filename: str) -> str:
    """The dotted-looking tail of a path from one of our packages on, or nothing for a library's."""
    for package in ("boundary", "customer_stack", "execution_stack"):
        _, found, tail = filename.rpartition(f"/{package}/")
        if found:
            return f"{package}/{tail.removesuffix('.py')}"
    return ""
