"""The guard over real HTTP: what it refuses has no effect, and every answer, whoever gave it, is dressed alike."""

import asyncio
import gzip
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import prometheus_client
import pytest

from boundary.kernel.runtime import guard
from tests.boundary.kernel.runtime import loopback, sample_app
from tests.boundary.kernel.runtime.conftest import Log
from tests.boundary.kernel.runtime.loopback import assert_dressed, assert_problem, chunked, post

Serve = Callable[[Any], Awaitable[loopback.Client]]
GOOD = b'{"name":"a"}'


@pytest.fixture
async def client(serve: Serve) -> loopback.Client:
    return await serve(sample_app.usual())


# -- JSON that two readers could read differently --------------------------------------------------------------------

BAD_JSON = {
    "not UTF-8": b'{"name":"\xff"}',
    "UTF-16": '{"name":"a"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "a doubled key": b'{"name":"a","name":"b"}',
    "a doubled key, once escaped": b'{"name":"a","n\\u0061me":"b"}',
    "a doubled key deep inside": b'{"name":"a","parts":[{"label":"a","label":"b","weight":1}]}',
    "NaN": b'{"name":"a","size":NaN}',
    "Infinity": b'{"name":"a","size":-Infinity}',
    "a number of 5,000 digits": b'{"name":"a","size":' + b"9" * 5000 + b"}",
    "a number of 90,000 digits": b'{"name":"a","price":0.' + b"9" * 90_000 + b"}",
    "a surrogate without its pair": b'{"name":"\\ud83d"}',
    "a pair the wrong way round": b'{"name":"\\ude00\\ud83d"}',
    "a lone surrogate as a key": b'{"name":"a","notes":{"\\udc00":1}}',
    "nested too deeply": b'{"name":' + b"[" * 65 + b"]" * 65 + b"}",
    "nested absurdly deeply": b"[" * 50_000 + b"]" * 50_000,
    "an unclosed string of quotes": b"[" * 70 + b'"' + b'\\"' * 45_000,
    "unbalanced": b'{"name":"a"',
    "trailing text": GOOD + b"x",
    "a comment": b'{"name":"a"/**/}',
    "a trailing comma": b'{"name":"a",}',
    "single quotes": b"{'name':'a'}",
    "a control character": b'{"name":"a\n"}',
    "only space": b" ",
    "a surrogate pair beside a number of 5,000 digits": b'{"name":"\\ud83d\\ude00","size":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("name", BAD_JSON)
async def test_json_that_readers_could_disagree_about_is_refused_quickly(client: loopback.Client, name: str) -> None:
    answer = await client.send(post(BAD_JSON[name]))
    assert_problem(answer, 400, "invalid_json")
    assert sample_app.EFFECTS == []


GOOD_JSON = {
    "a pair": (b'{"name":"\\ud83d\\ude00"}', "\U0001f600"),
    "other scripts": ('{"name":"සිංහල தமிழ்"}'.encode(), "සිංහල தமிழ்"),
    "an escaped backslash before ud": (b'{"name":"\\\\ud83d"}', "\\ud83d"),
    "brackets in a string": (b'{"name":"' + b"[" * 39 + b'"}', "[" * 39),
}


@pytest.mark.parametrize("name", GOOD_JSON)
async def test_unusual_but_unambiguous_json_passes(client: loopback.Client, name: str) -> None:
    body, expected = GOOD_JSON[name]
    answer = await client.send(post(body))
    assert answer is not None
    assert answer.status == 201
    assert [thing.name for thing in sample_app.EFFECTS] == [expected]


JSON_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON;charset=UTF-8",
    "application/problem+json",
    "application/merge-patch+json",
    "application/vnd.api+json; version=1",
]


@pytest.mark.parametrize("content_type", JSON_TYPES)
async def test_whatever_calls_itself_json_is_checked_as_json(client: loopback.Client, content_type: str) -> None:
    assert (await client.post("/things", GOOD, content_type)).status == 201
    assert_problem(await client.post("/things", BAD_JSON["a doubled key"], content_type), 400, "invalid_json")
    assert len(sample_app.EFFECTS) == 1


