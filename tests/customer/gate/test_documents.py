"""A document pulled from a server that cuts it, changes it, mislabels it, floods us, stalls: nothing of it is believed."""

import asyncio
import contextlib
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable

import pytest

from boundary.kernel import errors
from boundary.privacy import documents as public
from customer_stack.gate.adapters import documents as http
from customer_stack.gate.service import documents

DATA = b"# Rules\n\nEach lot pays one US dollar if the announced rate is lower.\n"
HASH = hashlib.sha256(DATA).digest()
PERSONAL = b"# Rules\n\nAsk nimal@example.com about them.\n"


class Server:
    """Answers every request in one way, good or bad, and keeps what it was asked."""

    def __init__(self, answer: bytes, *, stall: bool = False, drip: bool = False) -> None:
        self.answer, self.stall, self.drip = answer, stall, drip
        self.asked: list[bytes] = []
        self.sent = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            step = 1 if self.drip else 65536
            for start in range(0, len(self.answer), step):
                writer.write(self.answer[start : start + step])
                await writer.drain()
                self.sent += step
                if self.drip:
                    await asyncio.sleep(0.02)
            if self.stall:
                await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    @contextlib.asynccontextmanager
    async def library(self) -> AsyncIterator[documents.Library]:
        talks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.add(asyncio.create_task(self.talk(reader, writer)))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        source = http.Documents(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        try:
            yield documents.Library(source)
        finally:
            await source.close()
            server.close()
            await asyncio.gather(*talks)


def answer(
    body: bytes, *lines: bytes, status: bytes = b"200 OK", media: bytes = b"text/markdown; charset=utf-8"
) -> bytes:
    head = [b"HTTP/1.1 " + status, b"content-type: " + media, *lines]
    if not any(line.startswith((b"content-length", b"transfer-encoding")) for line in lines):
        head.append(b"content-length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


async def test_a_good_document_is_taken_and_only_its_hash_is_told_to_the_server() -> None:
    server = Server(answer(DATA))
    async with server.library() as library:
        assert await library.pull(HASH, len(DATA)) == (DATA, "text/markdown")
    (asked,) = server.asked
    assert asked.startswith(b"GET /documents/" + HASH.hex().encode() + b" HTTP/1.1\r\n")
    names = {line.split(b":")[0].lower() for line in asked.split(b"\r\n")[1:] if line}
    assert names == {b"host", b"accept", b"accept-encoding", b"user-agent"}


BAD: dict[str, tuple[Callable[[], Server], type[errors.Refusal], str]] = {
    "cut short": (lambda: Server(answer(DATA)[:-5]), http.NotFetched, "document_not_fetched"),
    "cut short with a length that fits": (lambda: Server(answer(DATA[:-5])), documents.Mismatch, "document_mismatch"),
    "other bytes": (lambda: Server(answer(DATA[:-2] + b"!\n")), documents.Mismatch, "document_mismatch"),
    "nothing": (lambda: Server(answer(b"")), documents.Mismatch, "document_mismatch"),
    "compressed": (
        lambda: Server(answer(gzip.compress(DATA), b"content-encoding: gzip")),
        documents.Mismatch,
        "document_mismatch",
    ),
    "of no type": (lambda: Server(answer(DATA, media=b"")), public.BadDocument, "document_invalid"),
    "of a type that may not be public": (
        lambda: Server(answer(DATA, media=b"text/html")),
        public.BadDocument,
        "document_invalid",
    ),
    "of another type than it is": (
        lambda: Server(answer(DATA, media=b"application/pdf")),
        public.BadDocument,
        "document_invalid",
    ),
    "not found": (lambda: Server(answer(DATA, status=b"404 Not Found")), http.NotFetched, "document_not_fetched"),
    "elsewhere": (
        lambda: Server(answer(b"", b"location: /documents/other", status=b"302 Found")),
        http.NotFetched,
        "document_not_fetched",
    ),
    "no HTTP": (lambda: Server(b"\x00\x01\x02\r\n\r\n"), http.NotFetched, "document_not_fetched"),
    "closed at once": (lambda: Server(b""), http.NotFetched, "document_not_fetched"),
    "stalled": (lambda: Server(answer(DATA)[:-5], stall=True), http.NotFetched, "document_not_fetched"),
    "a byte at a time": (lambda: Server(answer(DATA), drip=True), http.NotFetched, "document_not_fetched"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_server_that_misbehaves_is_not_believed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS_MAX", 0.4)
    make, error, code = BAD[name]
    server = make()
    async with server.library() as library:
        with pytest.raises(error) as refused:
            await library.pull(HASH, len(DATA))
    assert refused.value.code == code


async def test_a_flood_is_read_no_further_than_what_was_announced() -> None:
    server = Server(answer(b"a" * 1_000_000_0, b"transfer-encoding: identity"))
    async with server.library() as library:
        with pytest.raises(errors.Refusal):
            await library.pull(HASH, len(DATA))
    assert server.sent < 8_000_000, "what the sockets' buffers hold, and no more"


async def test_a_document_with_personal_data_is_not_taken_even_under_its_own_hash() -> None:
    async with Server(answer(PERSONAL)).library() as library:
        with pytest.raises(public.PersonalData) as refused:
            await library.pull(hashlib.sha256(PERSONAL).digest(), len(PERSONAL))
    assert refused.value.facts == {"kinds": "email"}


async def test_nobody_there_is_no_document() -> None:
    source = http.Documents("http://127.0.0.1:1/")
    with pytest.raises(http.NotFetched):
        await documents.Library(source).pull(HASH, len(DATA))
    await source.close()
