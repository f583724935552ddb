"""A load generator of its own process: keep-alive connections, one request in flight on each, every answer checked.

`python -m tests.bench.load PORT CONNECTIONS SECONDS STATUS < request` prints how many answers came, as JSON.
"""

import asyncio
import functools
import json
import os
import sys
import time
from typing import Any, cast

import uvloop

LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """Sends the request again as soon as the answer to the last one is whole."""

    def __init__(self, request: bytes, status: bytes, end: float, done: "asyncio.Future[None]") -> None:
        self._request = request
        self._expected = b"HTTP/1.1 " + status
        self._end = end
        self._done = done
        self._received = b""
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._ask()

    def _ask(self) -> None:
        self._received = b""
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._received[:head_end].lower()
        start = head.index(LENGTH) + len(LENGTH)
        stop = head.find(b"\r\n", start)
        length = int(head[start : stop if stop > 0 else head_end])
        if len(self._received) < head_end + 4 + length:
            return
        assert self._received.startswith(self._expected), self._received
        self.answers += 1
        if time.perf_counter() < self._end:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done.done():
            return
        if exc or time.perf_counter() < self._end:
            self._done.set_exception(exc or ConnectionError("the server closed a connection that it should keep"))
        else:
            self._done.set_result(None)


def _give_up(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A wrong answer must end the run: its connection would just fall silent."""
    loop.default_exception_handler(context)
    os._exit(1)


async def main(port: int, connections: int, seconds: float, status: bytes, request: bytes) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_give_up)
    started = time.perf_counter()
    ends = [loop.create_future() for _ in range(connections)]
    protocols = [functools.partial(Connection, request, status, started + seconds, done) for done in ends]
    opened = await asyncio.gather(*(loop.create_connection(each, "127.0.0.1", port) for each in protocols))
    await asyncio.gather(*ends)
    answers = sum(connection.answers for _, connection in opened)
    return {"answers": answers, "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    found = uvloop.run(
        main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4].encode(), sys.stdin.buffer.read())
    )
    print(json.dumps(found))  # noqa: T201 -- the caller reads it
