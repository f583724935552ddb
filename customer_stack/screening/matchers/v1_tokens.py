"""Matcher v1, the other way round: whom may a changed entry of a list mean, among many whose names nobody may read?

Every name is cut into the keys of the index (words, skeletons, what symbols stand for, the whole run together) and the
same with one letter left out. Of those a keyed hash of 32 bits is kept beside the sealed name. Two names that matcher v1
finds alike share the keys of two words, or of one if one of them has no second; who shares less is not opened.

A sieve and no judge: whoever passes is opened and compared in full. Hashes of 32 bits let one stranger in millions pass,
and say less about the name than longer ones would.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from customer_stack.screening import model
from customer_stack.screening.matchers import v1_features, v1_index, v1_names

Blind = Callable[[str], bytes]
"""The keyed hash of a key: 32 bytes, of which the first four are kept."""

WIDTH = 4
_WORDS_MAX = 127
_ORGANISATION = 128
_BONES_MIN = 6
_ENOUGH = 2  # words that two names of people must share

Place = tuple[int, str, int]
"""Which listed name, of which family of keys, which word of it; a word that is enough alone has number -1."""


class Sieve(NamedTuple):
    """What changed entries are found by: the places of each hash, and how many words each name has."""

    places: Mapping[int, Sequence[Place]]
    words: Sequence[int]
    organisation: Sequence[bool]


def of_person(person: model.Person, blind: Blind) -> bytes:
    """The tokens of a person's names and documents, in an order that says nothing; first the number of words that the
    shortest name has, and whether it is an organisation's.
    """
    keys: set[str] = set()
    words, organisation = _WORDS_MAX, False
    for name in person.names:
        kind = v1_names.kind_of(name) if person.kind is model.Kind.UNKNOWN else person.kind
        organisation |= kind is not model.Kind.PERSON
        parts = v1_index.parts_of(v1_names.read(name, kind, queried=True))
        if parts:
            words = min(words, _long(parts))
            keys.update(key for part in parts for key in _widened(part))
    keys.update(f"d{v1_features.plain_identifier(each.number)}" for each in person.documents)
    head = words | (_ORGANISATION if organisation else 0)
    hashes = sorted({blind(key)[:WIDTH] for key in keys})
    return bytes((head,)) + b"".join(hashes)


def sieve(entities: Iterable[model.Entity], blind: Blind) -> Sieve:
    places: dict[int, list[Place]] = defaultdict(list)
    words: list[int] = []
    organisation: list[bool] = []

    def add(key: str, place: Place) -> None:
        places[int.from_bytes(blind(key)[:WIDTH], sys.byteorder)].append(place)

    for entity in entities:
        for identifier in entity.identifiers:
            add(f"d{identifier.value}", (len(words), "d", -1))
        for alias in entity.names:
            kind = v1_names.kind_of(alias.name) if entity.kind == model.Kind.UNKNOWN else entity.kind
            parts = v1_index.parts_of(v1_names.read(alias.name, kind, queried=False))
            for number, part in enumerate(parts):
                family = part[0][0][0]
                for key in _widened(part):
                    add(key, (len(words), family, -1 if family in "jk" else number))
            words.append(_long(parts))
            organisation.append(kind is not model.Kind.PERSON)
    return Sieve(dict(places), words, organisation)


def passes(of: Sieve, tokens: bytes) -> bool:
    """Whether somebody with these tokens may be meant by one of the entries."""
    head = tokens[0] if tokens else 0
    hashes = memoryview(tokens)[1 : 1 + (len(tokens) - 1) // WIDTH * WIDTH].cast("I") if len(tokens) > WIDTH else ()
    met = [places for each in hashes if (places := of.places.get(each))]
    if not met:
        return False
    shared: dict[tuple[int, str], set[int]] = defaultdict(set)
    long, organisation = head & _WORDS_MAX, bool(head & _ORGANISATION)
    for places in met:
        for name, family, number in places:
            if number < 0:
                return True
            seen = shared[name, family]
            seen.add(number)
            enough = 1 if organisation and of.organisation[name] else min(_ENOUGH, long, of.words[name])
            if len(seen) >= enough:
                return True
    return False


def _long(parts: Sequence[v1_index.Part]) -> int:
    """Words of more than one letter: an initial is like every name that begins with it."""
    return sum(part[0][0][0] == "w" and len(part[0][0]) > 2 for part in parts)


def _widened(part: v1_index.Part) -> Iterable[str]:
    for key, _ in part:
        yield key
    first = part[0][0]
    yield from v1_index.shortened_of(first)
    if first[0] == "k" and len(first) > _BONES_MIN:  # a letter in the place of a space makes one word of two
        yield from (first[:at] + first[at + 1 :] for at in range(1, len(first)))