OTHER_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/jsonx",
    "text/plain; application/json",
    "json",
    "",
]


@pytest.mark.parametrize("content_type", OTHER_TYPES)
async def test_a_route_of_json_takes_nothing_that_is_not_called_json(
    client: loopback.Client, content_type: str
) -> None:
    for body in (GOOD, BAD_JSON["a doubled key"]):
        assert_problem(await client.post("/things", body, content_type), 415, "unsupported_media_type")
    answer = await client.send(
        f"POST /things HTTP/1.1\r\nhost: a\r\ncontent-length: {len(GOOD)}\r\n\r\n".encode() + GOOD
    )
    assert_problem(answer, 415, "unsupported_media_type")
    assert sample_app.EFFECTS == []


LAX = [
    b'{"name":"a","size":"1"}',
    b'{"name":"a","size":1.0}',
    b'{"name":"a","size":1e3}',
    b'{"name":"a","size":true}',
    b'{"name":"a","price":true}',
    b'{"name":5}',
    b'{"name":"a","at":1700000000}',
    b'{"name":"a","ref":"not one"}',
    b'{"name":"a","kind":"RED"}',
    b'{"name":"a","parts":[{"label":"x","weight":"2"}]}',
    b'{"name":"a","unheard":1}',
    b"[]",
    b"null",
]


@pytest.mark.parametrize("body", LAX)
async def test_a_body_is_read_to_the_letter_of_its_type(client: loopback.Client, body: bytes) -> None:
    assert_problem(await client.send(post(body)), 400, "invalid")
    assert sample_app.EFFECTS == []


async def test_a_decimal_never_passes_through_a_float(client: loopback.Client) -> None:
    await client.send(post(b'{"name":"a","price":0.1234567890123456789}'))
    assert str(sample_app.EFFECTS[0].price) == "0.1234567890123456789"


async def test_a_body_of_many_items_is_typed_throughout(client: loopback.Client) -> None:
    answer = await client.request("PUT", "/parts", b'[{"label":"a","weight":1}]', ("content-type", "application/json"))
    assert (answer.status, sample_app.EFFECTS) == (200, [[sample_app.Part("a", 1)]])


# -- bodies that are too large, too slow, cut short, or of a length that nobody can tell -------------------------------


async def test_a_chunked_body_is_read_like_any_other(client: loopback.Client) -> None:
    answer = await client.send(chunked(GOOD[:5], GOOD[5:]))
    assert answer is not None
    assert answer.status == 201


@pytest.mark.parametrize(
    "raw",
    [
        post(b"", length="100001"),
        post(b"", length="999999999999999999"),
        post(b"[" + b"1," * 60_000 + b"1]"),
        chunked(*[b" " * 20_000] * 6),
        chunked(b" " * 200_000, end=b""),
    ],
    ids=["declared", "declared absurdly", "declared and sent", "chunked", "chunked without end"],
)
async def test_a_body_over_the_bound_is_refused_and_its_sender_hears_why(client: loopback.Client, raw: bytes) -> None:
    answer = await client.send(raw)
    assert_problem(answer, 413, "too_large")
    assert answer is not None
    assert answer.json["facts"] == {"bytes_max": 100_000}
    assert sample_app.EFFECTS == []


