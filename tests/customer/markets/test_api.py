"""What anybody may ask of the markets, over HTTP behind the real guard: pages, one instrument, its document."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec
import pytest

from boundary.kernel import clock
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import transaction
from customer_stack.access import api as access_api
from customer_stack.gate import ports
from customer_stack.markets import api as markets_api
from customer_stack.markets import jobs, service
from tests.boundary.kernel.runtime import loopback
from tests.customer.markets.test_documents import DATA, HASH, NAMED, Library, announced
from tests.customer.markets.test_service import LISTING, ONE, OPENS, listed, moved
from tests.stacks import StackDatabase

PREFIX = "/api/v1/markets"


class Front(NamedTuple):
    """The customer API on loopback, and the worker's database behind it."""

    client: loopback.Client
    worker: transaction.Database

    async def get(self, path: str, *headers: tuple[str, str]) -> loopback.Answer:
        return await self.client.request("GET", PREFIX + path, b"", *headers)

    async def json(self, path: str) -> Any:
        answer = await self.get(path)
        assert answer.status == 200, answer.body
        return answer.json


@pytest.fixture
async def front(customer_schema: StackDatabase, customer_db: transaction.Database) -> AsyncIterator[Front]:
    db, time = await customer_schema.connect("customer_api"), clock.ManualClock(OPENS)
    made = apps.create(
        title="Markets",
        version="1",
        description="",
        routes=markets_api.HANDLERS,
        readiness=apps.Readiness({}),
        state={"db": db, "clock": time},
        guards=[access_api.guard],
    )
    server = loopback.Served(made)
    yield Front(loopback.Client(await server.start()), customer_db)
    await server.stop()
    await db.close()


async def held(front: Front) -> None:
    await announced(front.worker)
    later = clock.ManualClock(OPENS.replace(year=OPENS.year + 2))
    await jobs.Puller(Library(DATA), later).pull(front.worker, jobs.PullDocuments())


async def test_an_instrument_is_shown_with_its_grid_its_state_and_its_document(front: Front) -> None:
    await listed(front.worker, NAMED)
    shown = await front.json(f"/instruments/{ONE}")
    assert shown == {
        "ref": str(ONE),
        "route": "omnibus",
        "product": "event_contract",
        "state": "listed",
        "tradable": False,
        "reason": "document_unavailable",
        "tick_value_usd": "0.010000",
        "lot_size": "1.000000",
        "price_max": 99,
        "grid": [],
        "cap_lots": 500,
        "opens_at": "2026-05-04T12:00:00Z",
        "closes_at": "2026-06-03T12:00:00Z",
        "document": {"sha256": HASH.hex(), "available": False, "kind": None, "media_type": None, "size": None},
    }
    await held(front)
    shown = await front.json(f"/instruments/{ONE}")
    assert (shown["tradable"], shown["reason"]) == (True, None)
    assert shown["document"] == {
        "sha256": HASH.hex(),
        "available": True,
        "kind": "rules",
        "media_type": "text/markdown",
        "size": len(DATA),
    }


async def test_a_document_is_served_with_its_hash_and_can_be_recomputed(front: Front) -> None:
    await listed(front.worker, NAMED)
    missing = await front.get(f"/instruments/{ONE}/document")
    assert (missing.status, missing.code) == (404, "document_unavailable")
    await held(front)
    answer = await front.get(f"/instruments/{ONE}/document")
    assert (answer.status, hashlib.sha256(answer.body).digest()) == (200, HASH)
    assert answer.header("content-type") == "text/markdown; charset=utf-8"
    assert answer.header("etag") == f'"{HASH.hex()}"'
    assert answer.header("cache-control") == "public, max-age=60"
    assert answer.header("x-content-type-options") == "nosniff"
    again = await front.get(f"/instruments/{ONE}/document", ("if-none-match", f'"{HASH.hex()}"'))
    assert (again.status, again.body) == (304, b"")


