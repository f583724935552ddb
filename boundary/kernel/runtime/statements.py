"""SQLAlchemy Core statements as the `$n` text and ordered arguments that asyncpg runs.

Tables and statements are SQLAlchemy's, connections are asyncpg's: no ORM, no session, no second pool. A statement
built once (a module constant) is compiled once; values that change are `bindparam`s named at the call.
"""

import functools
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as dialect

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped


class Compiled:
    """The text of a statement, the names of its arguments in order, and the values written into the statement."""

    __slots__ = ("_names", "_written", "text")

    def __init__(self, statement: sa.Executable, columns: tuple[str, ...] | None = None) -> None:
        element = cast("sa.ClauseElement", statement)
        compiled: Any = element.compile(dialect=_DIALECT, column_keys=columns)
        self.text: str = compiled.string
        if "POSTCOMPILE" in self.text:
            raise ValueError("write = ANY(:list) instead of IN: one text must serve every length")
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        binds = compiled.binds
        self._written = {name: binds[name].effective_value for name in self._names if not binds[name].required}

    def arguments(self, values: dict[str, object]) -> list[object]:
        """In the order of the text. A missing or unknown name is an error of the program."""
        unknown = values.keys() - set(self._names)
        if unknown:
            raise TypeError(f"the statement has no parameter {sorted(unknown)}")
        written = self._written
        return [values[name] if name in values else written[name] for name in self._names]


@functools.lru_cache(maxsize=2048)
def compiled(statement: sa.Executable) -> Compiled:
    return Compiled(statement)


@functools.lru_cache(maxsize=512)
def insert(table: sa.Table, columns: tuple[str, ...]) -> Compiled:
    return Compiled(table.insert(), columns)


@functools.lru_cache(maxsize=512)
def insert_many(table: sa.Table, columns: tuple[str, ...], types: tuple[str, ...]) -> str:
    """One statement for any number of rows: each column arrives as one array."""
    names = ", ".join(f'"{column}"' for column in columns)
    arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(types, start=1))
    name = f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
    return f"INSERT INTO {name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 -- names are the program's own
