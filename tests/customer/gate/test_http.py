"""The way to the network: one request, one bounded answer, nothing followed, nothing unpacked, nothing remembered."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator

import pytest

from boundary.kernel import errors
from customer_stack.gate.adapters import http

OCTETS = b"content-type: application/octet-stream\r\n"


class Server:
    """Answers each request with the same bytes, and keeps what it was asked."""

    def __init__(self, answer: bytes, *, silent: bool = False) -> None:
        self.answer, self.silent = answer, silent
        self.asked: list[bytes] = []
        self.port = 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(size))
                if self.silent:
                    await reader.read()
                writer.write(self.answer)
                if b"connection: close" in self.answer:
                    break
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[http.Http]:
        talks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.add(asyncio.create_task(self._talk(reader, writer)))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        exchange = http.Http(f"http://127.0.0.1:{self.port}/")
        try:
            yield exchange
        finally:
            await exchange.close()
            server.close()
            await asyncio.gather(*talks)


def answer(body: bytes, *lines: bytes, status: bytes = b"200 OK", kind: bytes = OCTETS, length: bool = True) -> bytes:
    head = [b"HTTP/1.1 " + status + b"\r\n", kind, *(line + b"\r\n" for line in lines)]
    head += [b"content-length: %d\r\n" % len(body)] if length else []
    return b"".join(head) + b"\r\n" + body


async def post(server: Server) -> bytes:
    async with server.running() as exchange:
        return await exchange.post(b"frames")


async def test_the_request_is_the_one_that_the_door_takes() -> None:
    server = Server(answer(b"frames back"))
    assert await post(server) == b"frames back"
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /channel http/1.1"
    assert b"content-type: application/octet-stream" in lines
    assert b"content-length: 6" in lines
    assert not [line for line in lines if line.startswith((b"transfer-encoding", b"content-encoding", b"cookie"))]
    assert body == b"frames"


REFUSED = {
    "redirect": answer(b"", b"location: /elsewhere", status=b"302 Found"),
    "permanent redirect": answer(b"", b"location: http://127.0.0.1:9/", status=b"308 Permanent Redirect"),
    "not modified": answer(b"", status=b"304 Not Modified"),
    "created": answer(b"frames", status=b"201 Created"),
    "no content": answer(b"", status=b"204 No Content", length=False),
    "refused": answer(b"{}", status=b"401 Unauthorized", kind=b"content-type: application/problem+json\r\n"),
    "our fault": answer(b"frames", status=b"500 Internal Server Error"),
    "unavailable": answer(b"frames", status=b"503 Service Unavailable"),
    "a page": answer(b"<html>", kind=b"content-type: text/html\r\n"),
    "JSON": answer(b"{}", kind=b"content-type: application/json\r\n"),
    "too long": answer(bytes(http.ANSWER_BYTES_MAX + 1)),
    "cut": answer(b"frames", b"connection: close").replace(b"content-length: 6", b"content-length: 60"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("bad", list(REFUSED.values()), ids=list(REFUSED))
async def test_anything_but_a_plain_answer_is_no_answer(bad: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS_MAX", 0.5)
    server = Server(bad)
    with pytest.raises(errors.Unavailable) as refused:
        await post(server)
    assert refused.value.code == "execution_unreachable"
    assert len(server.asked) <= 1, "nothing is followed and nothing is asked again by itself"


async def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"frames back")
    assert await post(Server(answer(packed, b"content-encoding: gzip"))) == packed


async def test_the_longest_answer_is_read() -> None:
    assert len(await post(Server(answer(bytes(http.ANSWER_BYTES_MAX))))) == http.ANSWER_BYTES_MAX


async def test_a_cookie_is_not_kept() -> None:
    server = Server(answer(b"frames", b"set-cookie: session=1; path=/"))
    async with server.running() as exchange:
        await exchange.post(b"frames")
        await exchange.post(b"frames")
    assert len(server.asked) == 2
    assert b"cookie" not in server.asked[1].lower()


async def test_nobody_there_and_nobody_answering_are_the_same_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS_MAX", 0.2)
    with pytest.raises(http.Unreachable):
        await post(Server(b"", silent=True))
    exchange = http.Http("http://127.0.0.1:9")
    with pytest.raises(http.Unreachable):
        await exchange.post(b"frames")
    await exchange.close()


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert await post(Server(answer(b"frames"))) == b"frames"
