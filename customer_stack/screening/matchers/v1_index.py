"""Matcher v1, finding: which few names of all lists are worth comparing with one.

An inverted index from keys to names. The keys of a name are its words, the words' skeletons, the persons' names that
rigour knows behind them, and the whole name run together; a key counts for more the fewer names have it. Words that
are one letter apart meet at what both become when one letter is left out, so a typing error finds its way.
"""

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rigour.names import Symbol

from customer_stack.screening.matchers import v1_names

_EXACT, _NEAR, _SKELETON, _SKELETON_NEAR, _SYMBOL, _JOINED = 1.0, 0.8, 0.75, 0.35, 0.7, 1.0
_WORD_NEAR_MIN, _SKELETON_MIN, _SKELETON_NEAR_MIN, _JOINED_MIN = 4, 2, 3, 4
_SYMBOLS = frozenset((Symbol.Category.NAME, Symbol.Category.NICK))

COMMON = 250  # a key that more names have is common
SHARE_MIN = 0.4  # of the best: names that share less with the query are not compared

Part = tuple[tuple[str, float], ...]
_Shares = list[tuple[float, frozenset[int]]]


class Index(NamedTuple):
    """`postings` by key (those of `common` keys as sets too), `near` from a shortened key to keys, `weights` of whole
    names. Names are numbers from 0.
    """

    postings: dict[str, list[int]]
    common: dict[str, frozenset[int]]
    near: dict[str, list[str]]
    weights: list[float]
    size: int


def build(names: Iterable[v1_names.Read]) -> Index:
    postings: dict[str, list[int]] = defaultdict(list)
    words: list[tuple[str, ...]] = []
    for number, name in enumerate(names):
        parts = parts_of(name)
        for key in {key for part in parts for key, _ in part}:
            postings[key].append(number)
        words.append(tuple(part[0][0] for part in parts if part[0][0][0] in "ws"))
    near: dict[str, list[str]] = defaultdict(list)
    for key in sorted(postings):
        for shortened in _shortened(key):
            near[shortened].append(key)
    count = len(words)
    weights = [sum(_idf(count, len(postings[key])) for key in keys) for keys in words]
    common = {key: frozenset(numbers) for key, numbers in postings.items() if len(numbers) > COMMON}
    return Index(dict(postings), common, dict(near), weights, count)


def nearest(index: Index, name: v1_names.Read, limit: int) -> list[int]:
    """The numbers of the names that share most with this one.

    Words that thousands of names have find nobody on their own: they count for names that a rarer word found, and for
    names that have two of them. Otherwise every query with a common name would weigh thousands.
    """
    found = defaultdict[int, float](float)
    common: list[tuple[str, _Shares]] = []
    total = 0.0
    for part in parts_of(name):
        family = part[0][0][0]
        if family in "ws":
            total += _idf(index.size, len(index.postings.get(part[0][0], ())))
        often: _Shares = []
        for number, share in _rare(index, part, often).items():
            found[number] += share
        if often:
            common.append((family, often))
    if common:
        _add_common(found, common)
    weights, least = index.weights, max(found.values(), default=0.0) * SHARE_MIN
    ranked = [(share / (total + weights[number]), -number) for number, share in found.items() if share >= least]
    best = heapq.nlargest(limit, ranked)
    return [-number for rank, number in best if rank >= best[0][0] * SHARE_MIN]


def _rare(index: Index, part: Part, often: _Shares) -> dict[int, float]:
    """What each name gets for this part, by its rare keys; the common ones are put into `often`."""
    shares: dict[int, float] = {}
    for key, likeness in _widened(index, part):
        numbers = index.postings.get(key)
        if numbers is None:
            continue
        share = likeness * _idf(index.size, len(numbers))
        if len(numbers) > COMMON:
            often.append((share, index.common[key]))
            continue
        for number in numbers:
            if shares.get(number, 0.0) < share:
                shares[number] = share
    return shares


def _add_common(found: defaultdict[int, float], common: Sequence[tuple[str, _Shares]]) -> None:
    """Names with two common words join; then every common word counts for whoever has it."""
    wholes = [
        (family, often[0][1] if len(often) == 1 else frozenset().union(*(each for _, each in often)))
        for family, often in common
    ]
    least = max(found.values(), default=0.0) * SHARE_MIN
    reach = sum(max(map(_share, often)) for _, often in common)
    joining = {number for number, share in found.items() if share + reach >= least}
    if reach >= least:
        for (family, left), (other, right) in itertools.combinations(wholes, 2):
            if family == other:
                joining |= left & right
    if not joining:
        joining = set(wholes[0][1])
    for _, often in common:
        got: dict[int, float] = {}
        for share, numbers in sorted(often, key=_share):
            got.update(dict.fromkeys(joining & numbers, share))
        for number, share in got.items():
            found[number] += share


def _share(each: tuple[float, frozenset[int]]) -> float:
    return each[0]


def _idf(count: int, having: int) -> float:
    return math.log((count + 1) / (having + 0.5)) + 0.1


def parts_of(name: v1_names.Read) -> list[Part]:
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
