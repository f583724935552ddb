"""The one place where an answer of "no" becomes HTTP: RFC 9457 problem details with a stable `code`.

A problem names the code, the status, a request id and facts that the refusal chose to give. It never repeats what
was sent: what is wrong with a field is said by its place and the rule, not by its value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar import exceptions

from boundary.kernel import errors

MEDIA_TYPE = b"application/problem+json"

STATUS: Mapping[type[errors.Refusal], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
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
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "unavailable",
}
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
_POINTER = re.compile(r"`\$(?P<path>[.\[\]\w]*)`")


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


def make(code: str, status: int, request_id: str, detail: str = "", **more: Any) -> Problem:
    title = code.replace("_", " ").capitalize()
    return Problem(f"/problems/{code}", title, status, code, request_id, detail, **more)


def of(error: Exception, request_id: str) -> Problem:
    """The problem that answers an exception; a defect of ours is answered without a word about it."""
    if isinstance(error, errors.Refusal):
        return make(error.code, status_of(type(error)), request_id, error.detail, facts=dict(error.facts))
    if isinstance(error, exceptions.ValidationException):
        return make("invalid", 400, request_id, "the input breaks a stated rule", errors=list(_places(error.extra)))
    if isinstance(error, exceptions.HTTPException) and error.status_code < 500:
        cause = error.__cause__
        if isinstance(cause, msgspec.ValidationError):
            return make("invalid", 400, request_id, "the input breaks a stated rule", errors=[place(str(cause))])
        code = _HTTP_CODES.get(error.status_code, "refused")
        return make(code, error.status_code, request_id)
    return make("internal_error", 500, request_id, "the fault is ours; quote the request id when you report it")


def status_of(type_: type[errors.Refusal]) -> int:
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
    path = _POINTER.search(message)
    reason = next((reason for start, reason in _REASONS if message.startswith(start)), "is not valid")
    return {"path": "$" + (path["path"] if path else ""), "reason": reason}


def _places(extra: Any) -> Iterator[dict[str, str]]:
    for item in extra if isinstance(extra, list) else []:
        found = place(str(item.get("message", "")))
        key = item.get("key")
        source = item.get("source")
        if isinstance(key, str) and source in {"query", "path", "header", "cookie"}:
            found["path"] = f"{source}.{key}"  # names of parameters are ours
        yield found


def _descendants(type_: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    for child in type_.__subclasses__():
        yield child
        yield from _descendants(child)