async def test_a_sender_of_far_too_much_is_not_listened_to_for_ever(
    client: loopback.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(post(b"", length="999999999999"))
    answer = await loopback.read(reader)
    assert answer is not None
    assert (answer.status, answer.header("connection")) == (413, "close")

    async def pour() -> None:
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(pour(), timeout=3)
    writer.close()


async def test_a_body_of_exactly_the_bound_passes(client: loopback.Client) -> None:
    body = GOOD + b" " * (100_000 - len(GOOD))
    assert (await client.post("/things", body)).status == 201
    assert_problem(await client.post("/things", body + b" "), 413, "too_large")


async def test_a_body_cut_short_is_refused_though_its_beginning_would_do(client: loopback.Client) -> None:
    answer = await client.send(post(GOOD, length=str(len(GOOD) + 1)), half_close=True)
    assert_problem(answer, 400, "truncated_body")
    assert sample_app.EFFECTS == []


async def test_a_chunked_body_without_its_end_has_no_effect(client: loopback.Client) -> None:
    assert await client.send(chunked(GOOD, end=b""), half_close=True) is None
    assert sample_app.EFFECTS == []


async def test_a_connection_lost_in_the_middle_of_a_body_has_no_effect(client: loopback.Client) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(post(GOOD, length="5000"))
    await writer.drain()
    writer.transport.abort()
    assert (await client.get("/health/live")).status == 200
    assert sample_app.EFFECTS == []


async def test_who_closes_the_sending_half_after_a_whole_request_still_gets_the_answer(
    client: loopback.Client,
) -> None:
    answer = await client.send(b"GET /wait?seconds=0.1 HTTP/1.1\r\nhost: a\r\n\r\n", half_close=True)
    assert answer is not None
    assert (answer.status, answer.body, answer.header("connection")) == (200, b"waited", "close")
    answer = await client.send(post(GOOD), half_close=True)
    assert answer is not None
    assert answer.status == 201


async def test_a_body_that_trickles_in_is_refused_in_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.1)
    client = await serve(sample_app.make(body_max=100))
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(post(b"", length="50"))

    async def trickle() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.02)

    trickling = asyncio.create_task(trickle())
    async with asyncio.timeout(2):
        assert_problem(await loopback.read(reader), 408, "request_timeout")
        assert await reader.read() == b""  # and the connection is closed
    trickling.cancel()
    writer.close()
    assert sample_app.EFFECTS == []


LENGTHS = ["-5", "+12", "0x0c", "12, 12", "1 2", "twelve", "12.0", "٣", "9" * 30, "9" * 5000]


@pytest.mark.parametrize("length", LENGTHS)
async def test_a_length_that_is_not_plain_digits_is_refused(client: loopback.Client, length: str) -> None:
    raw = post(GOOD, length="LENGTH").replace(b"LENGTH", length.encode())
    answer = assert_dressed(await client.send(raw))
    assert answer.status == 400
    assert sample_app.EFFECTS == []


SMUGGLED = {
    "two equal lengths": ["content-length: 12", "content-length: 12"],
    "two different lengths": ["content-length: 12", "content-length: 0"],
    "a length and chunks": ["content-length: 12", "transfer-encoding: chunked"],
    "chunks and a length": ["transfer-encoding: chunked", "content-length: 12"],
    "chunks twice": ["transfer-encoding: chunked", "transfer-encoding: chunked"],
    "chunked in disguise": ["transfer-encoding: xchunked"],
    "chunked, then something": ["transfer-encoding: chunked, identity"],
    "something, then chunked": ["transfer-encoding: gzip, chunked"],
    "identity": ["transfer-encoding: identity"],
    "a space before the colon": ["transfer-encoding : chunked"],
    "a folded line": ["transfer-encoding:\r\n chunked"],
    "two content types": ["content-length: 12", "content-type: application/json", "content-type: text/plain"],
    "two encodings": ["content-length: 12", "content-encoding: identity", "content-encoding: gzip"],
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_a_body_whose_end_two_servers_could_see_differently_is_refused(
    client: loopback.Client, name: str
) -> None:
    answer = assert_dressed(await client.send(post(GOOD, *SMUGGLED[name], length="")))
    assert answer.status == 400
    assert answer.header("content-type") == "application/problem+json"
    assert sample_app.EFFECTS == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "deflate"])
async def test_a_compressed_body_is_not_read(client: loopback.Client, encoding: str) -> None:
    answer = await client.send(post(gzip.compress(GOOD), f"content-encoding: {encoding}"))
    assert_problem(answer, 400, "unsupported_encoding")
    assert sample_app.EFFECTS == []


