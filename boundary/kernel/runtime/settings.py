"""Settings come from the environment, once, into one frozen struct per stack. Nothing is guessed.

`CUSTOMER_REDIS_URL` fills the field `redis_url` of the struct loaded with the prefix `CUSTOMER_`. A variable with our
prefix that no field knows is refused, because it is a typing error that would otherwise leave a default in force.
A variable with the other side's prefix is refused too: no process may hold a secret of both.
"""

import difflib
import sys
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class Secret:
    """A value that shows itself only when asked by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class SettingsError(Exception):
    """The environment does not describe a runnable process. One line, every finding in it."""


def load(
    type_: type[S],
    prefix: str,
    environment: Mapping[str, str],
    *,
    foreign: Iterable[str] = (),
    needs: Iterable[str] = (),
) -> S:
    """Decode the variables that carry `prefix`; `needs` names the fields without which this process cannot run."""
    fields = {prefix + field.name.upper(): field for field in msgspec.structs.fields(type_)}
    findings = [
        f"{name} belongs to the other side of the wall and may not be present here"
        for other in foreign
        for name in sorted(environment)
        if name.startswith(other)
    ]
    values: dict[str, Any] = {}
    for name in sorted(environment):
        if not name.startswith(prefix):
            continue
        if name not in fields:
            findings.append(f"{name} is not a setting{_meant(name, fields)}")
            continue
        try:
            values[fields[name].name] = _value(environment[name], fields[name].type)
        except (msgspec.ValidationError, ValueError) as error:
            findings.append(f"{name}: {_harmless(error)}")
    findings += [
        f"{name} is missing"
        for name, field in fields.items()
        if name not in environment and (field.required or field.name in needs)
    ]
    if findings:
        raise SettingsError("; ".join(findings))
    return type_(**values)


def _value(text: str, type_: Any) -> Any:
    if typing.get_origin(type_) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if not text.strip():  # an empty host would be every address, an empty path the working directory
        raise ValueError("is empty")
    for plain in (Secret, Path):
        if type_ in {plain, plain | None}:
            return plain(text)
    return msgspec.convert(text, type_, strict=False)


def _harmless(error: Exception) -> str:
    """The reason where it speaks of the type alone: a mistyped secret must not end in a log."""
    reason = str(error)
    return reason if reason.startswith(("Expected ", "is empty")) else "has an unusable value"


def _meant(name: str, fields: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, fields, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def refuse(error: Exception) -> NoReturn:
    """How a process that cannot start ends: one line on standard error, exit code 2."""
    sys.stderr.write(" ".join(str(error).split()) + "\n")
    raise SystemExit(2)
