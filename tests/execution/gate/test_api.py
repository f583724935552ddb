"""The door as HTTP sees it: the real app under the real server on loopback, raw bytes in, problem documents out."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from boundary.channel import market
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import guard, http_protocol, key_files
from boundary.wire import control, frame, to_execution
from execution_stack import app
from execution_stack.gate.service import channels, keyring, receiving
from tests.boundary.channel import frames
from tests.boundary.kernel.runtime import loopback
from tests.execution.gate import attacks
from tests.execution.gate.house import House, added

pytestmark = pytest.mark.asyncio(loop_scope="module")
RESERVE = to_execution.ReserveRefs(1)
OCTETS = ("content-type", "application/octet-stream")


class Door(NamedTuple):
    """The served app, somebody who may speak, and somebody whom nobody admitted."""

    house: House
    end: frames.End
    stranger: frames.End
    client: loopback.Client

    async def say(self, body: bytes, *headers: tuple[str, str], path: str = "/channel") -> loopback.Answer:
        return await self.client.request("POST", path, body, *(headers or (OCTETS,)))


def served(house: House, place: Path, *ends: frames.End) -> loopback.Served:
    """The app as `execution-stack serve` makes it, from a directory of keys."""
    place.mkdir()
    for end in ends:
        for number, master in end.masters.items():
            file = place / f"{end.channel}.{number}.key"
            file.write_text(master.hex())
            file.chmod(0o600)
    held = keyring.Keyring(frames.held(key_files.directory(place)))
    return loopback.Served(app.create(held, house.gate, apps.Readiness({}), house.time, house.ids))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    wire = await house.admitted()
    stranger = house.end()
    server = served(house, tmp_path_factory.mktemp("keys") / "ring", wire.end, stranger)
    client = loopback.Client(await server.start())
    await client.request("POST", "/channel", wire.end.heartbeat(), OCTETS)  # opens the link
    yield Door(house, wire.end, stranger, client)
    await server.stop()


async def test_an_exchange_is_octets_both_ways(door: Door) -> None:
    core = door.end.core(RESERVE)
    answer = await door.say(door.end.data(core))
    assert (answer.status, answer.header("content-type")) == (200, "application/octet-stream")
    assert door.end.open(answer.body).said == control.Ack(1, core.sequence, core.core)
    door.end.went(core)
    assert (answer.header("cache-control"), answer.header("x-content-type-options")) == ("no-store", "nosniff")
    assert answer.header("set-cookie") is None
    assert answer.header("content-encoding") is None
    assert answer.header("content-length") == str(len(answer.body))


class Case(NamedTuple):
    """A request that must change nothing. `raw` makes all of its bytes."""

    name: str
    raw: Callable[[Door], bytes]
    status: int
    code: str
    half_close: bool = False


def valid(door: Door) -> bytes:
    return door.end.data(door.end.core(RESERVE))


def post(
    door: Door,
    body: bytes | None = None,
    *lines: str,
    path: str = "/channel",
    method: str = "POST",
    length: bool = True,
) -> bytes:
    """A request by hand; `lines` are headers as they stand."""
    body = valid(door) if body is None else body
    head = [f"{method} {path} HTTP/1.1", "host: localhost", *lines]
    if length:
        head.append(f"content-length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


TYPE = "content-type: application/octet-stream"
INVALID, NO_LENGTH = (400, "invalid"), (400, "length_required")
NOT_FOUND, WRONG_TYPE = (404, "not_found"), (415, "unsupported_media_type")


def method(name: str) -> Case:
    return Case(f"method {name}", lambda d: post(d, None, TYPE, method=name), 405, "method_not_allowed")


def path(name: str) -> Case:
    return Case(f"path {name}", lambda d: post(d, None, TYPE, path=name), *NOT_FOUND)


def kind(name: str, *lines: str, answer: tuple[int, str] = WRONG_TYPE) -> Case:
    return Case(f"type {name}", lambda d: post(d, None, *lines), *answer)


def head(name: str, status: int, code: str, *lines: str, length: bool = True) -> Case:
    return Case(f"head: {name}", lambda d: post(d, None, TYPE, *lines, length=length), status, code)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


CASES = [
    *map(method, ("GET", "PUT", "PATCH", "DELETE", "TRACE")),
    *map(path, ("/", "/channels", "/channel/x", "/Channel", "/channel%2f", "/channel.json", "/v1/channel", "/channel;a", "/channel/", "//channel", "/./channel", "/%63hannel", "/channel?x=1")),
    kind("none"),
    kind("JSON in name", "content-type: application/json", answer=(400, "invalid_json")),
    kind("text", "content-type: text/plain"),
    kind("a form", "content-type: application/x-www-form-urlencoded"),
    kind("multipart", "content-type: multipart/form-data; boundary=x"),
    kind("octets with a parameter", TYPE + "; charset=utf-8"),
    kind("octets and more", TYPE + ", text/plain"),
    kind("a longer name", TYPE + "s"),
    kind("twice", TYPE, TYPE, answer=INVALID),
    kind("two of them", TYPE, "content-type: application/json", answer=INVALID),
    Case("JSON", lambda d: post(d, b'{"count":5}', "content-type: application/json"), *WRONG_TYPE),
    Case("JSON as octets", lambda d: post(d, b'{"count":5}', TYPE), 400, "frame_malformed"),
    Case("JSON with a key twice", lambda d: post(d, b'{"a":1,"a":2}', "content-type: application/json"), 400, "invalid_json"),
    head("compressed by name", 400, "unsupported_encoding", "content-encoding: gzip"),
    head("brotli by name", 400, "unsupported_encoding", "content-encoding: br"),
    head("two encodings", *INVALID, "content-encoding: identity", "content-encoding: gzip"),
    Case("compressed", lambda d: post(d, gzip.compress(valid(d)), TYPE, "content-encoding: gzip"), 400, "unsupported_encoding"),
    Case("compressed and not said", lambda d: post(d, gzip.compress(valid(d)), TYPE), 400, "frame_malformed"),
    head("the length twice", *INVALID, "content-length: 166"),
    head("two lengths", *INVALID, "content-length: 1"),
    head("a negative length", *INVALID, "content-length: -1", length=False),
    head("a signed length", *INVALID, "content-length: +166", length=False),
    head("a length in hexadecimal", *INVALID, "content-length: 0xa6", length=False),
    head("a length in words", *INVALID, "content-length: many", length=False),
    head("a length without end", *INVALID, "content-length: " + "9" * 30, length=False),
    head("a length list", *INVALID, "content-length: 166, 166", length=False),
    head("a body far too long", 413, "too_large", f"content-length: {receiving.BODY_BYTES_MAX + 1}", length=False),
    head("the largest number", 413, "too_large", "content-length: 999999999999999999", length=False),
    Case("no length and no body", lambda d: post(d, b"", TYPE, length=False), *NO_LENGTH),
    Case("in chunks", lambda d: post(d, chunked(valid(d)), TYPE, "transfer-encoding: chunked", length=False), *NO_LENGTH),
    Case("in chunks with a length", lambda d: post(d, chunked(valid(d)), TYPE, "transfer-encoding: chunked"), *INVALID),
    Case("in chunks, compressed", lambda d: post(d, chunked(valid(d)), TYPE, "transfer-encoding: gzip, chunked", length=False), 400, "unsupported_encoding"),
    Case("in chunks, badly", lambda d: post(d, b"zz\r\n", TYPE, "transfer-encoding: chunked", length=False), *INVALID),
    Case("no body", lambda d: post(d, b"", TYPE), 400, "frame_malformed"),
    Case("shorter than announced", lambda d: post(d, None, TYPE, f"content-length: {len(valid(d)) + 9}", length=False), 400, "truncated_body", half_close=True),
    Case("a large head", lambda d: post(d, None, TYPE, "x-filling: " + "a" * 20_000), 431, "headers_too_large"),
    Case("many headers", lambda d: post(d, None, TYPE, *(f"x-{n}: {n}" for n in range(3_000))), 431, "headers_too_large"),
    head("two hosts", *INVALID, "host: elsewhere.example"),
    head("the host twice", *INVALID, "Host: localhost"),
    Case("no host", lambda d: post(d, None, TYPE).replace(b"host: localhost\r\n", b"", 1), *INVALID),
    Case("no HTTP", lambda d: valid(d) + b"\r\n\r\n", *INVALID),
    Case("HTTP/2", lambda d: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", *INVALID),
    Case("another version", lambda d: post(d, None, TYPE).replace(b"HTTP/1.1", b"HTTP/9.9", 1), *INVALID),
    Case("folded header", lambda d: post(d, None, TYPE, "x-a: b", " c"), *INVALID),
    Case("space before the colon", lambda d: post(d, None, TYPE, "content-length : 5"), *INVALID),
    Case("header with a line feed", lambda d: post(d, None, TYPE, "x-a: b\nx-c: d\rx: y"), *INVALID),
    Case("an override", lambda d: post(d, None, TYPE, "x-http-method-override: POST", method="GET"), 405, "method_not_allowed"),
    Case("forged", lambda d: post(d, attacks.flip(valid(d), 90), TYPE), 401, "frame_forged"),
    Case("key unknown", lambda d: post(d, attacks.put(valid(d), 6, b"\x7f"), TYPE), 401, "frame_key_unknown"),
    Case("not admitted", lambda d: post(d, d.stranger.data(d.stranger.core(RESERVE)), TYPE), 403, "channel_unknown"),
    Case("cut", lambda d: post(d, valid(d)[:-1], TYPE), 400, "frame_malformed"),
    Case("over the bound of a frame", lambda d: post(d, valid(d) + bytes(frame.SIZE_MAX), TYPE), 400, "frame_malformed"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
async def test_what_is_no_exchange_is_a_problem_and_changes_nothing(door: Door, case: Case) -> None:
    before = await door.house.contents()
    answer = await door.client.send(case.raw(door), half_close=case.half_close)
    assert answer is not None
    assert (answer.status, answer.code) == (case.status, case.code)
    assert answer.header("content-type") == "application/problem+json"
    assert answer.header("location") is None, "nobody is sent elsewhere"
    assert (answer.json["status"], answer.json["type"]) == (case.status, f"/problems/{case.code}")
    assert added(before, await door.house.contents()) == {}


async def test_a_refusal_by_the_transcript_is_a_signed_answer_and_no_problem(door: Door) -> None:
    beyond = door.end.core(RESERVE, epoch=9)
    answer = await door.say(door.end.data(beyond))
    assert (answer.status, answer.header("content-type")) == (200, "application/octet-stream")
    said = door.end.open(answer.body).said
    assert isinstance(said, control.Nack)


async def test_a_body_in_two_halves_with_a_pause_is_taken_whole(door: Door) -> None:
    core = door.end.core(RESERVE)
    raw = post(door, door.end.data(core), TYPE)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.client.port)
    writer.write(raw[:-50])
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.write(raw[-50:])
    answer = await loopback.read(reader)
    writer.close()
    assert answer is not None
    assert door.end.open(answer.body).said == control.Ack(1, core.sequence, core.core)
    door.end.went(core)


async def test_a_connection_that_ends_in_the_middle_changes_nothing(door: Door) -> None:
    before, raw = await door.house.contents(), post(door, None, TYPE)
    for size in range(1, len(raw), 7):
        _, writer = await asyncio.open_connection("127.0.0.1", door.client.port)
        writer.write(raw[:size])
        writer.close()
        await writer.wait_closed()
    assert (await door.client.send(post(door, b"", TYPE))).status == 400, "and the door is still there"
    assert added(before, await door.house.contents()) == {}


async def test_two_requests_on_one_connection_are_two_exchanges(door: Door) -> None:
    first = door.end.core(RESERVE)
    second = door.end.core_of(first.body, 1, sequence=first.sequence + 1, previous=first.core)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.client.port)
    writer.write(b"".join(post(door, door.end.data(core), TYPE) for core in (first, second)))
    for core in (first, second):
        answer = await loopback.read(reader)
        assert answer is not None
        assert door.end.open(answer.body).said == control.Ack(1, core.sequence, core.core)
        door.end.went(core)
    writer.close()


async def test_a_slow_sender_is_let_go_and_keeps_nobody_waiting(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Head and body drip in; each has its bound, as short here as in earnest it is long."""
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(guard, "BYTES_PER_SECOND_MIN", receiving.BODY_BYTES_MAX * 10)
    wire = await house.admitted()
    server = served(house, tmp_path / "ring", wire.end)
    port = await server.start()
    raw = b"\r\n".join([b"POST /channel HTTP/1.1", b"host: localhost", TYPE.encode(), b"content-length: 166", b"", b""])
    before = await house.contents()

    async def drip(at_once: bytes, slowly: bytes) -> loopback.Answer | None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(at_once)
        answer = asyncio.create_task(loopback.read(reader))
        for number in range(40):
            if answer.done():
                break
            writer.write(slowly[number : number + 1])
            await asyncio.sleep(0.03)
        writer.close()
        return await answer

    slow = [drip(b"POST /channel HTTP/1.1\r\n", b"x-filling: " + b"a" * 100), drip(raw, bytes(100))]
    waiting = asyncio.gather(*(each for each in slow), drip(raw[:40], raw[40:]))
    core = wire.end.core(RESERVE)
    answer = await loopback.Client(port).request("POST", "/channel", wire.end.data(core), OCTETS)
    assert answer.status == 200, "others are served meanwhile"
    found = await asyncio.wait_for(waiting, 3)
    assert [(each.status, each.code) for each in found if each] == [(408, "request_timeout")] * 3
    assert "participant" in added(before, await house.contents())
    assert await house.superuser.fetchval("SELECT due FROM channel_inbound WHERE channel = $1", wire.end.channel) == 2
    await server.stop()