async def test_a_sender_that_waits_for_permission_gets_it_or_the_refusal(client: loopback.Client) -> None:
    answer = await client.send(post(GOOD, "expect: 100-continue"))
    assert answer is not None
    assert answer.status == 201
    assert_problem(await client.send(post(b"", "expect: 100-continue", length="900000")), 413, "too_large")


# -- what stands on every answer -------------------------------------------------------------------------------------


async def test_every_answer_carries_the_security_headers(client: loopback.Client, log: Log) -> None:
    for answer in [
        await client.get("/health/live"),
        await client.get("/docs"),
        await client.get("/docs/start.js"),
        await client.get("/openapi.json"),
        await client.get("/nothing"),
        await client.get("/boom"),
        await client.get("/refuse"),
        await client.get("/things/1?limit=x"),
        await client.request("DELETE", "/things"),
        await client.request("OPTIONS", "/things"),
        await client.post("/things", GOOD),
        await client.post("/things", b"x"),
        await client.post("/things", bytes(200_000)),
    ]:
        assert_dressed(answer)
    assert "a secret" not in log.text


async def test_a_defect_is_answered_without_a_word_about_it(client: loopback.Client, log: Log) -> None:
    answer = await client.get("/boom")
    assert_problem(answer, 500, "internal_error")
    assert not any(word in answer.body for word in (b"secret", b"KeyError", b"Traceback", b".py"))
    (fault,) = log.lines("fault")
    assert fault["error"] == "KeyError"
    assert fault["request"].replace("-", "") == answer.header("x-request-id")
    assert "secret" not in log.text


async def test_a_refusal_is_answered_with_its_code_and_its_facts(client: loopback.Client, log: Log) -> None:
    answer = await client.get("/refuse")
    assert_problem(answer, 409, "sample_refused")
    assert (answer.json["detail"], answer.json["facts"]) == ("the pot is full", {"pots": 3})
    assert log.lines() == []


async def test_no_two_requests_share_an_id_and_nobody_can_choose_one(client: loopback.Client) -> None:
    answers = await asyncio.gather(*(client.get("/health/live", ("x-request-id", "mine")) for _ in range(50)))
    assert len({answer.header("x-request-id") for answer in answers} - {"mine"}) == 50


def labels() -> set[str]:
    return {
        sample.labels["route"]
        for metric in prometheus_client.REGISTRY.collect()
        for sample in metric.samples
        if metric.name in {"http_requests", "http_seconds"}
    }


async def test_no_path_or_method_that_a_caller_invents_becomes_a_label(client: loopback.Client) -> None:
    await client.get("/things/1")
    await client.get("/invented")
    before = labels()
    for path in ("/invented-again", "/things/12345", "/docs/invented", "/problems/invented", "/openapi/x", "/%00"):
        for method in ("GET", "PROPFIND", "HEAD", "DELETE", "OPTIONS"):
            await client.request(method, path)
    new = labels() - before
    assert not any("invented" in route or "12345" in route for route in labels()), labels()
    assert new <= {"/docs/{name}", "/problems/{code}", "/openapi/{path}"}
    methods = {
        sample.labels["method"]
        for metric in prometheus_client.REGISTRY.collect()
        for sample in metric.samples
        if metric.name == "http_requests"
    }
    assert methods <= {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}


async def test_libraries_say_nothing_of_requests_in_the_log(client: loopback.Client, log: Log) -> None:
    await client.send(b"GET /secret-path HTTP/1.1\r\nbroken\r\n\r\n")
    await client.get("/secret-path?name=secret")
    assert "secret" not in log.text
    for line in log.text.splitlines():
        assert set(json.loads(line)) <= {"event", "level", "at", "service", "logger", "error"}
    assert logging.getLogger().handlers


def test_the_policy_lets_nothing_load_and_nobody_frame_us() -> None:
    policy = guard.HEADERS[b"content-security-policy"].decode()
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
