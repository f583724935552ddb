"""clamd as its manual page describes it, for `zINSTREAM` alone: finds EICAR's test string, has a limit, and misbehaves."""

import asyncio
import enum

LIMIT = 25 * 1024 * 1024
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class How(enum.Enum):
    HANG_UP = "hang up"
    SILENCE = "silence"
    ERROR = "error"
    NOISE = "noise"


class Server:
    def __init__(self, *, limit: int = LIMIT) -> None:
        self.scanned: list[int] = []
        self.port = 0
        self.how: How | None = None
        self._limit = limit
        self._server: asyncio.Server | None = None
        self._released = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None, "it was started"
        self._released.set()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(reader)
            if answer is not None:
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes | None:
        command = await reader.readuntil(b"\0")
        if command != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        data = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            data += await reader.readexactly(length)
            if len(data) > self._limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.scanned.append(len(data))
        if self.how is How.SILENCE:
            await self._released.wait()
        if self.how in {How.SILENCE, How.HANG_UP}:
            return None
        if self.how is How.ERROR:
            return b"stream: Can't allocate memory ERROR\0"
        if self.how is How.NOISE:
            return b"x" * 100_000 + b"\0"
        return b"stream: Eicar-Test-Signature FOUND\0" if _EICAR in data else b"stream: OK\0"
