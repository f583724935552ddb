"""The WebSocket, with a client of another make: states and changes, gaps, limits, rubbish, and those who do not read."""

import asyncio
import json
import random  # noqa: TID251 -- seeded, and of the tests alone
import socket
import uuid
from typing import Any

import aiohttp
import pytest

from boundary.kernel.runtime import transaction, websocket_protocol
from customer_stack.prices.formats import stream
from customer_stack.prices.service import relaying
from tests.boundary.kernel.runtime import loopback
from tests.customer.prices.conftest import Connect
from tests.customer.prices.house import ONE, THREE, TWO, Client, House


def levels(of: tuple[tuple[int, int], ...]) -> dict[int, int]:
    return dict(of)


async def test_a_snapshot_comes_first_and_then_what_changed(home: House, connect: Connect) -> None:
    await home.book(ONE, ((50, 5), (49, 7)), ((52, 3),))
    client = await connect()
    await client.subscribe("book", ONE, id=4)
    assert await client.hear() == {"type": "subscribed", "topic": 1, "channel": "book", "instrument": str(ONE), "id": 4}
    first = {"type": "snapshot", "topic": 1, "sequence": 3, "phase": "open", "bids": [[50, 5], [49, 7]]}
    assert await client.hear() == first | {"asks": [[52, 3]]}
    await home.book(ONE, ((50, 5),), ((51, 1), (52, 3)))
    assert await client.hear() == {
        "type": "delta",
        "topic": 1,
        "from": 3,
        "to": 6,
        "b": [[49, 0]],
        "a": [[51, 1]],
    }
    await home.book(ONE, ((50, 5),), ((50, 1), (52, 3)), phase="auction", indicative_ticks=50, indicative_lots=1)
    found = await client.hear()
    assert (found["phase"], found["indication"]) == ("auction", {"ticks": 50, "lots": 1})
    await home.book(ONE, ((50, 4),), ((52, 3),), phase="halted", indicative_ticks=0, indicative_lots=0)
    found = await client.hear()
    assert (found["phase"], "indication" in found) == ("halted", False)


async def test_a_typical_change_of_a_book_takes_no_more_than_a_hundred_bytes(home: House, connect: Connect) -> None:
    sequence = 12_345_678
    asks = tuple((100_250 + n, 1_000 + n) for n in range(20))
    await home.book(ONE, ((100_200, 5_000),), asks, sequence=sequence)
    client = await connect()
    await client.subscribe("book", ONE)
    await client.until(lambda it: bool(it.books))
    client.sizes.clear()
    chance = random.Random(5)
    for step in range(1, 21):
        asks = ((100_250, chance.randrange(1, 9_999)), *asks[1:])
        await home.book(ONE, ((100_200, chance.randrange(1, 9_999)),), asks, sequence=sequence + 2 * step)
        await client.until(lambda it, to=sequence + 2 * step: it.sequences[str(ONE)] == to)
    assert max(client.sizes) <= 100, sorted(client.sizes)


async def test_whatever_is_missed_the_client_has_the_book(home: House, connect: Connect) -> None:
    chance = random.Random(3)
    clients = [await connect() for _ in range(3)]
    for each in clients:
        await each.subscribe("book", ONE)
    bids: dict[int, int] = {}
    for _ in range(60):
        bids[chance.randrange(40, 50)] = chance.randrange(0, 5)
        shown = tuple(sorted(((t, n) for t, n in bids.items() if n), reverse=True))
        await home.book(ONE, shown, ())
        if chance.random() < 0.3:
            await asyncio.sleep(0.05)
    newest = home.books[ONE]
    for each in clients:
        await each.until(lambda it: it.sequences.get(str(ONE)) == newest.sequence)
        assert each.books[str(ONE)] == (levels(newest.bids), {})


