"""The one place where an answer of "no" becomes HTTP: RFC 9457 problem details with a stable `code`.

A problem names the code, the status, a request id and facts that the refusal chose to give. It never repeats what
was sent: what is wrong with a field is said by its place and the rule, not by its value, and a place is made of names
that our own declarations hold, because a sender can write anything into a key.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from litestar import exceptions

from boundary.kernel import errors

T = TypeVar("T")

MEDIA_TYPE = b"application/problem+json"

STATUS: Mapping[type[errors.Refusal], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unconditional: 428,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.OutcomeUnknown: 503,
}
_HTTP_CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    428: "precondition_required",
    429: "rate_limited",
    431: "headers_too_large",
    503: "unavailable",
}
_STATUS_OF_CODE = {code: status for status, code in _HTTP_CODES.items()}
# What msgspec says of an input, by its first words, as a sentence that does not quote the input.
_REASONS = (
    ("Expected ", "has the wrong type or range"),
    ("Object missing required field", "a required field is missing"),
    ("Object contains unknown field", "holds a field that is not known here"),
    ("Invalid enum value", "is not one of the allowed values"),
    ("Invalid value", "is not one of the allowed values"),
    ("Invalid UUID", "is not a UUID"),
    ("Invalid RFC3339", "is not a time with zone in RFC 3339 form"),
)
_POINTER = re.compile(r"`\$(?P<path>(?:\.[A-Za-z_]\w*|\[(?:\d+|\.\.\.)\])*)`\Z")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The members of RFC 9457 plus `code`, `request_id`, the places of faulty input and the refusal's own facts."""

    type: str
    title: str
    status: int
    code: str
    request_id: str
    detail: str = ""
    errors: list[dict[str, str]] = []
    facts: dict[str, int | str | bool] = {}

    def encode(self) -> bytes:
        return msgspec.json.encode(self)


class BrokenRule(errors.Invalid):
    """The input breaks a stated rule; `errors` names the places."""

    def __init__(self, places: Iterable[dict[str, str]]) -> None:
        super().__init__("the input breaks a stated rule")
        self.places = list(places)


def make(code: str, status: int, request_id: str, detail: str = "", **more: Any) -> Problem:
    title = code.replace("_", " ").capitalize()
    return Problem(f"/problems/{code}", title, status, code, request_id, detail, **more)


def of(error: Exception, request_id: str) -> Problem:
    """The problem that answers an exception; a defect of ours is answered without a word about it."""
    if isinstance(error, exceptions.ValidationException):
        error = BrokenRule(_places(error.extra))
    if isinstance(error, errors.Refusal):
        places = error.places if isinstance(error, BrokenRule) else []
        return make(
            error.code, status_of(type(error)), request_id, error.detail, errors=places, facts=dict(error.facts)
        )
    if isinstance(error, exceptions.HTTPException) and error.status_code < 500:
        code = _HTTP_CODES.get(error.status_code, "refused")
        return make(code, error.status_code, request_id)
    return make("internal_error", 500, request_id, "the fault is ours; quote the request id when you report it")


def status_of(type_: type[errors.Refusal]) -> int:
    """By its category, unless its code is one of HTTP's own: a code has one status, whoever says it."""
    if type_.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[type_.code]
    return next((STATUS[category] for category in type_.__mro__ if category in STATUS), 400)


def known() -> dict[str, tuple[int, str]]:
    """Every code that can be answered, with its status and meaning: `GET /problems` and the API reference."""
    found = {code: (status, "") for status, code in _HTTP_CODES.items()}
    found["internal_error"] = (500, "A fault of ours. Quote the request id when you report it.")
    for type_ in _descendants(errors.Refusal):
        found[type_.code] = (status_of(type_), " ".join((type_.__doc__ or "").split()))
    return dict(sorted(found.items()))


def place(message: str) -> dict[str, str]:
    """Where and why, from a msgspec message, without the value that it may quote."""
    found = _POINTER.search(message)
    path = found["path"] if found and _is_ours(found["path"]) else ""
    reason = next((reason for start, reason in _REASONS if message.startswith(start)), "is not valid")
    return {"path": f"${path}", "reason": reason}


def _places(extra: Any) -> Iterator[dict[str, str]]:
    """What the framework found in parameters; it names them, and names of parameters are ours."""
    for item in extra if isinstance(extra, list) else []:
        found = place(str(item.get("message", "")))
        key, source = item.get("key"), getattr(item.get("source"), "value", "")
        if isinstance(key, str) and source in {"query", "path", "header", "cookie"} and _is_ours(key):
            found["path"] = f"{source}.{key}"
        yield found


def _is_ours(path: str) -> bool:
    """Whether every name of a path is a field of some declared struct. A message quotes keys that the sender chose."""
    names = set(re.findall(r"[A-Za-z_]\w*", path))
    return names <= {name for type_ in _descendants(msgspec.Struct) for name in type_.__struct_encode_fields__}


def _descendants(type_: type[T]) -> Iterator[type[T]]:
    for child in type_.__subclasses__():
        yield child
        yield from _descendants(child)
