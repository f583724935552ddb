"""Matcher v1, finding: which few names of all lists are worth comparing with one.

An inverted index from keys to names. The keys of a name are its words, the words' skeletons, the persons' names that
rigour knows behind them, and the whole name run together; a key counts for more the fewer names have it. Words that
are one letter apart meet at what both become when one letter is left out, so a typing error finds its way.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rigour.names import Symbol

from customer_stack.screening.matchers import v1_names

_EXACT, _NEAR, _SKELETON, _SKELETON_NEAR, _SYMBOL, _JOINED = 1.0, 0.8, 0.75, 0.5, 0.7, 1.0
_WORD_NEAR_MIN, _SKELETON_MIN, _SKELETON_NEAR_MIN, _JOINED_MIN = 4, 2, 3, 4
_SYMBOLS = frozenset((Symbol.Category.NAME, Symbol.Category.NICK))

Part = tuple[tuple[str, float], ...]


class Index(NamedTuple):
    """`postings` by key, `near` from a shortened key to keys, `weights` of whole names; names are numbers from 0."""

    postings: dict[str, list[int]]
    near: dict[str, list[str]]
    weights: list[float]
    count: int


def build(names: Sequence[v1_names.Read]) -> Index:
    postings: dict[str, list[int]] = defaultdict(list)
    words: list[tuple[str, ...]] = []
    for number, name in enumerate(names):
        parts = _parts(name)
        for key in {key for part in parts for key, _ in part}:
            postings[key].append(number)
        words.append(tuple(part[0][0] for part in parts if part[0][0][0] in "ws"))
    near: dict[str, list[str]] = defaultdict(list)
    for key in sorted(postings):
        for shortened in _shortened(key):
            near[shortened].append(key)
    count = len(names)
    weights = [sum(_idf(count, len(postings[key])) for key in keys) for keys in words]
    return Index(dict(postings), dict(near), weights, count)


def nearest(index: Index, name: v1_names.Read, limit: int) -> list[int]:
    """The numbers of the names that share most with this one."""
    total, found = 0.0, defaultdict[int, float](float)
    for part in _parts(name):
        shares: dict[int, float] = {}
        for key, likeness in _widened(index, part):
            numbers = index.postings.get(key, ())
            share = likeness * _idf(index.count, len(numbers)) if numbers else 0.0
            for number in numbers:
                if shares.get(number, 0.0) < share:
                    shares[number] = share
        if part[0][0][0] in "ws":
            total += _idf(index.count, len(index.postings.get(part[0][0], ())))
        for number, share in shares.items():
            found[number] += share
    weights = index.weights
    ranked = heapq.nlargest(limit, ((share / (total + weights[number]), -number) for number, share in found.items()))
    return [-number for _, number in ranked]


def _idf(count: int, having: int) -> float:
    return math.log((count + 1) / (having + 0.5)) + 0.1


def _parts(name: v1_names.Read) -> list[Part]:
    """The keys of each word, best first, and of the whole. A word of a script that we read is its skeleton too."""
    if name.name is None:
        return []
    symbols: dict[int, list[str]] = defaultdict(list)
    for span in name.name.spans:
        if span.symbol.category in _SYMBOLS and len(span.parts) == 1:
            symbols[span.parts[0].index].append(f"y{span.symbol.id}")
    parts = [
        ((f"w{part.comparable}", _EXACT), *((key, _SYMBOL) for key in sorted(set(symbols[part.index]))))
        for part in name.name.parts
    ]
    parts += [((f"s{bones}", _SKELETON),) for bones in name.skeleton if len(bones) >= _SKELETON_MIN]
    joined, bones = "".join(part.comparable for part in name.name.parts), "".join(name.skeleton)
    if len(joined) >= _JOINED_MIN:
        parts.append(((f"j{joined}", _JOINED),))
    if len(bones) >= _JOINED_MIN:
        parts.append(((f"k{bones}", _JOINED),))
    return parts


def _widened(index: Index, part: Part) -> Iterator[tuple[str, float]]:
    yield from part
    for key, _ in part[:1]:
        if key[0] not in "ws" or len(key) <= _near_min(key):
            continue
        factor = _NEAR if key[0] == "w" else _SKELETON_NEAR
        others = {other for shortened in (key, *_shortened(key)) for other in index.near.get(shortened, ())}
        others.update(shortened for shortened in _shortened(key) if shortened in index.postings)
        others.discard(key)
        for other in sorted(others):
            yield other, factor


def _near_min(key: str) -> int:
    return _WORD_NEAR_MIN if key[0] == "w" else _SKELETON_NEAR_MIN


def _shortened(key: str) -> list[str]:
    """The key with each of its letters left out in turn; its first one says what kind it is."""
    if key[0] not in "ws" or len(key) <= _near_min(key):
        return []
    return [key[:at] + key[at + 1 :] for at in range(1, len(key))]
