"""A mail server after RFC 5321, 3207 and 4954: EHLO, STARTTLS, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP, QUIT.

An `Order` names the command at which it misbehaves and how: with a reply code, with silence, or by hanging up. At `DATA`
that is before the text is sent; at `TEXT` it is after the text was received, and the message is kept nevertheless:
that is how a message arrives whose sender never hears of it.
"""

import asyncio
import base64
import contextlib
import enum
import ssl
from typing import NamedTuple

LINE_MAX = 4096
TEXT_MAX = 1024 * 1024


class Command(enum.Enum):
    CONNECT = "CONNECT"
    EHLO = "EHLO"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "TEXT"


class How(enum.Enum):
    SILENCE = "silence"
    HANG_UP = "hang up"


class Order(NamedTuple):
    at: Command
    how: How | int
    times: int = 1_000_000


class Received(NamedTuple):
    sender: str
    receivers: tuple[str, ...]
    text: bytes
    tls: bool
    user: str


class _HangUp(Exception):  # noqa: N818 -- a command, not an error
    """Ends the dialogue without a word."""


class Server:
    def __init__(
        self,
        *,
        certificate: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.received: list[Received] = []
        self.port = 0
        self._certificate = certificate
        self._implicit = implicit_tls
        self._login = login
        self._orders: list[Order] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def order(self, order: Order) -> None:
        self._orders.append(order)

    def behave(self) -> None:
        self._orders.clear()

    async def start(self) -> None:
        context = self._certificate if self._implicit else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context, limit=TEXT_MAX)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None, "it was started"
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection has a task"
        self._tasks.add(task)
        try:
            await _Dialogue(self, reader, writer).run()
        except (_HangUp, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def misbehave(self, at: Command) -> int | None:
        """The code to answer with instead, if there is an order for this command."""
        for place, order in enumerate(self._orders):
            if order.at is at:
                left = order._replace(times=order.times - 1)
                self._orders[place : place + 1] = [left] if left.times else []
                if order.how is How.HANG_UP:
                    raise _HangUp
                if order.how is How.SILENCE:
                    await asyncio.sleep(3600)
                    raise _HangUp
                return int(order.how)
        return None

    def knows(self, user: str, password: str) -> bool:
        return (user, password) == self._login

    @property
    def wants_login(self) -> bool:
        return self._login is not None

    @property
    def context(self) -> ssl.SSLContext | None:
        return None if self._implicit else self._certificate


class _Dialogue:
    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._tls = writer.get_extra_info("ssl_object") is not None
        self._user = ""
        self._reset()

    def _reset(self) -> None:
        self._sender = ""
        self._receivers: list[str] = []

    async def run(self) -> None:
        code = await self._server.misbehave(Command.CONNECT)
        await self._say(f"{code or 220} mail.simulator.example ESMTP")
        while True:
            line = (await self._line()).decode("ascii", "replace")
            word, _, rest = line.partition(" ")
            if word.upper() == "QUIT":
                await self._say("221 bye")
                return
            await self._obey(word.upper(), rest.strip())

    async def _obey(self, word: str, rest: str) -> None:
        known = word in Command.__members__ and word not in {"CONNECT", "TEXT"}
        code = await self._server.misbehave(Command[word]) if known else None
        if code is not None:
            await self._say(f"{code} as ordered")
            return
        steps = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "STARTTLS": self._start_tls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
        }
        if word in {"RSET", "NOOP"}:
            self._reset()
            await self._say("250 ok")
        elif word in steps:
            await steps[word](rest)
        else:
            await self._say("502 not implemented")

    async def _ehlo(self, _rest: str) -> None:
        offers = ["mail.simulator.example", "8BITMIME", f"SIZE {TEXT_MAX}"]
        if self._server.context is not None and not self._tls:
            offers.append("STARTTLS")
        if self._server.wants_login:
            offers.append("AUTH PLAIN LOGIN")
        for offer in offers[:-1]:
            await self._say(f"250-{offer}")
        await self._say(f"250 {offers[-1]}")

    async def _start_tls(self, _rest: str) -> None:
        context = self._server.context
        if context is None or self._tls:
            await self._say("454 no TLS here")
            return
        await self._say("220 go ahead")
        await self._writer.start_tls(context)
        self._tls = True

    async def _auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            answer = initial or await self._ask("")
            _, user, password = (base64.b64decode(answer).decode() + "\0\0").split("\0")[:3]
        elif mechanism.upper() == "LOGIN":
            user = base64.b64decode(initial or await self._ask("VXNlcm5hbWU6")).decode()
            password = base64.b64decode(await self._ask("UGFzc3dvcmQ6")).decode()
        else:
            await self._say("504 unknown mechanism")
            return
        if self._server.knows(user, password):
            self._user = user
            await self._say("235 welcome")
        else:
            await self._say("535 wrong")

    async def _ask(self, challenge: str) -> str:
        await self._say(f"334 {challenge}")
        return (await self._line()).decode("ascii", "replace")

    async def _mail(self, rest: str) -> None:
        if self._server.wants_login and not self._user:
            await self._say("530 sign in first")
            return
        self._sender = _path(rest)
        await self._say("250 ok")

    async def _rcpt(self, rest: str) -> None:
        if not self._sender:
            await self._say("503 MAIL first")
            return
        self._receivers.append(_path(rest))
        await self._say("250 ok")

    async def _data(self, _rest: str) -> None:
        if not self._receivers:
            await self._say("503 RCPT first")
            return
        await self._say("354 end with a point")
        lines: list[bytes] = []
        while (line := await self._line(TEXT_MAX)) != b".":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        text = b"".join(line + b"\r\n" for line in lines)
        kept = Received(self._sender, tuple(self._receivers), text, self._tls, self._user)
        self._reset()
        code = await self._at_text(kept)
        await self._say(f"{code} as ordered" if code else "250 queued")

    async def _at_text(self, kept: Received) -> int | None:
        """A code that refuses keeps nothing; silence and hanging up come after the message was kept."""
        self._server.received.append(kept)
        code = await self._server.misbehave(Command.TEXT)
        if code is not None and code >= 400:
            self._server.received.pop()
        return code

    async def _line(self, size_max: int = LINE_MAX) -> bytes:
        line = await self._reader.readuntil(b"\r\n")
        if len(line) > size_max:
            raise _HangUp
        return line[:-2]

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()


def _path(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
