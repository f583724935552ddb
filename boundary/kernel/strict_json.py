"""What JSON must be before anybody decodes it: UTF-8, no BOM, no doubled key, no NaN, bounded depth.

A lenient decoder keeps the last of two equal keys, so two readers of one body can see two different orders. This
check is one pass of the standard library's C scanner; the typed decoding comes after it.
"""

import json
import re
from typing import Any, NoReturn

from boundary.kernel import errors

DEPTH_MAX = 64

_NOT_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[^][{}"]+', re.DOTALL)


class NotJson(errors.Invalid):
    """The body is not JSON in UTF-8, or is JSON that different readers could read differently."""

    code = "invalid_json"


def check(body: bytes) -> None:
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    _depth(text)
    try:
        _decoder.decode(text)
    except _Doubled:
        raise NotJson("the body has the same key twice in one object") from None
    except (ValueError, RecursionError):
        raise NotJson("the body is not JSON") from None
    if "\\ud" in text.lower():  # an escape that is half a pair decodes here and fails in every encoder after
        _no_lone_surrogates(text)


class _Doubled(Exception):  # noqa: N818 -- a signal inside this module
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _Doubled


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse, parse_float=str, parse_int=str)


def _depth(text: str) -> None:
    """Each round of removal takes the innermost brackets away, so what is left after the last was deeper than that."""
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    brackets = _NOT_BRACKETS.sub("", text)
    for _ in range(DEPTH_MAX):
        brackets = brackets.replace("[]", "").replace("{}", "")
        if not brackets:
            return
    raise NotJson("the body is nested too deeply, or its brackets do not match")


def _no_lone_surrogates(text: str) -> None:
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotJson("the body holds half of a surrogate pair") from None