async def test_who_comes_back_goes_on_where_it_was_and_else_begins_anew(home: House, connect: Connect) -> None:
    client = await connect()
    await client.subscribe("book", ONE)
    await home.book(ONE, ((50, 5),), ())
    await client.until(lambda it: it.sequences.get(str(ONE)) == 3)
    keeper = await connect()
    await keeper.subscribe("book", ONE)
    await keeper.until(lambda it: it.sequences.get(str(ONE)) == 3)
    await client.socket.close()
    await home.book(ONE, ((50, 6),), ())
    await keeper.until(lambda it: it.sequences.get(str(ONE)) == 6)
    back = await connect()
    await back.subscribe("book", ONE, since=3)
    await back.hear()
    assert await back.socket.receive_json() == {"type": "delta", "topic": 1, "from": 3, "to": 6, "b": [[50, 6]]}
    for nonsense in (2, 10**9, 2**63 - 1):
        lost = await connect()
        await lost.subscribe("book", ONE, since=nonsense)
        await lost.hear()
        assert (await lost.hear())["type"] == "snapshot"
    same = await connect()
    await same.subscribe("book", ONE, since=6)
    await same.hear()
    await home.book(ONE, ((50, 7),), ())
    assert (await same.socket.receive_json())["from"] == 6, "nothing is repeated to who has it"


async def test_trades_candles_and_the_ticker(home: House, connect: Connect) -> None:
    await home.traded(ONE, 50, 53, 51)
    client = await connect()
    for channel in ("trades", "ticker", "candles:1m", "candles:1d"):
        await client.subscribe(channel, ONE)
    await client.until(lambda it: len(it.heard) == 8)
    told = {message["type"]: message for message in client.heard if message["type"] != "subscribed"}
    assert [each["number"] for each in told["trades"]["trades"]] == [1, 2, 3]
    assert (
        told["ticker"]["ticker"] | {"instrument": str(ONE), "last": 51, "change": 1, "high": 53}
        == told["ticker"]["ticker"]
    )
    client.heard.clear()
    await home.traded(ONE, 57)
    await client.until(lambda it: {"trades", "ticker", "candles"} <= {each["type"] for each in it.heard})
    told = {message["type"]: message for message in client.heard}
    assert (told["trades"]["from"], [each["number"] for each in told["trades"]["trades"]]) == (3, [4])
    (candle,) = told["candles"]["candles"]
    assert (candle["close"], candle["last"], told["ticker"]["ticker"]["last"]) == (57, 4, 57)
    late = await connect()
    await late.subscribe("trades", ONE, since=2)
    await late.hear()
    assert [each["number"] for each in (await late.hear())["trades"]] == [3, 4]


async def test_who_unsubscribes_hears_no_more_of_it(home: House, connect: Connect) -> None:
    client = await connect()
    for ref in (ONE, TWO):
        await client.subscribe("book", ref)
    await client.until(lambda it: len(it.books) == 2)
    await client.say(op="unsubscribe", channel="book", instrument=str(ONE), id=9)
    assert (await client.hear()) == {"type": "unsubscribed", "channel": "book", "instrument": str(ONE), "id": 9}
    await home.book(ONE, ((50, 5),), ())
    await home.book(TWO, ((60, 5),), ())
    assert client.channels[(await client.hear())["topic"]] == ("book", str(TWO))


RUBBISH = [
    ("", "malformed_message"),
    ("hello", "malformed_message"),
    ("{}", "malformed_message"),
    ("[]", "malformed_message"),
    ("null", "malformed_message"),
    ('{"op":"subscribe"}', "malformed_message"),
    ('{"op":"drop","id":1}', "malformed_message"),
    ('{"op":"ping","more":1}', "malformed_message"),
    ('{"op":"ping","id":-1}', "malformed_message"),
    ('{"op":"ping","id":1,"id":2}', "malformed_message"),
    ('{"op":"ping","id":' + "9" * 400 + "}", "malformed_message"),
    (json.dumps({"op": "subscribe", "channel": "book", "instrument": "x"}), "malformed_message"),
    (json.dumps({"op": "subscribe", "channel": "book", "instrument": str(ONE), "since": -1}), "malformed_message"),
    (json.dumps({"op": "subscribe", "channel": "book", "instrument": str(ONE), "since": 2**63}), "malformed_message"),
    (json.dumps({"op": "subscribe", "channel": "b" * 17, "instrument": str(ONE)}), "malformed_message"),
    (json.dumps({"op": "subscribe", "channel": "orders", "instrument": str(ONE)}), "unknown_channel"),
    (json.dumps({"op": "subscribe", "channel": "candles:2m", "instrument": str(ONE)}), "unknown_channel"),
    (json.dumps({"op": "subscribe", "channel": "candles:", "instrument": str(ONE)}), "unknown_channel"),
    (json.dumps({"op": "subscribe", "channel": "book", "instrument": str(THREE)}), "instrument_unknown"),
    ('{"op":"ping"' + " " * 2000 + "}", "malformed_message"),
    ("[" * 900, "malformed_message"),
]


