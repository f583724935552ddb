"""The stand-in for a Kalshi-compatible exchange as a process, its control, and clients that speak to it."""

import asyncio
import contextlib
import dataclasses
import functools
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from boundary.kernel import clock, ids
from execution_stack.venues.adapters.kalshi import client, signing

ROOT = pathlib.Path(__file__).resolve().parents[3]
PATIENCE = timedelta(seconds=20)
"""Longer than any answer that comes takes, on however busy a machine."""


@functools.cache
def _key(of: str) -> rsa.RSAPrivateKey:
    """One for each name, for the primes take their time."""
    del of
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def make_key(directory: pathlib.Path, key_id: str, of: str = "us") -> bytes:
    """A private key in the directory, for its owner alone; its public half."""
    key = _key(of)
    path = directory / f"{key_id}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path.chmod(0o600)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclasses.dataclass(frozen=True)
class Exchange:
    """A running exchange, and the directory of our keys to it."""

    url: str
    keys: pathlib.Path
    ring: signing.Ring

    async def tell(self, what: str, **wanted: Any) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/_simulator/{what}", json=wanted) as answer,
        ):
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, told
            return told

    async def dump(self) -> dict[str, Any]:
        return await self.tell("dump")

    def open(self, *, patience: timedelta = PATIENCE, acceptance: timedelta = client.ACCEPTANCE) -> client.Client:
        return client.Client(
            self.url,
            self.ring,
            clock.SystemClock(),
            ids.SystemIds(),
            patience=patience,
            acceptance=acceptance,
        )

    @contextlib.asynccontextmanager
    async def speaking(self, **how: Any) -> AsyncIterator[client.Client]:
        venue = self.open(**how)
        await venue.limits()
        try:
            yield venue
        finally:
            await venue.close()

    async def market(self, ticker: str, **more: Any) -> str:
        """A market of a test's own, with nothing in its book."""
        await self.tell("list", ticker=ticker, **more)
        return ticker


@contextlib.contextmanager
def running(directory: pathlib.Path, *arguments: str) -> Iterator[Exchange]:
    keys = directory / "keys"
    keys.mkdir(mode=0o700)
    public = directory / "k1.public.pem"
    public.write_bytes(make_key(keys, "k1"))
    (keys / "current").write_text("k1\n")
    port = _free()
    command = [sys.executable, "-m", "execution_stack.venues.simulators.kalshi", "--port", str(port)]
    process = subprocess.Popen([*command, "--key", f"k1={public}", "--pace-ms", "0", *arguments], cwd=ROOT)
    try:
        _wait(port, process)
        yield Exchange(f"http://127.0.0.1:{port}", keys, signing.Directory(keys))
    finally:
        process.terminate()
        process.wait()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _wait(port: int, process: Any) -> None:
    """Until somebody listens there, or the process has ended."""
    while process.returncode is None:
        if isinstance(process, subprocess.Popen):
            process.poll()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the exchange did not start")


async def eventually(check: Any, seconds: int = 60) -> Any:
    """What CHECK gives once it gives something."""
    for _ in range(seconds * 50):
        if found := await check():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("never")
