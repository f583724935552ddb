"""Long lists in pages: a cursor says after which row to go on, so a page neither skips nor repeats what stays in place.

A cursor is opaque to clients and worthless as a secret: it holds the position of the last row, which its reader was
shown, and a digest of the route and the filters that it belongs to. One that was not made by us for this very list is
refused. What a caller may see is the query's business, on every page anew.

The order is the query's own and ends in something unique; it asks for `limit + 1` rows, and `cut` makes the page:

    asked = pages.read(request, Position, cursor, limit, state)
    rows = await repo.after(tx, asked.after, asked.limit + 1)
    return pages.cut(asked, rows, lambda row: Position(row.at, row.id))
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import litestar
import msgspec
from litestar import params

from boundary.kernel import canonical, errors

LIMIT_MAX = 100
LIMIT = 20
CURSOR_LENGTH_MAX = 512
_BINDING_SIZE = 16

T = TypeVar("T")
P = TypeVar("P", bound=msgspec.Struct)

Limit = Annotated[int, params.QueryParameter(ge=1, le=LIMIT_MAX, description="how many at most")]
Cursor = Annotated[
    str | None, params.QueryParameter(max_length=CURSOR_LENGTH_MAX, description="`next` of the page before")
]


class InvalidCursor(errors.Invalid):
    """The cursor is not one that this list gave out, with these filters."""

    code = "invalid_cursor"


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of a list, and the cursor of what follows; no cursor, no more."""

    items: list[T]
    next: str | None = None


class Asked(NamedTuple, Generic[P]):
    """Which page is asked for: after which position, how many, and of which list."""

    after: P | None
    limit: int
    binding: bytes


def read(
    request: "litestar.Request[Any, Any, Any]", position: type[P], cursor: str | None, limit: int, *filters: object
) -> Asked[P]:
    """What a request asks for. `filters` are those that choose the rows; `position` is an array-like, frozen struct."""
    text = "\0".join([request.scope["path"], *(repr(each) for each in filters)])
    binding = hashlib.sha256(text.encode()).digest()[:_BINDING_SIZE]
    return Asked(None if cursor is None else _opened(cursor, binding, position), limit, binding)


def cut(asked: Asked[P], rows: Sequence[T], position: Callable[[T], P]) -> Page[T]:
    """The page of these rows, of which there is one more than asked for if the list goes on."""
    items = list(rows[: asked.limit])
    return Page(items, _closed(asked.binding, position(items[-1])) if len(rows) > asked.limit else None)


def searched(asked: Asked[P], rows: Sequence[T], stopped_at: P | None) -> Page[T]:
    """The page of what was found by looking through a longer list as far as `stopped_at`, or to its end. It may hold
    fewer rows than asked for, or none, and still not be the last.
    """
    return Page(list(rows), None if stopped_at is None else _closed(asked.binding, stopped_at))


def _closed(binding: bytes, position: msgspec.Struct) -> str:
    return base64.urlsafe_b64encode(binding + canonical.pack(position)).rstrip(b"=").decode()


def _opened(cursor: str, binding: bytes, position: type[P]) -> P:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        found = canonical.unpack(data[_BINDING_SIZE:], position)
    except (binascii.Error, ValueError, canonical.NotCanonical):
        raise InvalidCursor("this list gave out no such cursor") from None
    if _closed(binding, found) != cursor:
        raise InvalidCursor("the cursor belongs to another list, or to other filters")
    return found
