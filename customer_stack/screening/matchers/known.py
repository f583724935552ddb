"""Every matcher that ever decided something, by the name that decisions give it. None is ever taken out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from customer_stack.screening import model
from customer_stack.screening.matchers import v1


class Matcher(NamedTuple):
    """`decide(prepared, query, threshold=…, limit=…)`, on what `prepare(lists)` made."""

    prepare: Callable[[Sequence[model.List]], Any]
    decide: Callable[..., model.Decision]
    libraries: Mapping[str, str]


BY_NAME: Mapping[str, Matcher] = {v1.NAME: Matcher(v1.prepare, v1.decide, v1.LIBRARIES)}
CURRENT = v1.NAME
