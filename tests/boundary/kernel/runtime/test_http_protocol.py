"""HTTP below and before any route: methods, paths, heads and connections that a server must bear."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from boundary.kernel.runtime import guard, http_protocol
from tests.boundary.kernel.runtime import loopback, sample_app
from tests.boundary.kernel.runtime.loopback import assert_dressed, assert_problem, chunked, post

Serve = Callable[[Any], Awaitable[loopback.Client]]
GOOD = b'{"name":"a"}'


@pytest.fixture
async def client(serve: Serve) -> loopback.Client:
    return await serve(sample_app.usual())


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PURGE", "PATCH", "DELETE", "PUT"])
async def test_a_method_that_a_route_does_not_answer_is_named_in_the_refusal(
    client: loopback.Client, method: str
) -> None:
    answer = await client.request(method, "/health/live")
    assert_problem(answer, 405, "method_not_allowed")
    assert {word.strip() for word in (answer.header("allow") or "").split(",")} == {"GET", "OPTIONS"}


@pytest.mark.parametrize("method", ["HELLO", "get", "GE T", "", "G\x00T", "GET" * 3000])
async def test_a_method_that_http_does_not_know_is_refused(client: loopback.Client, method: str) -> None:
    answer = assert_dressed(await client.send(f"{method} / HTTP/1.1\r\nhost: a\r\n\r\n".encode("latin-1")))
    assert answer.status in {400, 431}


async def test_connect_opens_no_tunnel(client: loopback.Client) -> None:
    answer = assert_dressed(await client.send(b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: a\r\n\r\n"))
    assert answer.status in {400, 404, 405}


async def test_head_is_get_without_the_body(client: loopback.Client) -> None:
    got, head = await client.get("/health/live"), await client.request("HEAD", "/health/live")
    assert_dressed(head)
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == str(len(got.body))
    assert (await client.request("HEAD", "/nothing")).status == 404


async def test_options_without_an_origin_says_what_a_route_answers(client: loopback.Client) -> None:
    answer = assert_dressed(await client.request("OPTIONS", "/things"))
    assert (answer.status, answer.header("allow")) == (204, "OPTIONS, POST")
    assert_problem(await client.request("OPTIONS", "/nothing"), 404, "not_found")


async def test_http_1_0_is_answered_and_the_connection_closed(client: loopback.Client) -> None:
    answer = assert_dressed(await client.send(b"GET /health/live HTTP/1.0\r\n\r\n"))
    assert (answer.status, answer.header("connection")) == (200, "close")


async def test_an_absolute_address_leads_to_our_own_path_and_nowhere_else(client: loopback.Client) -> None:
    answer = await client.request("GET", "http://elsewhere.example/health/live")
    assert answer.json == {"status": "live"}
    assert_problem(await client.request("GET", "http://elsewhere.example/"), 404, "not_found")


PATHS = [
    "/things%2f1",
    "/things%2F1",
    "//things/1",
    "/things//1",
    "/./things/1",
    "/docs/../things/1",
    "/docs/%2e%2e/things/1",
    "/things\\1",
    "/health/live%00",
    "/%00",
    "/../../etc/passwd",
    "/docs/../../../etc/passwd",
    "/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/docs/..%5c..%5cetc",
    "/docs/swagger-ui.css%00.js",
    "/things/%F0%28%8C%28",
    "/things/" + "9" * 5000,
    "/things/1e5",
    "/;/",
    "/%",
    "/%zz",
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_that_tries_something_finds_nothing(client: loopback.Client, path: str) -> None:
    assert_problem(await client.get(path), 404, "not_found")
    assert sample_app.EFFECTS == []


@pytest.mark.parametrize("path", ["no-slash", "/a b", "/\x7f", "/é", "//[", "*", "?"])
async def test_a_path_that_is_none_is_refused(client: loopback.Client, path: str) -> None:
    answer = assert_dressed(await client.send(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode()))
    assert answer.status in {400, 404}


@pytest.mark.parametrize("host", ["a b", "a\tb", "<script>", "a/b"])
async def test_a_host_that_is_none_is_refused(client: loopback.Client, host: str) -> None:
    answer = assert_dressed(await client.request("GET", "/health/live", host=host))
    assert answer.status == 400
    assert host.encode() not in answer.body


HUGE = {
    "one header": b"GET / HTTP/1.1\r\nx: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000 + b"\r\n",
    "the path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "the query": b"GET /?" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "a header's name": b"GET / HTTP/1.1\r\n" + b"x" * 100_000 + b": 1\r\n\r\n",
    "a header that never ends": b"GET / HTTP/1.1\r\nx: " + b"a" * 3_000_000,
    "a path that never ends": b"GET /" + b"a" * 3_000_000,
}


@pytest.mark.parametrize("name", HUGE)
async def test_a_head_over_the_bound_is_refused(client: loopback.Client, name: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    for start in range(0, len(HUGE[name]), 8192):  # slowly enough that the refusal is not lost in a reset
        writer.write(HUGE[name][start : start + 8192])
        await asyncio.sleep(0.001)
        if reader._buffer:  # type: ignore[attr-defined]  # the answer is there
            break
    assert_problem(await asyncio.wait_for(loopback.read(reader), 2), 431, "headers_too_large")
    writer.close()


async def test_a_head_in_many_small_pieces_is_read(client: loopback.Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    for byte in b"GET /health/live HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 300 + b"\r\n\r\n":
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    answer = await loopback.read(reader)
    writer.close()
    assert answer is not None
    assert answer.status == 200


async def test_a_head_that_trickles_in_is_refused_in_time(
    client: loopback.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    async with asyncio.timeout(2):
        assert_problem(await loopback.read(reader), 408, "request_timeout")
        assert await reader.read() == b""
    writer.close()


async def test_a_connection_that_says_nothing_is_closed(
    client: loopback.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    async with asyncio.timeout(2):
        assert await reader.read() == b""
    writer.close()


async def test_a_slow_answer_is_not_cut_by_the_bound_on_heads(
    client: loopback.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    assert (await client.get("/wait?seconds=0.4")).body == b"waited"


async def test_a_reader_that_does_not_read_is_let_go(client: loopback.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n")
    await asyncio.sleep(0.8)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(8 * 1024 * 1024), 5)
    writer.close()


async def test_more_connections_than_the_bound_are_turned_away(
    client: loopback.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "CONNECTIONS_MAX", 3)
    held = [await asyncio.open_connection("127.0.0.1", client.port) for _ in range(3)]
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    assert_problem(await loopback.read(reader), 503, "overloaded")
    for _, one in [*held, (reader, writer)]:
        one.close()
    await asyncio.sleep(0.02)
    assert (await client.get("/health/live")).status == 200


async def test_more_requests_at_once_than_the_bound_are_told_to_come_back(
    client: loopback.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "CONCURRENT_MAX", 2)
    waiting = [asyncio.create_task(client.get("/wait?seconds=1")) for _ in range(2)]
    await asyncio.sleep(0.3)
    assert_problem(await client.get("/health/live"), 503, "overloaded")
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert (await client.get("/health/live")).status == 200


BROKEN = {
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a line without end": b"GET / HTTP/1.1\nhost: a\n\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version from the future": b"GET / HTTP/9.9\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nx: a\x00b\r\n\r\n",
    "a bare CR in a header": b"GET / HTTP/1.1\r\nx: a\rb\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: b\r\n\r\n",
    "a broken chunk": chunked(end=b"zz\r\n\r\n"),
    "a negative chunk": chunked(end=b"-1\r\n\r\n"),
    "an absurd chunk": chunked(end=b"f" * 40 + b"\r\n"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_http_is_refused_in_the_houses_own_words(client: loopback.Client, name: str) -> None:
    assert_problem(await client.send(BROKEN[name]), 400, "invalid")
    assert (await client.get("/health/live")).status == 200
    assert sample_app.EFFECTS == []


async def test_rubbish_behind_a_request_does_not_take_the_place_of_its_answer(client: loopback.Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"GET /wait?seconds=0.1 HTTP/1.1\r\nhost: a\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.write(b"\x00\x00rubbish\r\n\r\n")
    answer = await loopback.read(reader)
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"waited")
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()


async def test_requests_in_a_row_on_one_connection_are_answered_in_order(client: loopback.Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"GET /wait?seconds=0.1 HTTP/1.1\r\nhost: a\r\n\r\n" + post(GOOD) + post(b"{}") + post(GOOD))
    answers = [await loopback.read(reader) for _ in range(4)]
    writer.close()
    assert [answer.status for answer in answers if answer] == [200, 201, 400, 201]
    assert len(sample_app.EFFECTS) == 2


async def test_an_upgrade_to_something_else_is_not_made_and_its_body_not_lost_sight_of(
    client: loopback.Client,
) -> None:
    assert (await client.get("/health/live", ("connection", "upgrade"), ("upgrade", "h2c"))).status == 200
    answer = assert_dressed(await client.send(post(GOOD, "connection: upgrade", "upgrade: h2c")))
    assert answer.status == 400
    assert sample_app.EFFECTS == []
