"""Screening as others may use it: lists from files, candidates for queries, likeness of pairs. Nothing here does I/O.

An error is never a pass: a list that is refused raises, and a caller that has no answer has no clearance.
"""

from collections.abc import Iterable
from datetime import datetime

from boundary.kernel import canonical
from customer_stack.screening import model
from customer_stack.screening.formats import values
from customer_stack.screening.lists import inventing, reading
from customer_stack.screening.matchers import v1
from customer_stack.screening.rules import admitting

Screener = v1.Prepared
NAME_MAX = 512


def read_lists(files: Iterable[model.ListFile]) -> tuple[model.List, ...]:
    return reading.read(files)


def admit(found: model.List, last_good: model.Version | None, now: datetime) -> model.Version:
    """The version, if it may replace the last good one; raises `ListRefused` with the reason."""
    admitting.admit(found.version, last_good, now, admitting.limits_of(found.version.publisher))
    return found.version


def prepare(lists: Iterable[model.List]) -> Screener:
    """Takes seconds for whole lists; a screener is used until a list changes."""
    return v1.prepare(tuple(lists))


def screen(screener: Screener, query: model.Query, *, threshold: int, limit: int) -> model.Decision:
    check(query.name)
    return v1.decide(screener, query, threshold=threshold, limit=limit)


def pair(left: str, right: str, kind: model.Kind = model.Kind.UNKNOWN) -> int:
    check(left)
    check(right)
    return v1.pair(left, right, kind)


def check(name: str) -> None:
    """Work grows with the square of a name's words: one that nobody has is refused, not worked on."""
    if len(name) > NAME_MAX:
        raise model.BadQuery(f"a name has more than {NAME_MAX} characters")


def decision_bytes(decision: model.Decision) -> bytes:
    """The decision as it is kept: the same for the same query, lists and libraries, in every run."""
    return canonical.pack(decision)


def countries(texts: Iterable[str]) -> tuple[str, ...]:
    """Countries as lists are read: ISO 3166, whatever they were written as; what is no country is left out."""
    return values.countries(texts)


def invented(ofac: int = inventing.OFAC_ENTITIES, un: int = inventing.UN_ENTITIES) -> tuple[model.ListFile, ...]:
    """Lists about nobody, of full size for measuring, or smaller for showing."""
    return inventing.files(ofac, un)


def sample(lists: Iterable[model.List], count: int) -> list[model.Query]:
    """Queries for measuring: names of the lists, spelt as they are and otherwise, and names that are on none."""
    return inventing.queries(lists, count)
