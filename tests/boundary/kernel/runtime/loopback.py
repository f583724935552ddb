"""Real HTTP on loopback: the product's own server below, raw sockets above, nothing helpful in between."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import uvicorn.server

from boundary.kernel.runtime import guard, http_protocol, server


class Answer(NamedTuple):
    """One response, byte for byte where it matters."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, f"{name} stands there {len(found)} times"
        return found[0] if found else None


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 -- what is waited for knows no events
            await asyncio.sleep(0.005)


class Served:
    """The product's own protocol on a port of loopback; what `server.run` does around it is tested with real processes."""

    def __init__(self, app: Any, *, websockets: bool = False) -> None:
        self._config = server._server(app, websockets=websockets).config
        self._config.load()
        self._state = uvicorn.server.ServerState()

    async def start(self) -> int:
        def protocol() -> asyncio.Protocol:
            return http_protocol.Protocol(self._config, self._state, {})

        listening = server.listen("127.0.0.1", 0)
        self._server = await asyncio.get_running_loop().create_server(protocol, sock=listening)
        return int(listening.getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        for connection in list(self._state.connections):
            (getattr(connection, "_transport", None) or connection.transport).abort()
        for task in self._state.tasks:
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    async def send(self, raw: bytes, *, half_close: bool = False, seconds: float = 5) -> Answer | None:
        """Write these bytes on a new connection, read one answer; nothing if the connection ended without one."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            if half_close:
                writer.write_eof()
            async with asyncio.timeout(seconds):
                return await read(reader, head=raw.startswith(b"HEAD "))
        finally:
            writer.close()

    async def request(
        self, method: str, path: str, body: bytes | None = None, *headers: tuple[str, str], host: str = "localhost"
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers)]
        if body is not None:
            lines.append(f"content-length: {len(body)}")
        answer = await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))
        assert answer is not None
        return answer

    async def get(self, path: str, *headers: tuple[str, str]) -> Answer:
        return await self.request("GET", path, None, *headers)

    async def post(self, path: str, body: bytes, content_type: str = "application/json") -> Answer:
        return await self.request("POST", path, body, ("content-type", content_type))


async def read(reader: asyncio.StreamReader, *, head: bool = False) -> Answer | None:
    try:
        start, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    answer = Answer(int(start.split(" ")[1]), headers, b"")
    if answer.status == 100:
        return await read(reader, head=head)
    if head or answer.status in {204, 304}:
        return answer
    if answer.header("transfer-encoding") == "chunked":
        return answer._replace(body=await _chunks(reader))
    return answer._replace(body=await reader.readexactly(int(answer.header("content-length") or 0)))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


def post(body: bytes, *lines: str, path: str = "/things", length: str | None = None) -> bytes:
    """A POST as bytes; the length is the true one unless another is given."""
    said = [f"content-length: {len(body) if length is None else length}"] if length != "" else []
    types = [] if any(line.lower().startswith("content-type") for line in lines) else ["content-type: application/json"]
    head = "\r\n".join([f"POST {path} HTTP/1.1", "host: localhost", *types, *said, *lines, "", ""])
    return head.encode("latin-1") + body


def assert_dressed(answer: Answer | None) -> Answer:
    """The headers that stand on every answer."""
    assert answer is not None
    for name, value in guard.HEADERS.items():
        found = answer.header(name.decode())
        assert found, f"{name!r} is missing on {answer}"
        if name != b"content-security-policy":
            assert found == value.decode()
    assert answer.header("cache-control")
    assert len(answer.header("x-request-id") or "") == 32
    assert answer.header("server") is None
    assert not any("python" in value.lower() or "uvicorn" in value.lower() for _, value in answer.headers)
    return answer


def assert_problem(answer: Answer | None, status: int, code: str) -> None:
    answer = assert_dressed(answer)
    assert (answer.status, answer.code) == (status, code)
    assert answer.header("content-type") == "application/problem+json"
    assert answer.json["request_id"] == answer.header("x-request-id")
    assert answer.json["status"] == status
    assert answer.json["type"] == f"/problems/{code}"


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return post(body, "transfer-encoding: chunked", length="")
