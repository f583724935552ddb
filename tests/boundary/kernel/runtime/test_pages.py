"""Pages of a list over HTTP and on a real database: complete, stable, and bound to their list."""

import base64
from typing import Any

import litestar
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from litestar import params

from boundary.kernel import canonical
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import pages, transaction
from tests.boundary.kernel.runtime import loopback


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    amount: int
    id: int


class Account(msgspec.Struct, frozen=True):
    id: int
    amount: int


LIST = """
SELECT id, amount FROM account WHERE ($1::int IS NULL OR amount <> $1)
  AND ($2::int IS NULL OR (amount, id) > ($2, $3)) ORDER BY amount, id LIMIT $4"""


async def some_of(request: Any, limit: int, cursor: str | None, without: int | None) -> pages.Page[Account]:
    asked = pages.read(request, Position, cursor, limit, without)
    after = (asked.after.amount, asked.after.id) if asked.after else (None, None)
    rows = await request.app.state.db.read("test.list", lambda tx: tx.fetch(LIST, without, *after, asked.limit + 1))
    accounts = [Account(**dict(row)) for row in rows]
    return pages.cut(asked, accounts, lambda each: Position(each.amount, each.id))


@litestar.get("/accounts")
async def accounts(
    request: litestar.Request[Any, Any, Any],
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
    without: params.FromQuery[int | None] = None,
) -> pages.Page[Account]:
    return await some_of(request, limit, cursor, without)


@litestar.get("/others/{name:str}")
async def others(
    request: litestar.Request[Any, Any, Any],
    name: params.FromPath[str],
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[Account]:
    return await some_of(request, limit, cursor, None)


@pytest.fixture
async def client(serve: Any, db: transaction.Database, raw: Any) -> loopback.Client:
    """Forty-two accounts, many of one amount: the order is not by the number alone."""
    await raw.execute("INSERT INTO account SELECT n, n % 5 FROM generate_series(3, 42) n")
    app = kernel_app.create(
        title="List",
        version="1",
        description="For tests.",
        routes=[accounts, others],
        readiness=kernel_app.Readiness({}),
        state={"db": db},
    )
    found: loopback.Client = await serve(app)
    return found


async def walk(client: loopback.Client, path: str) -> list[list[int]]:
    """The numbers, page by page."""
    found, cursor = [], ""
    while True:
        told = (await client.get(path + cursor)).json
        found.append([each["id"] for each in told["items"]])
        if told["next"] is None:
            return found
        cursor = f"{'&' if '?' in path else '?'}cursor={told['next']}"


@pytest.mark.parametrize("limit, sizes", [(1, [1] * 42), (10, [10, 10, 10, 10, 2]), (42, [42]), (100, [42])])
async def test_all_pages_together_are_the_list(client: loopback.Client, limit: int, sizes: list[int]) -> None:
    found = await walk(client, f"/accounts?limit={limit}")
    assert [len(page) for page in found] == sizes
    numbers = [number for page in found for number in page]
    expected = sorted(range(1, 43), key=lambda n: (100 if n < 3 else n % 5, n))
    assert numbers == expected


async def test_what_comes_and_goes_meanwhile_neither_skips_nor_repeats_what_stays(
    client: loopback.Client, raw: Any
) -> None:
    first = (await client.get("/accounts?limit=20")).json
    gone = [each["id"] for each in first["items"]][-3:]
    await raw.execute("DELETE FROM account WHERE id = ANY($1)", gone)
    await raw.execute("INSERT INTO account VALUES (1000, 0), (1001, 50)")
    rest = (await client.get(f"/accounts?limit=100&cursor={first['next']}")).json
    seen = [each["id"] for each in first["items"]] + [each["id"] for each in rest["items"]]
    assert sorted(seen) == [*range(1, 43), 1001]


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1000000", "x", "1.5", ""])
async def test_a_limit_out_of_range_is_refused(client: loopback.Client, limit: str) -> None:
    loopback.assert_problem(await client.get(f"/accounts?limit={limit}"), 400, "invalid")


async def test_a_page_holds_twenty_if_nothing_is_said(client: loopback.Client) -> None:
    assert len((await client.get("/accounts")).json["items"]) == 20


async def test_a_cursor_works_with_another_limit_but_not_with_other_filters_or_routes(
    client: loopback.Client,
) -> None:
    cursor = (await client.get("/others/a?limit=5")).json["next"]
    assert (await client.get(f"/others/a?limit=50&cursor={cursor}")).status == 200
    for path in (f"/others/b?cursor={cursor}", f"/accounts?cursor={cursor}"):
        loopback.assert_problem(await client.get(path), 400, "invalid_cursor")
    cursor = (await client.get("/accounts?limit=5&without=3")).json["next"]
    for path in (f"/accounts?cursor={cursor}", f"/accounts?without=4&cursor={cursor}"):
        loopback.assert_problem(await client.get(path), 400, "invalid_cursor")


def crafted(good: str) -> dict[str, str]:
    data = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    binding, position = data[:16], data[16:]

    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return {
        "empty": "",
        "a word": "next",
        "not base64": "%C3%A4%C3%B6",
        "padded": good + "=",
        "more": good + "A",
        "less": good[:-1],
        "binding alone": text(binding),
        "another binding": text(bytes(16) + position),
        "trailing bytes": text(data + b"\x00"),
        "three numbers": text(binding + b"\x93\x01\x02\x03"),
        "one number": text(binding + b"\x91\x01"),
        "text": text(binding + b"\x92\xa1x\x01"),
        "float": text(binding + b"\x92\xcb" + bytes(8) + b"\x01"),
        "null": text(binding + b"\x92\xc0\xc0"),
        "map": text(binding + b"\x82\xa2id\x01\xa6amount\x01"),
        "not the shortest form": text(binding + b"\x92\xcd\x00\x01\x01"),
        "too long": "A" * 513,
        "deep": text(binding + b"\x91" * 300),
    }


@pytest.mark.parametrize("name", crafted("AAAAAAAAAAAAAAAAAAAAAJIBAg"))
async def test_a_crafted_cursor_is_refused(client: loopback.Client, name: str) -> None:
    good = (await client.get("/accounts?limit=5")).json["next"]
    answer = await client.get(f"/accounts?cursor={crafted(good)[name]}")
    loopback.assert_problem(answer, 400, "invalid" if name == "too long" else "invalid_cursor")


@given(some.integers(-(2**63), 2**63 - 1), some.integers(-(2**63), 2**63 - 1), some.binary(min_size=16, max_size=16))
def test_a_cursor_comes_back_as_the_position_it_was_made_of(amount: int, number: int, binding: bytes) -> None:
    position = Position(amount, number)
    cursor = pages._closed(binding, position)
    assert pages._opened(cursor, binding, Position) == position
    assert canonical.pack(position) == base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[16:]


def test_the_description_names_the_bounds_and_the_members() -> None:
    app = litestar.Litestar(route_handlers=[accounts])
    described = app.openapi_schema.to_schema()
    (found,) = [each for each in described["paths"]["/accounts"]["get"]["parameters"] if each["name"] == "limit"]
    assert (found["schema"]["minimum"], found["schema"]["maximum"], found["schema"]["default"]) == (1, 100, 20)
    assert "next" in str(described["components"]["schemas"])