async def test_keys_that_are_retired_are_unknown_after_a_restart(house: House, tmp_path: Path) -> None:
    end = house.end(7_000_001, 7_000_002)
    await house.as_operator(lambda tx: channels.register(tx, end.channel))
    old = end.data(end.core(RESERVE), key_id=7_000_001)
    for number, (kept, status) in enumerate([((7_000_001, 7_000_002), 200), ((7_000_002,), 401)]):
        held = frames.End(
            end.channel, {each: end.masters[each] for each in kept}, frame.Direction.TO_EXECUTION, house.time, house.ids
        )
        server = served(house, tmp_path / str(number), held)
        answer = await loopback.Client(await server.start()).request("POST", "/channel", old, OCTETS)
        await server.stop()
        assert answer.status == status
        assert status == 200 or answer.code == "frame_key_unknown"


async def test_every_code_of_the_door_is_published(door: Door) -> None:
    answer = await door.client.get("/problems")
    for code in {each.code for each in CASES} | {"channel_unknown"}:
        assert code in answer.json


async def test_attacks_get_the_same_answers_through_the_door(house: House, tmp_path: Path) -> None:
    """A sample of the tables over HTTP: what a receiver refuses is a problem, what it judges is signed."""
    stage = await attacks.staged(house)
    server = served(house, tmp_path / "ring", *stage.wire.ends)
    client = loopback.Client(await server.start())
    await client.request("POST", "/channel", stage.end.heartbeat(), OCTETS)
    before = await house.contents()
    sample = [each for each in attacks.ALL if isinstance(each.outcome, tuple) and not each.evidence][::5]
    for attack in sample:
        answer = await client.request("POST", "/channel", attack.make(stage), OCTETS)
        if isinstance(attack.outcome, attacks.Answered):
            assert answer.status == 200
        else:
            assert (answer.status, answer.code) == attack.outcome, attack.name
    assert len(sample) > 15
    assert added(before, await house.contents()) == {}
    await server.stop()


