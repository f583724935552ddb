"""Strict JSON: whatever an honest encoder writes passes, whatever two readers could read differently does not."""

import contextlib
import json
import time
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from boundary.kernel import strict_json

texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**90), 10**90)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def refused(body: bytes) -> str:
    with pytest.raises(strict_json.NotJson) as caught:
        strict_json.check(body)
    return caught.value.detail


@hypothesis.given(values, st.booleans(), st.sampled_from([None, 1]))
def test_whatever_an_honest_encoder_writes_passes(value: Any, ascii_only: bool, indent: int | None) -> None:
    strict_json.check(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode())


@hypothesis.given(values, st.data())
def test_what_is_cut_short_or_followed_by_more_is_refused(value: Any, data: st.DataObject) -> None:
    body = json.dumps({"a": value}).encode()
    refused(body[: data.draw(st.integers(0, len(body) - 1))])
    refused(body + data.draw(st.sampled_from([b"x", b"{}", b",", b"\0", b"\xff"])))


@hypothesis.given(texts, values, values)
def test_a_key_that_stands_twice_is_refused_however_it_is_escaped(key: str, one: Any, two: Any) -> None:
    plain, escaped = json.dumps(key, ensure_ascii=False), json.dumps(key)
    spelled = '"' + "".join(f"\\u{unit:04x}" for unit in utf_16(key)) + '"'
    for again in (plain, escaped, spelled):
        body = f'[{{{plain}: {json.dumps(one)}, "b{key!a:.0}": 1, {again}: {json.dumps(two)}}}]'.encode()
        assert refused(body) == "the body has the same key twice in one object"


def utf_16(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def test_the_same_key_in_two_objects_is_no_repetition() -> None:
    strict_json.check(b'{"a":{"a":[{"a":1},{"a":2}]}}')


@pytest.mark.parametrize(
    "number", [b"NaN", b"Infinity", b"-Infinity", b"01", b"+1", b".5", b"5.", b"0x1", b"1_0", b"1e", b"\xd9\xa3"]
)
def test_a_number_that_json_does_not_know_is_refused(number: bytes) -> None:
    refused(b"[" + number + b"]")


def test_a_number_is_as_long_as_anybody_needs_and_no_longer() -> None:
    longest = strict_json.NUMBER_LENGTH_MAX
    for number in ("9" * longest, "-" + "9" * (longest - 1), "0." + "9" * (longest - 2), "1e" + "9" * (longest - 2)):
        strict_json.check(number.encode())
        refused(number.encode() + b"9")
    strict_json.check(b'"' + b"9" * 5000 + b'"')


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_depth_is_bounded_and_brackets_in_strings_do_not_count(opening: bytes, closing: bytes) -> None:
    levels = strict_json.DEPTH_MAX // (1 + opening.startswith(b"[{"))
    strict_json.check(opening * levels + b'"[{[{"' + closing * levels)
    strict_json.check(b"[" + b",".join([b'{"a":["[","{"]}'] * 100) + b"]")
    assert refused(opening * (levels + 1) + b"1" + closing * (levels + 1)) == "the body is nested too deeply"
    assert refused(opening * 100_000 + b"1" + closing * 100_000) == "the body is nested too deeply"


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\udfff"', r'"\udc00\ud800"', r'["\uD83D"]', r'{"\udc00":1}', r'"\ud83d\\ude00"']
)
def test_half_a_surrogate_pair_is_refused(text: str) -> None:
    assert refused(text.encode()) == "the body holds half of a surrogate pair"


@pytest.mark.parametrize(
    "text", [r'"\ud83d\ude00"', r'"\\ud800"', r'"\\\\ud800"', '"\\ud83d\\ude00", "n": ' + "9" * 100]
)
def test_a_whole_pair_and_what_only_looks_like_half_of_one_pass(text: str) -> None:
    strict_json.check(f'{{"a": {text}}}'.encode())


@pytest.mark.parametrize(
    "body", [b"\xef\xbb\xbf{}", b"\xff", b'"\xc0\x80"', b'"\xed\xa0\x80"', "{}".encode("utf-16"), b"", b" \n"]
)
def test_what_is_not_plain_utf_8_is_refused(body: bytes) -> None:
    refused(body)


MEGABYTE = 1 << 20
HEAVY = {
    "quotes that never end": b"[" * 65 + b'"' + b'\\"' * (MEGABYTE // 2),
    "one number": b"9" * MEGABYTE,
    "many numbers": b"[" + b"1," * (MEGABYTE // 2) + b"1]",
    "many groups as deep as may be": b"[" + b",".join([b"[" * 63 + b"]" * 63] * (MEGABYTE // 127)) + b"]",
    "many groups too deep": b"[" + b",".join([b"[" * 64 + b"]" * 64] * (MEGABYTE // 129)) + b"]",
    "brackets": b"[" * MEGABYTE,
    "pairs": b'"' + b"\\ud83d\\ude00" * (MEGABYTE // 12) + b'"',
    "backslashes": b'"' + b"\\\\" * (MEGABYTE // 2),
    "space": b" " * MEGABYTE,
    "objects": b"[" + b",".join([b'{"a":1}'] * (MEGABYTE // 8)) + b"]",
}


@pytest.mark.parametrize("name", HEAVY)
def test_no_megabyte_takes_long(name: str) -> None:
    started = time.process_time()
    with contextlib.suppress(strict_json.NotJson):
        strict_json.check(HEAVY[name])
    assert time.process_time() - started < 3  # hundredths of a second on a quiet machine; hours if it were quadratic


@pytest.mark.parametrize(
    "content_type, named",
    [
        (b"application/json", True),
        (b"application/json ; charset=utf-8", True),
        (b"application/problem+json", True),
        (b"application/merge-patch+json", True),
        (b"text/json", False),
        (b"application/jsonx", False),
        (b"application/x-json-stream", False),
        (b"text/plain; a=application/json", False),
        (b"application/octet-stream;+json", False),
        (b"", False),
    ],
)
def test_which_content_types_call_a_body_json(content_type: bytes, named: bool) -> None:
    assert strict_json.is_named(content_type) == named
