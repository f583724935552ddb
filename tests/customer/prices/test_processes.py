"""Prices from a process of its own: it is stopped, killed and started again, and clients lose nothing that matters."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from boundary.kernel.runtime import transaction
from tests.customer.prices import house
from tests.customer.prices.house import ONE
from tests.stacks import StackDatabase


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def process(schema: StackDatabase, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    line = [sys.executable, "-m", "tests.customer.prices.serving", str(port), str(free()), schema.url("customer_api")]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as made:
        try:
            yield made
        finally:
            made.kill()


async def connected(session: aiohttp.ClientSession, port: int) -> house.Client:
    """As soon as the process takes connections."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                return house.Client(await session.ws_connect(f"http://127.0.0.1:{port}/ws/v1/market"))
            await asyncio.sleep(0.05)


@pytest.fixture
async def told(customer_schema: StackDatabase, customer_db: transaction.Database) -> AsyncIterator[house.House]:
    """Somebody tells prices; nobody serves them here."""
    made = house.House(customer_db, customer_db)
    await made.listed(ONE)
    return made


async def test_a_client_goes_on_through_a_kill_and_a_restart(told: house.House, customer_schema: StackDatabase) -> None:
    port = free()
    await told.book(ONE, ((50, 5),), ())
    async with aiohttp.ClientSession() as session:
        with process(customer_schema, port) as first:
            client = await connected(session, port)
            await client.subscribe("book", ONE)
            await client.until(lambda it: it.sequences.get(str(ONE)) == 3)
            os.kill(first.pid, signal.SIGKILL)
            message = await client.socket.receive(timeout=10)
            assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE}
        await told.book(ONE, ((50, 6),), ((60, 1),))
        with process(customer_schema, port) as second:
            back = await connected(session, port)
            await back.subscribe("book", ONE, since=client.sequences[str(ONE)])
            await back.until(lambda it: it.sequences.get(str(ONE)) == 6)
            assert back.books[str(ONE)] == ({50: 6}, {60: 1})
            await told.book(ONE, ((50, 7),), ((60, 1),))
            await back.until(lambda it: it.sequences[str(ONE)] == 9)
            second.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                while (message := await back.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1012)
            assert second.wait(20) == 0