# --- the lossy channel


async def test_market_data_is_asked_for_by_its_own_frames_on_its_own_path(door: Door) -> None:
    listed = await door.house.list_instrument()
    listener = market.Listener(door.end.ring, door.house.time, door.house.ids)
    before = await door.house.contents()
    answer = await door.say(listener.poll(), path="/market")
    assert (answer.status, answer.header("content-type")) == (200, "application/octet-stream")
    assert (answer.header("cache-control"), answer.header("set-cookie")) == ("no-store", None)
    verdict, update = listener.hear(answer.body)
    assert verdict is market.Verdict.FRESH
    assert listed.ref in {tick.instrument for tick in update.ticks}
    assert await door.house.contents() == before, "nothing is written, whoever asks"


@pytest.mark.parametrize(
    "make, path, status, code",
    [
        (lambda door: door.end.heartbeat(), "/market", 401, "frame_key_unknown"),
        (valid, "/market", 401, "frame_key_unknown"),
        (
            lambda door: market.Listener(door.end.ring, door.house.time, door.house.ids).poll(),
            "/channel",
            400,
            "frame_malformed",
        ),
        (
            lambda door: market.Listener(door.stranger.ring, door.house.time, door.house.ids).poll(),
            "/market",
            403,
            "channel_unknown",
        ),
        (lambda door: b"", "/market", 400, "frame_malformed"),
        (lambda door: bytes(116), "/market", 400, "frame_malformed"),
        (lambda door: b"x" * 4096, "/market", 400, "frame_malformed"),
        (
            lambda door: market.Listener(door.end.ring, door.house.time, door.house.ids).poll(),
            "/market?x",
            404,
            "not_found",
        ),
    ],
)
async def test_no_frame_of_one_channel_passes_on_the_path_of_the_other(
    door: Door, make: Callable[[Door], bytes], path: str, status: int, code: str
) -> None:
    before = await door.house.contents()
    answer = await door.say(make(door), path=path)
    assert (answer.status, answer.code) == (status, code)
    assert await door.house.contents() == before
