"""The malware scanner: ClamAV's daemon on a socket of its own host, over `zINSTREAM`. No verdict is no pass."""

import asyncio
import contextlib
from urllib.parse import urlsplit

from boundary.kernel.runtime import settings
from customer_stack.kyc.formats import clamd
from customer_stack.kyc.model import refusals

SECONDS = 40


class Clamd:
    """`tcp://host:3310` or `unix:/path/to/clamd.sock`."""

    def __init__(self, url: str, *, seconds: int = SECONDS) -> None:
        parts = urlsplit(url)
        if not ((parts.scheme == "tcp" and parts.hostname and parts.port) or (parts.scheme == "unix" and parts.path)):
            raise settings.SettingsError("the malware scanner's address is tcp://host:port or unix:/path")
        self._parts = parts
        self._seconds = seconds

    async def is_clean(self, data: bytes) -> bool:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._asked(data)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise refusals.ScannerDown("the scanner does not answer") from None
        verdict = clamd.verdict(answer)
        if verdict is clamd.Verdict.FAILED:
            raise refusals.ScannerDown("the scanner has no verdict")
        return verdict is clamd.Verdict.CLEAN

    async def _asked(self, data: bytes) -> bytes:
        reader, writer = await self._connected()
        try:
            writer.write(clamd.COMMAND)
            for piece in clamd.pieces(data):
                writer.write(piece)
                await writer.drain()
            return await reader.readuntil(b"\0")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._parts.scheme == "unix":
            return await asyncio.open_unix_connection(self._parts.path, limit=clamd.ANSWER_MAX)
        return await asyncio.open_connection(self._parts.hostname, self._parts.port, limit=clamd.ANSWER_MAX)


class Absent:
    """No scanner is set up: every file waits until there is one."""

    async def is_clean(self, data: bytes) -> bool:
        del data
        raise refusals.ScannerDown("no scanner is set up")
