"""Books, tickers, trades and candles over HTTP: pictures, pages, and what cannot be answered."""

import uuid
from typing import Any

from customer_stack.prices.service import keeping
from tests.boundary.kernel.runtime import loopback
from tests.customer.prices.house import ONE, THREE, TWO, House

PREFIX = "/api/v1/markets"


async def get(home: House, path: str, status: int = 200) -> Any:
    answer = await loopback.Client(home.port).request("GET", PREFIX + path)
    assert answer.status == status, answer.body
    return answer.json


async def paged(home: House, path: str, limit: int) -> list[Any]:
    found, cursor = [], ""
    while True:
        page = await get(home, f"{path}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        assert len(page["items"]) <= limit
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_a_book_by_price_at_its_sequence(home: House) -> None:
    await home.book(ONE, ((50, 5), (49, 7)), ((52, 3),))
    expected = {
        "instrument": str(ONE),
        "sequence": 3,
        "phase": "open",
        "indication": None,
        "bids": [{"ticks": 50, "lots": 5}, {"ticks": 49, "lots": 7}],
        "asks": [{"ticks": 52, "lots": 3}],
    }
    assert await get(home, f"/instruments/{ONE}/book") == expected
    assert (await get(home, f"/instruments/{ONE}/book?depth=1"))["bids"] == [{"ticks": 50, "lots": 5}]
    await home.book(ONE, (), (), phase="auction", indicative_ticks=51, indicative_lots=4)
    found = await get(home, f"/instruments/{ONE}/book")
    assert (found["phase"], found["indication"]) == ("auction", {"ticks": 51, "lots": 4})


async def test_tickers_one_by_one_and_in_pages(home: House) -> None:
    await home.book(ONE, ((50, 5),), ())
    await home.traded(ONE, 50, 53, 48)
    await home.book(TWO, (), ())
    found = await get(home, f"/instruments/{ONE}/ticker")
    assert found == {
        "instrument": str(ONE), "phase": "open", "last": 48, "last_at": "2026-05-04T12:00:03Z",
        "bid": {"ticks": 50, "lots": 5}, "ask": None, "open": 50, "high": 53, "low": 48, "change": -2, "lots": 6,
        "trades": 3,
    }  # fmt: skip
    quiet = await get(home, f"/instruments/{TWO}/ticker")
    assert {name: quiet[name] for name in ("last", "open", "change", "lots")} == {
        "last": None, "open": None, "change": None, "lots": 0,
    }  # fmt: skip
    assert await paged(home, "/tickers?", 1) == [found, quiet]


async def test_trades_turn_pages_while_more_is_traded(home: House) -> None:
    await home.traded(ONE, *range(50, 75))
    first = await get(home, f"/instruments/{ONE}/trades?limit=10")
    assert [each["number"] for each in first["items"]] == list(range(25, 15, -1))
    await home.traded(ONE, 99, 98)
    second = await get(home, f"/instruments/{ONE}/trades?limit=10&cursor={first['next']}")
    assert [each["number"] for each in second["items"]] == list(range(15, 5, -1))
    assert [each["number"] for each in await paged(home, f"/instruments/{ONE}/trades?", 7)] == list(range(27, 0, -1))
    assert first["items"][0] == {
        "number": 25, "ticks": 74, "lots": 2, "side": "buy", "auction": False, "at": "2026-05-04T12:00:25Z",
    }  # fmt: skip


async def test_candles_of_a_span(home: House) -> None:
    await home.traded(ONE, 50, 55, 51)
    (candle,) = await paged(home, f"/instruments/{ONE}/candles?span=1m&", 5)
    expected = {"open": 50, "high": 55, "low": 50, "close": 51, "lots": 6, "first": 1, "last": 3}
    assert candle == {"opens_at": "2026-05-04T12:00:00Z"} | expected
    assert await paged(home, f"/instruments/{ONE}/candles?span=1d&", 5) == []
    page = await get(home, f"/instruments/{ONE}/candles?span=1m&limit=1")
    assert page["next"] is None


REFUSED = [
    (f"/instruments/{THREE}/book", 404, "instrument_unknown"),
    (f"/instruments/{THREE}/ticker", 404, "instrument_unknown"),
    (f"/instruments/{THREE}/trades", 404, "instrument_unknown"),
    (f"/instruments/{THREE}/candles", 404, "instrument_unknown"),
    (f"/instruments/{ONE}/book", 404, "no_book"),
    (f"/instruments/{ONE}/ticker", 404, "no_book"),
    (f"/instruments/{ONE}/book?depth=0", 400, "invalid"),
    (f"/instruments/{ONE}/book?depth=21", 400, "invalid"),
    (f"/instruments/{ONE}/trades?limit=101", 400, "invalid"),
    (f"/instruments/{ONE}/trades?cursor=AAAA", 400, "invalid_cursor"),
    (f"/instruments/{ONE}/candles?span=2m", 400, "invalid"),
    (f"/instruments/{ONE}/candles?cursor=%C3%A9", 400, "invalid_cursor"),
    ("/instruments/nothing/book", 404, "not_found"),
    ("/tickers?cursor=AAAA", 400, "invalid_cursor"),
    (f"/instruments/{uuid.UUID(int=1)}/trades", 404, "instrument_unknown"),
]


async def test_what_cannot_be_answered_says_so(home: House) -> None:
    for path, status, code in REFUSED:
        assert (await get(home, path, status))["code"] == code, path


async def test_a_cursor_of_one_span_is_none_of_another(home: House) -> None:
    await home.traded(ONE, *range(50, 75))
    first = await get(home, f"/instruments/{ONE}/trades?limit=10")
    assert (await get(home, f"/instruments/{TWO}/trades?cursor={first['next']}", 400))["code"] == "invalid_cursor"
    assert (await get(home, f"/instruments/{ONE}/candles?cursor={first['next']}", 400))["code"] == "invalid_cursor"


async def test_what_follows_no_gap_is_kept_and_what_does_not_is_asked_for(home: House) -> None:
    await home.traded(ONE, 50)
    home._trades[ONE] = 7
    await home.traded(ONE, 60)
    missed = await home.worker.read("test.missed", lambda tx: keeping.Prices().missed(tx, 10))
    assert [(each.instrument, each.series, each.after) for each in missed] == [(ONE, "trades", 1)]
    assert [each["number"] for each in await paged(home, f"/instruments/{ONE}/trades?", 9)] == [1]
