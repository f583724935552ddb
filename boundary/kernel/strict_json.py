"""What JSON must be before anybody decodes it: UTF-8, no BOM, no doubled key, no NaN, bounded depth and numbers.

A lenient decoder keeps the last of two equal keys, so two readers of one body can see two different orders. This
check is one pass of the standard library's C scanner; the typed decoding comes after it. Whatever looks closer runs
on text that this pass found well formed: on broken text a regular expression can be made to search for hours.
"""

import itertools
import json
import re
from typing import Any, NoReturn

from boundary.kernel import errors

DEPTH_MAX = 64
NUMBER_LENGTH_MAX = 100

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - _STEP.keys())


class NotJson(errors.Invalid):
    """The body is not JSON in UTF-8, or is JSON that different readers could read differently."""

    code = "invalid_json"


def is_named(content_type: bytes) -> bool:
    """Whether a Content-Type, in lower case, calls the body JSON: application/json, or any type that ends in +json."""
    media_type = content_type.partition(b";")[0].strip()
    return media_type == b"application/json" or media_type.endswith(b"+json")


def check(body: bytes) -> None:
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    try:
        _checker.decode(text)
    except _Doubled:
        raise NotJson("the body has the same key twice in one object") from None
    except RecursionError:
        raise NotJson("the body is nested too deeply") from None
    except ValueError:
        raise NotJson("the body is not JSON") from None
    _depth(text)
    if "\\ud" in text.lower():  # an escape that is half a pair decodes here and fails in every encoder after
        _no_lone_surrogates(text)


class _Doubled(Exception):  # noqa: N818 -- a signal inside this module
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _Doubled


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _number(text: str) -> None:
    """Not converted: the time that takes grows with the square of the length."""
    if len(text) > NUMBER_LENGTH_MAX:
        raise ValueError("a number is too long")


_checker = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse, parse_float=_number, parse_int=_number)
_values = json.JSONDecoder(parse_float=str, parse_int=str)


def _depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    brackets = _STRING.sub("", text).encode().translate(None, _NOT_BRACKETS)
    if max(itertools.accumulate(map(_STEP.__getitem__, brackets))) > DEPTH_MAX:
        raise NotJson("the body is nested too deeply")


def _no_lone_surrogates(text: str) -> None:
    try:
        json.dumps(_values.decode(text), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotJson("the body holds half of a surrogate pair") from None
