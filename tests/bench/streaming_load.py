"""WebSocket clients in a process of their own: each follows one book, and every change is timed on its way.

`python -m tests.bench.streaming_load PORT CLIENTS SECONDS INSTRUMENT` prints latencies and sizes, as JSON. The lots of the
best bid are the moment at which the state was written, in microseconds of the clock that all processes of a machine share.
"""

import asyncio
import json
import os
import statistics
import struct
import sys
import time
from typing import cast

import uvloop

HEAD = (
    b"GET /ws/v1/market HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Client(asyncio.Protocol):
    """Reads no more of a change than its bid, and checks that changes continue each other."""

    def __init__(self, subscription: bytes, latencies: list[float], sizes: list[int]) -> None:
        self._subscription = subscription
        self._latencies = latencies
        self._sizes = sizes
        self._data = b""
        self._open = False
        self._place = b""
        self.changes = 0
        self.gaps = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(HEAD)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns() // 1000
        self._data += data
        if not self._open:
            head, found, self._data = self._data.partition(b"\r\n\r\n")
            if not found:
                self._data = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open = True
            self._transport.write(self._subscription)
        while (frame := self._frame()) is not None:
            if frame.startswith(b'{"type":"delta"'):
                self._change(frame, now)

    def _frame(self) -> bytes | None:
        data = self._data
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size == 126:
            if len(data) < 4:
                return None
            size, start = struct.unpack_from(">H", data, 2)[0], 4
        if len(data) < start + size:
            return None
        self._data = data[start + size :]
        return data[start : start + size]

    def _change(self, frame: bytes, now: int) -> None:
        since = frame.split(b'"from":', 1)[1].split(b",", 1)[0]
        to = frame.split(b'"to":', 1)[1].split(b",", 1)[0]
        if self._place and since != self._place:
            self.gaps += 1
        self._place = to
        at = int(frame.split(b'"b":[[', 1)[1].split(b",", 1)[1].split(b"]", 1)[0])
        self.changes += 1
        self._latencies.append((now - at) / 1000)
        self._sizes.append(len(frame))


def masked(text: bytes) -> bytes:
    """A text frame of a client, with a mask of zeros: it is one, and costs nothing."""
    head = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else bytes((0x81, 0xFE)) + struct.pack(">H", len(text))
    return head + bytes(4) + text


async def main(port: int, clients: int, seconds: float, instrument: str) -> None:
    loop = asyncio.get_running_loop()
    subscription = masked(json.dumps({"op": "subscribe", "channel": "book", "instrument": instrument}).encode())
    latencies: list[float] = []
    sizes: list[int] = []
    made: list[Client] = []
    for _ in range(clients):
        _, client = await loop.create_connection(lambda: Client(subscription, latencies, sizes), "127.0.0.1", port)
        made.append(client)
    await asyncio.sleep(1)
    latencies.clear()
    sizes.clear()
    for client in made:
        client.changes = 0
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    before = os.times()
    await asyncio.sleep(seconds)
    after = os.times()
    found = statistics.quantiles(latencies, n=1000, method="inclusive")
    answer = {
        "changes": sum(client.changes for client in made),
        "least": min(client.changes for client in made),
        "gaps": sum(client.gaps for client in made),
        "p50": found[499],
        "p99": found[989],
        "p999": found[998],
        "max": max(latencies),
        "bytes": statistics.mean(sizes),
        "cpu": (after.user + after.system - before.user - before.system) / seconds,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    _, port_, clients_, seconds_, instrument_ = sys.argv
    uvloop.run(main(int(port_), int(clients_), float(seconds_), instrument_))
