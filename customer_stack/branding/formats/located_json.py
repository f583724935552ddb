"""JSON as the kernel accepts it, with errors that name a line or a key: whoever reads them has the file open."""

import json
from typing import Any

from boundary.kernel import strict_json
from customer_stack.branding import model


class _Object(dict[str, Any]):
    """An object that remembers a key it was given twice."""

    doubled: str | None = None


def parse(document: str, data: bytes) -> Any:
    """The plain value of the bytes; `document` is what errors call them."""
    try:
        strict_json.check(data)
    except strict_json.NotJson as refusal:
        problem = _locate(data) or model.Problem("", refusal.detail)
        raise model.BadConfig(document, (problem,)) from None
    return json.loads(data)


def _locate(data: bytes) -> model.Problem | None:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        return model.Problem("", f"byte {error.start} is not UTF-8")
    except json.JSONDecodeError as error:
        return model.Problem("", f"line {error.lineno}, column {error.colno}: {error.msg}")
    except (ValueError, RecursionError):
        return None
    pointer = _first_doubled(value)
    return model.Problem(pointer, "this key stands here twice") if pointer else None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object()
    for key, value in pairs:
        if key in made:
            made.doubled = key
        made[key] = value
    return made


def _first_doubled(value: Any, at: str = "") -> str | None:
    if isinstance(value, _Object) and value.doubled is not None:
        return at + model.step(value.doubled)
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = (_first_doubled(inner, at + model.step(key)) for key, inner in steps)
    return next(filter(None, found), None)
