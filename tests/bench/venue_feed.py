"""`python -m tests.bench.venue_feed PORT COUNT`: a WebSocket that tells one book and so many changes, as fast as it can."""

import asyncio
import json
import sys

from aiohttp import web

MARKET = "KXBENCH-1"


def _messages(count: int) -> list[str]:
    """A snapshot of 99 levels and changes that go up and down all over it."""
    levels = [[f"0.{cents:02d}00", "1000.00"] for cents in range(1, 50)]
    asks = [[f"0.{cents:02d}00", "1000.00"] for cents in range(51, 99)]
    book = {"market_ticker": MARKET, "yes_dollars_fp": levels, "no_dollars_fp": asks}
    told = [{"type": "orderbook_snapshot", "sid": 5, "seq": 1, "msg": book}]
    for number in range(count):
        change = {
            "market_ticker": MARKET,
            "market_id": "9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1",
            "price_dollars": f"0.{1 + number * 7 % 49:02d}00",
            "delta_fp": "-54.00" if number // 49 % 2 else "54.00",
            "side": "yes",
            "ts": "2026-11-20T12:00:00Z",
            "ts_ms": 1795176000000 + number,
        }
        told.append({"type": "orderbook_delta", "sid": 5, "seq": number + 2, "msg": change})
    return [json.dumps(each, separators=(",", ":")) for each in told]


def main() -> None:
    port, count = int(sys.argv[1]), int(sys.argv[2])
    messages = _messages(count)

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for command in socket:
            if "orderbook_delta" in command.data:
                await socket.send_str('{"type":"subscribed","msg":{"channel":"orderbook_delta","sid":5}}')
                for each in messages:
                    await socket.send_str(each)
        return socket

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/trade-api/ws/v2", serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()

    asyncio.run(run())


if __name__ == "__main__":
    main()
