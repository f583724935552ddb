"""Matcher v1, the other way round: whom may a changed entry of a list mean, among many whose names nobody may read?

Every name is cut into the keys of the index (words, skeletons, what symbols stand for, the whole run together) and the
longer ones with a letter left out. Of those a keyed hash of 32 bits is kept beside the sealed name. Two names that
matcher v1 finds alike share most of their words, or what is run together; who shares less is not opened.

A sieve and no judge: whoever passes is opened and compared in full. Hashes of 32 bits let one stranger in millions pass,
and say less about the name than longer ones would.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rigour.names import Symbol

from customer_stack.screening import model
from customer_stack.screening.matchers import v1, v1_features, v1_index, v1_names, v1_skeleton

Blind = Callable[[str], bytes]
"""The keyed hash of a key: 32 bytes, of which the first four are kept."""

WIDTH = 4
_WORDS_MAX = 255
_LONG_MIN = {"w": 4, "s": 5, "k": 6}
"""From how many letters on, its family's included, a key is also kept with each letter left out."""
_NOBODY: frozenset[int] = frozenset()
_GENERIC = frozenset((Symbol.Category.ORG_CLASS, Symbol.Category.SYMBOL))

Place = tuple[int, str, int]
"""Which block of listed names, which family of keys, which word of a name; what is enough alone has the number -1."""

_BLOCK = 256
"""Listed names whose places are bits of one number: what thousands share costs no more than what one has."""


class Sieve(NamedTuple):
    """What changed entries are found by: for each hash the names that have it, as bits by place, and how many words each
    name has. Names are counted through in the order of entries.
    """

    keys: frozenset[int]
    places: Mapping[int, Sequence[tuple[Place, int]]]
    words: Sequence[int]


def of_person(person: model.Person, blind: Blind) -> bytes:
    """The tokens of a person's names and documents, in an order that says nothing, behind the number of words that the
    shortest name has.
    """
    keys: set[str] = set()
    words = _WORDS_MAX
    for name in person.names:
        kind = v1_names.kind_of(name) if person.kind is model.Kind.UNKNOWN else person.kind
        parts = _telling(v1_names.read(name, kind, queried=True))
        if parts:
            words = min(words, _long(parts))
            keys.update(key for part in parts for key in _widened(part))
    keys.update(f"d{v1_features.plain_identifier(each.number)}" for each in person.documents)
    return bytes((words,)) + b"".join(sorted({blind(key)[:WIDTH] for key in keys}))


def sieve(entities: Iterable[model.Entity], blind: Blind) -> Sieve:
    places: dict[int, dict[Place, int]] = defaultdict(dict)
    words: list[int] = []

    def add(key: str, family: str, word: int) -> None:
        block, bit = divmod(len(words), _BLOCK)
        having = places[int.from_bytes(blind(key)[:WIDTH], sys.byteorder)]
        place = block, family, word
        having[place] = having.get(place, 0) | 1 << bit

    for entity in entities:
        for identifier in entity.identifiers:
            add(f"d{identifier.value}", "d", -1)
        for alias in entity.names:
            kind = v1_names.kind_of(alias.name) if entity.kind == model.Kind.UNKNOWN else entity.kind
            parts = _telling(v1_names.read(alias.name, kind, queried=False))
            for number, part in enumerate(parts):
                family = part[0][0][0]
                for key in _widened(part):
                    add(key, family, -1 if family in "jk" else number)
            words.append(_long(parts))
    return Sieve(frozenset(places), {key: tuple(having.items()) for key, having in places.items()}, words)


def reached(of: Sieve, tokens: bytes) -> frozenset[int]:
    """Which listed names somebody with these tokens may be meant by: mostly none."""
    whole = (len(tokens) - 1) // WIDTH * WIDTH
    if whole <= 0:
        return _NOBODY
    met = of.keys.intersection(memoryview(tokens)[1 : 1 + whole].cast("I"))
    if not met:
        return _NOBODY
    having: dict[Place, int] = {}
    for each in met:
        for place, names in of.places[each]:
            having[place] = having.get(place, 0) | names
    found: set[int] = set()
    shared: dict[tuple[int, str], list[int]] = defaultdict(list)
    for (block, family, word), names in having.items():
        if word < 0:
            found.update(_numbers(block, names))
        else:
            _count(shared[block, family], names)
    for (block, _), counts in shared.items():
        for number, names in enumerate(counts, start=1):
            if _enough(number, tokens[0], 0):  # a listed name of more words needs no fewer
                found.update(each for each in _numbers(block, names) if _enough(number, tokens[0], of.words[each]))
    return frozenset(found)


def _count(counts: list[int], names: int) -> None:
    """These names share one word more: `counts` has, as bits, those with one and more, with two and more, and so on."""
    for at, before in enumerate(counts):
        counts[at], names = before | names, before & names
        if not names:
            return
    counts.append(names)


def _numbers(block: int, names: int) -> Iterator[int]:
    while names:
        low = names & -names
        yield block * _BLOCK + low.bit_length() - 1
        names ^= low


def meant(prepared: v1.Prepared, names: Iterable[int], queries: Sequence[model.Query], threshold: int) -> bool:
    """Whether matcher v1 may find somebody through one of these names; `prepared` is of the sieve's entries alone, in
    their order. Errs on the side of whoever has to look.
    """
    for query in queries:
        gain = v1_features.GAIN_MAX if query.born or query.countries else 0
        plain = {v1_features.plain_identifier(each) for each in query.identifiers}
        reads: dict[model.Kind, v1_names.Read] = {}
        for number in sorted(names):
            listed = prepared.names[number]
            if plain and any(each.value in plain for each in listed.entity.identifiers):
                return True
            if listed.kind not in reads:
                reads[listed.kind] = v1_names.read(query.name, listed.kind, queried=True)
            likeness = v1_names.compare(reads[listed.kind], v1_names.listed(listed.alias.name, listed.kind))
            if round(likeness.score * model.ONE) + gain >= threshold:
                return True
    return False


def _enough(shared: int, asked: int, listed: int) -> bool:
    """Whether two names that share so many words can be alike: what the other lacks weighs against them as it does in
    `v1_names`, and half of all is far below any threshold, for words that are alike and share no key.
    """
    return 10 * shared >= 7 * max(0, asked - shared) + 5 * max(0, listed - shared)


def _telling(read: v1_names.Read) -> list[v1_index.Part]:
    """The parts of a name without legal forms and generic words, which half of all firms share; of a name that is made
    of nothing else, all.
    """
    parts = v1_index.parts_of(read)
    if read.name is None:
        return parts
    spans = (span for span in read.name.spans if span.symbol.category in _GENERIC)
    generic = {part.comparable for span in spans for part in span.parts}
    keys = {f"w{word}" for word in generic} | {f"s{bones}" for word in generic for bones in v1_skeleton.of(word)}
    told = [part for part in parts if part[0][0] not in keys]
    return told if any(part[0][0][0] == "w" for part in told) else parts


def _long(parts: Sequence[v1_index.Part]) -> int:
    """Words of more than one letter: an initial is like every name that begins with it."""
    return sum(part[0][0][0] == "w" and len(part[0][0]) > 2 for part in parts)


def _widened(part: v1_index.Part) -> Iterable[str]:
    for key, _ in part:
        yield key
    first = part[0][0]
    if len(first) > _LONG_MIN.get(first[0], len(first)):
        yield from (first[:at] + first[at + 1 :] for at in range(1, len(first)))
