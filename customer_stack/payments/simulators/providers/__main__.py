"""`python -m customer_stack.payments.simulators.providers --port N --tells URL --secret FILE`: pays what it is asked to.

A while after a payment was taken it is done, and the address is told so, signed as the vendor signs.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path

import aiohttp

from boundary.kernel import clock
from customer_stack.payments.simulators.providers import server

LOOK = 1
SECONDS = 1
ATTEMPTS = 6


async def settling(vendor: server.Server, address: str, seconds: int = SECONDS) -> None:
    """Complete whatever was taken, and tell `address`/VENDOR/events."""
    known: set[str] = set()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        while True:
            fresh = [paid for id_, paid in vendor.payments.items() if id_ not in known]
            if fresh:
                await asyncio.sleep(seconds)
            for paid in fresh:
                known.add(paid.id)
                headers, body = vendor.settle(paid.key, server.Fate.COMPLETED)
                await _told(session, f"{address}/{paid.vendor}/events", headers, body)
            await asyncio.sleep(LOOK)


async def _told(session: aiohttp.ClientSession, url: str, headers: dict[str, str], body: bytes) -> None:
    for attempt in range(ATTEMPTS):
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(url, data=body, headers=headers) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(2**attempt)


async def serve(options: argparse.Namespace) -> None:
    """Until the process is told to stop."""
    vendor = server.Server(clock.to_micros(clock.SystemClock().now()))
    vendor.secret = options.secret.read_text().strip()
    await vendor.start(options.port)
    await settling(vendor, options.tells)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="providers")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tells", required=True, help="the address of webhooks, without the vendor's name")
    parser.add_argument("--secret", type=Path, required=True, help="a file with the secret that signs them")
    asyncio.run(serve(parser.parse_args()))
