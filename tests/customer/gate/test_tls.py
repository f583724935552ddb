"""The channel's TLS, both real ends of it over real sockets: who gets in, who is believed, and what is never spoken."""

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import server, settings, tls
from customer_stack.gate.adapters import http
from tests.boundary.kernel.runtime import authorities

ANSWER = b"frames back"


async def _asgi(scope: Any, receive: Any, send: Any) -> None:
    """Answers every request with octets; what stands before it is the product's."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % len(ANSWER))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


class Place:
    """An execution API with a certificate, and what a customer stack needs to speak to it."""

    def __init__(self, folder: Path) -> None:
        self.ours = authorities.Authority(folder, "customer-side")
        self.theirs = authorities.Authority(folder, "execution-side")
        self.stranger = authorities.Authority(folder, "stranger")
        self.server = self.theirs.files("gate", trusts=self.ours, serves=True)
        self.client = self.ours.files("relay", trusts=self.theirs)
        self.port = 0

    async def ask(self, files: tls.Files | None, host: str = "127.0.0.1", scheme: str = "https") -> bytes:
        secured = tls.Material(files, serves=False) if files else None
        line = http.Http(f"{scheme}://{host}:{self.port}", secured)
        try:
            return await line.post(b"frames")
        finally:
            await line.close()


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Place]:
    made = Place(folder)
    made.port = _free()
    running = asyncio.create_task(
        server.run(
            host="127.0.0.1",
            operations_port=_free(),
            readiness=apps.Readiness({}),
            public=(_asgi, made.port),
            tls=tls.Material(made.server, serves=True).served(),
        )
    )
    async with asyncio.timeout(10):
        while not _listens(made.port):  # noqa: ASYNC110 -- what is waited for knows no events
            await asyncio.sleep(0.01)
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with served(tmp_path) as made:
        yield made


def _free() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_two_who_trust_each_others_authorities_exchange(place: Place) -> None:
    assert await place.ask(place.client) == ANSWER


REFUSED: dict[str, Callable[[Place], tls.Files]] = {
    "a certificate of a strange authority": lambda p: p.stranger.files("other", trusts=p.theirs),
    "a certificate of the other side's authority": lambda p: p.theirs.files("other", trusts=p.theirs),
    "an expired certificate": lambda p: p.ours.files("late", trusts=p.theirs, ends=timedelta(seconds=-5)),
    "a certificate of tomorrow": lambda p: p.ours.files("early", trusts=p.theirs, begins=timedelta(hours=1)),
    "a certificate for servers": lambda p: p.ours.files("wrong-use", trusts=p.theirs, serves=True),
    "a client that trusts another authority": lambda p: p.ours.files("doubting", trusts=p.stranger),
    "the server's own certificate": lambda p: p.server._replace(authorities=p.theirs.file),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_who_is_not_known_is_not_answered(place: Place, case: str) -> None:
    with pytest.raises(http.Unreachable):
        await place.ask(REFUSED[case](place))
    assert await place.ask(place.client) == ANSWER, "and it goes on"


@pytest.mark.parametrize("case", ["expired", "for another host", "for clients", "of a stranger"])
async def test_a_server_that_is_not_ours_is_not_spoken_to(tmp_path: Path, place: Place, case: str) -> None:
    past = timedelta(seconds=-5)
    made = {
        "expired": lambda: place.theirs.files("bad", trusts=place.ours, serves=True, ends=past),
        "for another host": lambda: place.theirs.files("bad", trusts=place.ours, serves=True, host="gate.example"),
        "for clients": lambda: place.theirs.files("bad", trusts=place.ours),
        "of a stranger": lambda: place.stranger.files("bad", trusts=place.ours, serves=True),
    }[case]()
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    bad = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls.Material(made, serves=True).served())
    place.port = bad.sockets[0].getsockname()[1]
    with pytest.raises(http.Unreachable):
        await place.ask(place.client)
    bad.close()
    await bad.wait_closed()
    assert not any(heard), "not a byte of a frame"


async def test_without_a_certificate_nobody_gets_in(place: Place) -> None:
    context = ssl.create_default_context(cafile=str(place.theirs.file))
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port, ssl=context)
    writer.write(b"POST /channel HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
    answer = b""
    with contextlib.suppress(ssl.SSLError, ConnectionError):  # in TLS 1.3 the alert comes with the first read
        answer = await reader.read(100)
    assert answer == b""
    writer.close()
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        await writer.wait_closed()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_1])
async def test_nothing_older_than_1_3_is_spoken(place: Place, newest: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(place.theirs.file))
    context.load_cert_chain(place.client.certificate, place.client.key)
    context.minimum_version = context.maximum_version = newest
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", place.port, ssl=context)


async def test_our_client_does_not_speak_to_a_server_of_before_1_3(place: Place) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(place.server.certificate, place.server.key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    old = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
    place.port = old.sockets[0].getsockname()[1]
    with pytest.raises(http.Unreachable):
        await place.ask(place.client)
    old.close()
    await old.wait_closed()


async def test_plain_http_is_not_answered_on_a_secured_port(place: Place) -> None:
    with pytest.raises(http.Unreachable):
        await place.ask(None, scheme="http")


async def test_a_host_that_the_certificate_does_not_name_is_not_spoken_to(place: Place) -> None:
    with pytest.raises(http.Unreachable):
        await place.ask(place.client, host="localhost")


async def test_a_handshake_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_SECONDS", 0.2)
    async with served(tmp_path) as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_renewed_files_count_without_a_restart_and_bad_ones_do_not(place: Place, tmp_path: Path) -> None:
    hurried = itertools.count(0, 10)
    material = tls.Material(place.client, serves=False, seconds=lambda: float(next(hurried)))
    before = material.current()
    assert material.current() is before
    place.client.certificate.write_text("no certificate")
    assert material.current() is before, "what was in use stays"
    place.ours.files("relay", trusts=place.theirs)
    assert material.current() is not before
    renewed = authorities.Authority(tmp_path, "customer-side-2")
    fresh = renewed.files("relay-2", trusts=place.theirs)
    with pytest.raises(http.Unreachable):
        await place.ask(fresh)
    place.server.authorities.write_bytes(renewed.file.read_bytes())
    await asyncio.sleep(tls.LOOK_SECONDS + 0.1)
    assert await place.ask(fresh) == ANSWER, "the server looked at its authorities again"
    with pytest.raises(http.Unreachable):
        await place.ask(place.client)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    made = Place(tmp_path)
    made.server.key.chmod(mode)
    with pytest.raises(settings.SettingsError, match="chmod 600"):
        tls.Material(made.server, serves=True)


@pytest.mark.parametrize("which", ["certificate", "key", "authorities"])
@pytest.mark.parametrize("content", [None, "", "nonsense"])
def test_files_that_are_none_are_refused_in_one_line(tmp_path: Path, which: str, content: str | None) -> None:
    made = Place(tmp_path)
    path: Path = getattr(made.server, which)
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(settings.SettingsError) as refused:
        tls.Material(made.server, serves=True)
    assert "\n" not in str(refused.value)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    made = Place(tmp_path)
    other = made.theirs.files("other", trusts=made.ours, serves=True)
    with pytest.raises(settings.SettingsError):
        tls.Material(made.server._replace(key=other.key), serves=True)