async def test_every_malformed_message_is_answered_with_a_code_and_harms_nobody(connect: Connect) -> None:
    client = await connect()
    for text, code in RUBBISH:
        await client.socket.send_str(text)
        found = await client.hear()
        assert (found["type"], found["code"]) == ("error", code), text
        assert text[:20] not in found["message"] or not text
    await client.say(op="ping", id=7)
    assert await client.hear() == {"type": "pong", "id": 7}


async def test_an_error_names_the_message_that_it_answers(connect: Connect) -> None:
    client = await connect()
    await client.say(op="subscribe", channel="orders", instrument=str(ONE), id=31)
    assert (await client.hear())["id"] == 31


async def test_whoever_only_says_rubbish_is_sent_away(connect: Connect) -> None:
    client = await connect()
    for _ in range(60):
        await client.socket.send_str("rubbish")
    async with asyncio.timeout(10):
        while (message := await client.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert message.data == 4400


async def test_bytes_are_not_spoken_here(connect: Connect) -> None:
    client = await connect()
    await client.socket.send_bytes(b"\x00")
    message = await client.socket.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1003)


async def test_a_connection_has_so_many_subscriptions_and_a_network_so_many_connections(
    home: House, connect: Connect
) -> None:
    home.hub.bounds = relaying.Bounds(connections=3, of_one_network=2, subscriptions=2)
    client = await connect()
    for channel in ("book", "trades", "book"):
        await client.subscribe(channel, ONE)
    await client.subscribe("ticker", ONE)
    await client.until(lambda it: it.heard[-1]["type"] == "error" if it.heard else False)
    assert client.heard[-1]["code"] == "too_many_subscriptions"
    await connect()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect()
    assert refused.value.status == 429
    assert refused.value.headers is not None
    assert refused.value.headers["retry-after"] == "10"
    await client.socket.close()
    await loopback.until(lambda: len(home.hub._sessions) == 1)
    await connect()


ORIGINS = [
    ({"cookie": "__Host-access=x", "origin": "https://evil.example"}, False),
    ({"cookie": "any=x", "origin": "null"}, False),
    ({"cookie": "any=x", "origin": "https://app.people.example"}, True),
    ({"cookie": "any=x"}, True),
    ({"origin": "https://other.example"}, True),
]


async def test_with_cookies_the_page_must_be_ours(connect: Connect) -> None:
    for headers, welcome in ORIGINS:
        if welcome:
            await connect(headers=headers)
            continue
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await connect(headers=headers)
        assert refused.value.status == 403
        assert refused.value.headers is not None
        assert refused.value.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("pairs", [500, pytest.param(5_000, marks=pytest.mark.faults)])
async def test_thousands_of_subscriptions_and_ends_of_them_leave_nothing_behind(
    home: House, connect: Connect, pairs: int
) -> None:
    await home.book(ONE, ((50, 5),), ())
    client = await connect()
    heard = 0

    async def hear() -> None:
        nonlocal heard
        while heard < 2 * pairs:
            message = await client.hear()
            heard += message["type"] in {"subscribed", "unsubscribed"}

    hearing = asyncio.create_task(hear())
    for _ in range(pairs):
        await client.subscribe("book", ONE)
        await client.say(op="unsubscribe", channel="book", instrument=str(ONE))
    async with asyncio.timeout(60):
        await hearing
    await client.subscribe("book", ONE)
    await client.until(lambda it: it.heard[-1]["type"] == "snapshot")
    assert len(home.hub._topics) == 1
    await client.socket.close()
    await loopback.until(lambda: not home.hub._sessions)
    assert not home.hub._subscribers
    assert not home.hub._networks


async def test_topics_that_nobody_wants_are_forgotten_in_the_end(
    home: House, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "IDLE_TOPICS_MAX", 2)
    client = await connect()
    for channel in ("book", "trades", "ticker", "candles:1m", "candles:5m"):
        await client.subscribe(channel, ONE)
        await client.say(op="unsubscribe", channel=channel, instrument=str(ONE))
        await client.until(lambda it: it.heard[-1]["type"] == "unsubscribed" if it.heard else False)
        client.heard.clear()
    assert len(home.hub._topics) == 2


