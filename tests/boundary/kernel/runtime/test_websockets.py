"""WebSockets on the product's own server, with a client of another make: what is accepted, refused, bounded and ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import litestar
import pytest
from litestar import handlers

from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import websocket_protocol
from tests.boundary.kernel.runtime import loopback
from tests.boundary.kernel.runtime.test_websocket_frames import sent

Socket = litestar.WebSocket[Any, Any, Any]
HEAD = (
    b"GET %s HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@handlers.websocket("/echo")
async def echo(socket: Socket) -> None:
    await socket.accept()
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") == "raise":
            raise RuntimeError("broken")
        if message.get("text") == "leave":
            return
        if message.get("text") == "flood":
            for _ in range(10_000):
                await socket.send_text("x" * 1000)
        if "text" in message:
            await socket.send_text(message["text"])
        else:
            await socket.send_bytes(message["bytes"])


@handlers.websocket("/broken")
async def broken(socket: Socket) -> None:
    raise RuntimeError("before it was accepted")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    made = apps.create(
        title="T", version="1", description="", routes=[echo, broken], readiness=apps.Readiness({}), state={}
    )
    server = loopback.Served(made, websockets=True)
    yield await server.start()
    await server.stop()


Connect = Callable[..., Awaitable[aiohttp.ClientWebSocketResponse]]


@pytest.fixture
async def connect(port: int) -> AsyncIterator[Connect]:
    async with aiohttp.ClientSession() as session:
        made: list[aiohttp.ClientWebSocketResponse] = []

        async def opened(path: str = "/echo", **more: Any) -> aiohttp.ClientWebSocketResponse:
            made.append(await session.ws_connect(f"http://127.0.0.1:{port}{path}", **more))
            return made[-1]

        yield opened
        for each in made:
            await each.close()


async def test_text_and_bytes_go_to_and_fro_whatever_their_size(connect: Connect) -> None:
    socket = await connect()
    for size in (0, 1, 125, 126, 127, 10_000, websocket_protocol.MESSAGE_BYTES_MAX):
        await socket.send_str("x" * size)
        assert await socket.receive_str() == "x" * size
        await socket.send_bytes(b"\xff" * size)
        assert await socket.receive_bytes() == b"\xff" * size
    await socket.ping(b"there?")
    await socket.close(code=3001)
    assert socket.close_code == 3001


async def test_a_route_that_returns_or_raises_closes_with_a_code(connect: Connect) -> None:
    for word, code in (("leave", 1011), ("raise", 4500)):
        socket = await connect()
        await socket.send_str(word)
        message = await socket.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, code)


async def test_a_message_that_is_too_long_is_refused_by_its_length(connect: Connect) -> None:
    socket = await connect()
    await socket.send_str("x" * (websocket_protocol.MESSAGE_BYTES_MAX + 1))
    assert (await socket.receive()).data == 1009


@pytest.mark.parametrize("data, code", [(b"\x81\x05Hello", 1002), (sent(1, b"\xff"), 1007), (sent(8, b"\x03"), 1002)])
async def test_whoever_breaks_the_protocol_is_told_and_let_go(port: int, data: bytes, code: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD % b"/echo")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(data)
    rest = await reader.read()
    assert rest.endswith(bytes((0x88, 2)) + code.to_bytes(2, "big")), rest
    writer.close()


@pytest.mark.parametrize(
    "head, status, code",
    [
        (HEAD % b"/nothing", 404, "not_found"),
        (HEAD % b"/health/live", 404, "not_found"),
        (HEAD % b"/%65cho", 404, "not_found"),
        ((HEAD % b"/echo").replace(b"version: 13", b"version: 12"), 400, "invalid"),
        ((HEAD % b"/echo").replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short"), 400, "invalid"),
        ((HEAD % b"/echo").replace(b"host: localhost\r\n", b""), 400, "invalid"),
        (HEAD % b"/broken", 503, "unavailable"),
        (b"GET /echo HTTP/1.1\r\nhost: localhost\r\n\r\n", 404, "not_found"),
    ],
)
async def test_what_is_no_upgrade_is_answered_with_a_problem(port: int, head: bytes, status: int, code: str) -> None:
    answer = await loopback.Client(port).send(head)
    assert answer is not None
    assert (answer.status, answer.code) in {(status, code), (405, "method_not_allowed")}
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("x-request-id")


async def test_who_does_not_read_is_let_go_and_others_are_not_kept_waiting(
    port: int, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_protocol, "SLOW_SECONDS", 0.3)
    monkeypatch.setattr(websocket_protocol, "LINGER_SECONDS", 0.2)
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(HEAD % b"/echo" + sent(1, b"flood"))
    await asyncio.sleep(0.05)
    writer.write(sent(1, b"flood"))
    other = await connect()
    await other.send_str("hello")
    assert await other.receive_str() == "hello"
    transport: Any = writer.transport
    transport.pause_reading()
    async with asyncio.timeout(10):
        while not transport.is_closing():
            writer.write(sent(9, b""))
            await asyncio.sleep(0.05)
    writer.close()


async def test_a_slow_reader_that_goes_on_reading_finds_the_code(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_protocol, "SLOW_SECONDS", 0.3)
    socket = await connect()
    await socket.send_str("flood")
    reading: Any = socket._response.connection
    reading.transport.pause_reading()
    await asyncio.sleep(1)
    reading.transport.resume_reading()
    async with asyncio.timeout(10):
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, websocket_protocol.TOO_SLOW)


async def test_silence_is_asked_about_and_then_ended(
    port: int, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_protocol, "PING_SECONDS", 0.2)
    answering = await connect()
    heard = asyncio.create_task(answering.receive_str())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD % b"/echo")
    async with asyncio.timeout(5):
        rest = await reader.read()
    assert b"\x89\x00" in rest, "it was asked"
    assert b"\x88" in rest
    assert (1011).to_bytes(2, "big") in rest
    writer.close()
    await answering.send_str("still here")
    assert await heard == "still here"


async def test_whoever_sends_without_end_is_read_no_faster_than_answered(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD % b"/echo")
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(200):
        writer.write(sent(1, b"y" * 1000))
    found = 0
    async with asyncio.timeout(10):
        while found < 200 * 1004:
            found += len(await reader.read(1 << 16))
    writer.close()


async def test_without_websockets_an_upgrade_is_plain_http() -> None:
    made = apps.create(title="T", version="1", description="", routes=[], readiness=apps.Readiness({}), state={})
    server = loopback.Served(made)
    answer = await loopback.Client(await server.start()).send(HEAD % b"/health/live")
    assert answer is not None
    assert answer.status == 200
    await server.stop()