async def test_pages_hold_every_instrument_once_and_none_that_is_delisted(front: Front) -> None:
    refs = sorted(uuid.UUID(int=(number * 7919) << 96 | 4 << 76 | 2 << 62) for number in range(1, 31))
    await listed(front.worker, *(msgspec.structs.replace(LISTING, instrument=ref) for ref in refs))
    await moved(front.worker, refs[5], "delisted")
    await moved(front.worker, refs[6], "halted")
    expected = [str(ref) for ref in refs if ref != refs[5]]
    for limit in (1, 7, 29, 30, 100):
        found, cursor = [], ""
        while True:
            page = await front.json(f"/instruments?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
            assert len(page["items"]) <= limit
            found += [each["ref"] for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == expected, limit
    assert [each["state"] for each in (await front.json("/instruments"))["items"]].count("halted") == 1
    assert (await front.json(f"/instruments/{refs[5]}"))["reason"] == "instrument_delisted"


async def test_a_search_finds_what_has_the_route_product_and_state(front: Front) -> None:
    refs = sorted(uuid.UUID(int=(number + 1) << 96 | 4 << 76 | 2 << 62) for number in range(6))
    kinds = [("omnibus", "event_contract"), ("clob", "security_token"), ("broker", "equity")] * 2
    grid = ((1, 1), (50, 5))
    await listed(
        front.worker,
        *(
            msgspec.structs.replace(LISTING, instrument=ref, route=route, product=product, grid=grid)
            for ref, (route, product) in zip(refs, kinds, strict=True)
        ),
    )
    for ref, state in zip(refs[3:], ("delisted", "closed", "resolved"), strict=True):
        await moved(front.worker, ref, state)

    async def found(search: str) -> list[int]:
        return [refs.index(uuid.UUID(each["ref"])) for each in (await front.json(f"/instruments{search}"))["items"]]

    assert await found("") == [0, 1, 2, 4, 5]
    assert await found("?state=delisted") == [3]
    assert await found("?route=clob") == [1, 4]
    assert await found("?product=equity&state=listed") == [2]
    assert await found("?route=broker&product=equity&state=resolved") == [5]
    assert await found("?route=omnibus&product=equity") == []
    one = await front.json(f"/instruments/{refs[0]}")
    assert one["grid"] == [{"from_ticks": 1, "step_ticks": 1}, {"from_ticks": 50, "step_ticks": 5}]
    assert (await front.json(f"/instruments/{refs[4]}"))["reason"] == "instrument_closed"
    page = await front.json("/instruments?route=clob&limit=1")
    other = await front.get(f"/instruments?route=broker&limit=1&cursor={page['next']}")
    assert (other.status, other.code) == (400, "invalid_cursor"), "a cursor belongs to its search"
    rest = await front.json(f"/instruments?route=clob&limit=1&cursor={page['next']}")
    assert [each["ref"] for each in rest["items"]] == [str(refs[4])]


async def test_an_empty_market_is_an_empty_page(front: Front) -> None:
    assert await front.json("/instruments") == {"items": [], "next": None}


@pytest.mark.parametrize(
    "path, status, code",
    [
        (f"/instruments/{uuid.UUID(int=4 << 76 | 2 << 62)}", 404, "instrument_unknown"),
        (f"/instruments/{uuid.UUID(int=4 << 76 | 2 << 62)}/document", 404, "instrument_unknown"),
        ("/instruments/nothing", 404, "not_found"),
        ("/instruments?limit=0", 400, "invalid"),
        ("/instruments?limit=101", 400, "invalid"),
        ("/instruments?limit=many", 400, "invalid"),
        ("/instruments?route=dark", 400, "invalid"),
        ("/instruments?product=", 400, "invalid"),
        ("/instruments?state=LISTED", 400, "invalid"),
        ("/instruments?cursor=%C3%A9", 400, "invalid_cursor"),
        ("/instruments?cursor=AAAA", 400, "invalid_cursor"),
        ("/quotes?cursor=AAAAAAAAAAAAAAAAAAAAAB", 400, "invalid_cursor"),
    ],
)
async def test_what_cannot_be_answered_says_so(front: Front, path: str, status: int, code: str) -> None:
    answer = await front.get(path)
    assert (answer.status, answer.code) == (status, code)


async def test_quotes_say_when_they_were_heard_and_what_is_not_known_is_null(front: Front) -> None:
    assert await front.json("/quotes") == {"as_of": None, "stale": True, "items": [], "next": None}
    two = uuid.UUID(int=(1 << 120) | 4 << 76 | 2 << 62)
    await listed(front.worker, NAMED, msgspec.structs.replace(LISTING, instrument=two))
    full = ports.Quote(ONE, "listed", 55, 54, 120, 56, 80, 55, 10, OPENS, ((54, 120), (53, 9)), ((56, 80),))
    bare = ports.Quote(two, "halted")

    async def heard(tx: transaction.Tx) -> None:
        await service.Quotes().heard(tx, (7, 1), [full, bare], anew=True, now=OPENS)

    await front.worker.run("test.heard", heard)
    page = await front.json("/quotes")
    assert (page["as_of"], page["stale"], page["next"]) == ("2026-05-04T12:00:00Z", False, None)
    shown = {each["instrument"]: each for each in page["items"]}
    assert shown[str(ONE)] == {
        "instrument": str(ONE),
        "state": "listed",
        "reference_ticks": 55,
        "bid": {"ticks": 54, "lots": 120},
        "ask": {"ticks": 56, "lots": 80},
        "last_trade": {"ticks": 55, "lots": 10, "at": "2026-05-04T12:00:00Z"},
        "bids": [{"ticks": 54, "lots": 120}, {"ticks": 53, "lots": 9}],
        "asks": [{"ticks": 56, "lots": 80}],
    }
    assert shown[str(two)]["reference_ticks"] is None
    one = await front.json("/quotes?limit=1")
    other = await front.json(f"/quotes?limit=1&cursor={one['next']}")
    assert [one["items"][0]["instrument"], other["items"][0]["instrument"]] == sorted(shown)
    assert other["next"] is None