async def test_a_client_that_does_not_read_is_let_go_and_the_others_are_told_in_time(
    home: House, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_protocol, "SLOW_SECONDS", 0.5)
    monkeypatch.setattr(websocket_protocol, "UNSENT_BYTES_MAX", 4096)
    slow, good = await connect(), await connect()
    reading: Any = slow.socket._response.connection
    reading.transport.pause_reading()
    held = reading.transport.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # else the kernel may read megabytes in its place
    for each in (slow, good):
        await each.subscribe("book", ONE)
    many = tuple((t, 10**15 + t) for t in range(10**6, 10**6 + 20))
    said = asyncio.create_task(flood(slow))
    for step in range(40):
        await home.book(ONE, tuple((t, n + step) for t, n in many), ())
        await good.until(lambda it: it.sequences.get(str(ONE)) == home.books[ONE].sequence)
    await loopback.until(lambda: len(home.hub._sessions) == 1, 20)
    said.cancel()
    await asyncio.gather(said, return_exceptions=True)
    await home.book(ONE, ((50, 1),), ())
    await good.until(lambda it: it.books[str(ONE)][0] == {50: 1})


async def flood(client: Client) -> None:
    """Asks for more and more without reading any of it."""
    while True:
        await client.subscribe("book", ONE)
        await asyncio.sleep(0)


async def test_the_database_may_be_away_for_a_while(
    home: House, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "RETRY_MILLIS", 20)
    client = await connect()
    await client.subscribe("book", ONE)
    await client.until(lambda it: bool(it.books))

    async def away(*_: Any) -> Any:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(home.hub._db, "look", away)
        await asyncio.sleep(0.2)
        await home.book(ONE, ((50, 5),), ())
    await client.until(lambda it: it.books[str(ONE)][0] == {50: 5})


async def test_a_history_that_begins_anew_is_told_as_a_snapshot(home: House, connect: Connect) -> None:
    await home.book(ONE, ((50, 5),), (), sequence=1000)
    client = await connect()
    await client.subscribe("book", ONE)
    await client.until(lambda it: it.sequences.get(str(ONE)) == 1000)
    await home.book(ONE, ((40, 5),), (), sequence=3)
    await client.until(lambda it: it.sequences[str(ONE)] == 3)
    assert client.heard[-1]["type"] == "snapshot"


async def test_a_database_that_was_restored_is_believed(home: House, connect: Connect) -> None:
    await home.book(ONE, ((50, 5),), ())
    for _ in range(5):
        await home.book(ONE, ((50, 6),), ())
    client = await connect()
    for channel in ("book", "ticker"):
        await client.subscribe(channel, ONE)
    await client.until(lambda it: it.sequences.get(str(ONE)) == 18)

    async def restore(tx: transaction.Tx) -> None:
        for table in ("price_feed", "price_book"):
            await tx.execute(f"UPDATE {table} SET revision = 1")

    await home.worker.run("test.restore", restore)
    await asyncio.sleep(0.2)
    await home.book(ONE, ((40, 1),), (), sequence=7)
    await client.until(lambda it: it.sequences[str(ONE)] == 7)
    assert client.books[str(ONE)] == ({40: 1}, {})


async def test_a_heartbeat_says_whether_prices_are_stale(
    home: House, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "HEARTBEAT_SECONDS", 0)
    client = await connect()
    await client.subscribe("book", ONE)
    while True:
        message = json.loads((await client.socket.receive(timeout=10)).data)
        if message["type"] == "heartbeat":
            break
    assert message["stale"] is True, "nothing was heard of the feed yet"


async def test_every_process_tells_the_same(home: House, connect: Connect) -> None:
    await home.book(ONE, ((50, 5),), ())
    other = relaying.Hub(home.api, home.time)
    session = other.join("there")
    told: list[bytes] = []

    async def send(message: bytes) -> None:
        told.append(message)

    await other.subscribe(session, stream.Subscribe("book", ONE))
    sending = asyncio.create_task(session.send(send))
    await other.look()
    await home.book(ONE, ((50, 6),), ())
    await other.look()
    await asyncio.sleep(0.01)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    client = await connect()
    await client.subscribe("book", ONE, since=3)
    await client.hear()
    await client.hear()
    assert json.loads(told[-1])["to"] == client.sequences.get(str(ONE), 6) == 6
    assert uuid.UUID(json.loads(told[0])["instrument"]) == ONE
