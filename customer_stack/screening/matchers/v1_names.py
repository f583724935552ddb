"""Matcher v1, names: two names as rigour reads them, pieced together word by word.

rigour says which words stand for the same thing (a nickname, a legal form, a number, a name in another script) and
aligns the rest letter by letter. What a piece counts for is decided here: legal forms and generic words little,
numbers much, a word that the other name lacks less if it is the list's than if it is the customer's.
"""

import functools
from typing import NamedTuple

from rigour.names import (
    Alignment,
    CompareConfig,
    Name,
    NamePart,
    NamePartTag,
    NameTypeTag,
    Symbol,
    align_person_name_order,
    analyze_names,
    compare_parts,
    pair_symbols,
)
from rigour.text import is_stopword

from customer_stack.screening import model
from customer_stack.screening.matchers import v1_skeleton

_CATEGORY = Symbol.Category
# What a pair of words counts for that share a symbol, and how alike they then are if they are written differently.
_PAIR_WEIGHT = {
    _CATEGORY.ORG_CLASS: 0.7, _CATEGORY.INITIAL: 0.5, _CATEGORY.NICK: 0.8, _CATEGORY.SYMBOL: 0.3,
    _CATEGORY.NUMERIC: 1.3, _CATEGORY.LOCATION: 0.8,
}  # fmt: skip
_PAIR_SCORE = {
    _CATEGORY.ORG_CLASS: 0.8, _CATEGORY.INITIAL: 0.9, _CATEGORY.NAME: 0.9, _CATEGORY.NICK: 0.6, _CATEGORY.SYMBOL: 0.9,
    _CATEGORY.NUMERIC: 0.9, _CATEGORY.LOCATION: 0.9,
}  # fmt: skip
_ALONE_WEIGHT = {
    _CATEGORY.ORG_CLASS: 0.7, _CATEGORY.SYMBOL: 0.7, _CATEGORY.NUMERIC: 1.3, _CATEGORY.LOCATION: 0.8,
}  # fmt: skip
_PERSONAL = frozenset((_CATEGORY.INITIAL, _CATEGORY.NICK))
_ORGANISED = frozenset((_CATEGORY.ORG_CLASS, _CATEGORY.SYMBOL, _CATEGORY.DOMAIN, _CATEGORY.LOCATION))
_QUERY_ALONE, _CANDIDATE_ALONE = 0.7, 0.5
_STOP_ALONE, _STOP = 0.5, 0.7
_NO_SYMBOLS = frozenset(("sinhala", "tamil"))  # scripts of which rigour knows no names: the skeleton stands alone
_CONFIG = CompareConfig()
REMEMBERED = 8_192
_TAGS = {
    model.Kind.PERSON: NameTypeTag.PER,
    model.Kind.ORGANISATION: NameTypeTag.ENT,
    model.Kind.VESSEL: NameTypeTag.OBJ,
    model.Kind.AIRCRAFT: NameTypeTag.OBJ,
}


class Read(NamedTuple):
    """A name, read once as each kind that it may be."""

    text: str
    name: Name | None
    script: str
    skeleton: tuple[str, ...]


class Likeness(NamedTuple):
    """How alike two names are, as the mean over `letters` and `skeleton` where scripts differ; -1: not compared."""

    score: float
    letters: float
    skeleton: float
    pieces: str


def kind_of(text: str) -> model.Kind:
    """A guess, for names that come without one: whatever has a legal form or a generic word is an organisation."""
    symbols = (symbol for name in analyze_names(NameTypeTag.ENT, [text]) for symbol in name.symbols)
    found = any(symbol.category in _ORGANISED for symbol in symbols)
    return model.Kind.ORGANISATION if found else model.Kind.PERSON


def read(text: str, kind: model.Kind, *, queried: bool) -> Read:
    names = analyze_names(_TAGS[kind], [text], infer_initials=queried, phonetics=False)
    first = min(names, key=lambda name: name.form, default=None)
    return Read(text, first, v1_skeleton.script_of(text), v1_skeleton.of(text))


@functools.lru_cache(maxsize=REMEMBERED)
def listed(text: str, kind: model.Kind) -> Read:
    """A name of a list. All names of all lists, read, would take more memory than the lists and their index together; a
    few thousand are met again and again.
    """
    return read(text, kind, queried=False)


def compare(query: Read, candidate: Read) -> Likeness:
    if query.name is None or candidate.name is None:
        return Likeness(0.0, 0.0, -1.0, "")
    if query.name.comparable == candidate.name.comparable:
        return Likeness(1.0, 1.0, -1.0, query.name.comparable)
    letters, pieces = _letters(query.name, candidate.name)
    if query.script == candidate.script:
        return Likeness(letters, letters, -1.0, pieces)
    skeleton = v1_skeleton.likeness(query.skeleton, candidate.skeleton)
    if query.script in _NO_SYMBOLS or candidate.script in _NO_SYMBOLS:
        return Likeness(skeleton, -1.0, skeleton, pieces)
    return Likeness((letters + skeleton) / 2, letters, skeleton, pieces)


def _letters(query: Name, candidate: Name) -> tuple[float, str]:
    """The best way to pair what the names have in common. Ways of equal worth are told apart by their wording."""
    best: tuple[float, tuple[str, ...]] = (0.0, ())
    for edges in pair_symbols(query, candidate):
        pieces = _pieces(query, candidate, edges)
        weight = sum(piece.weight for piece in pieces)
        score = sum(piece.score * piece.weight for piece in pieces) / weight if weight else 0.0
        score = round(score, 9)  # rigour may hand pieces over in any order, and sums of floats notice
        if score >= best[0]:
            best = max(best, (score, tuple(sorted(map(_worded, pieces)))))
    return best[0], " ".join(best[1])


def _pieces(query: Name, candidate: Name, edges: tuple[Alignment, ...]) -> list[Alignment]:
    for edge in edges:
        assert edge.symbol is not None, "pair_symbols pairs by symbols"
        edge.score = _PAIR_SCORE.get(edge.symbol.category, 1.0)
        edge.weight = _PAIR_WEIGHT.get(edge.symbol.category, 1.0)
    in_query = {part for edge in edges for part in edge.qps}
    in_candidate = {part for edge in edges for part in edge.rps}
    rest_query = [part for part in query.parts if part not in in_query]
    rest_candidate = [part for part in candidate.parts if part not in in_candidate]
    pieces = list(edges)
    if rest_query or rest_candidate:
        if query.tag == NameTypeTag.PER:
            rest_query, rest_candidate = align_person_name_order(rest_query, rest_candidate)
        else:
            rest_query, rest_candidate = NamePart.tag_sort(rest_query), NamePart.tag_sort(rest_candidate)
        pieces += compare_parts(rest_query, rest_candidate, config=_CONFIG)
    for piece in pieces:
        _weigh(piece, query, candidate)
    return pieces


def _weigh(piece: Alignment, query: Name, candidate: Name) -> None:
    if not piece.qps:
        piece.weight = _CANDIDATE_ALONE * _alone(piece.rps, candidate)
    elif not piece.rps:
        piece.weight = _QUERY_ALONE * _alone(piece.qps, query)
    elif piece.qstr == piece.rstr:
        piece.score = 1.0
    if _is_stop(piece.qps) or _is_stop(piece.rps):
        piece.weight *= _STOP


def _alone(parts: tuple[NamePart, ...], name: Name) -> float:
    """What a word counts for that the other name lacks."""
    if len(parts) == 1 and _is_stopword(parts[0].form):
        return _STOP_ALONE
    weight = 1.0
    for span in name.spans:
        if span.symbol.category not in _PERSONAL and span.parts == parts:
            weight *= _ALONE_WEIGHT.get(span.symbol.category, 1.0)
    return weight


@functools.lru_cache(maxsize=65_536)
def _is_stopword(form: str) -> bool:
    return is_stopword(form)


def _is_stop(parts: tuple[NamePart, ...]) -> bool:
    return len(parts) == 1 and parts[0].tag == NamePartTag.STOP


def _worded(piece: Alignment) -> str:
    if not piece.qps:
        return f"+{piece.rstr}"
    if not piece.rps:
        return f"-{piece.qstr}"
    if piece.qstr == piece.rstr:
        return piece.qstr
    sign = f"[{piece.symbol.category.value}]" if piece.symbol else f"[{round(piece.score * 100)}]"
    return f"{piece.qstr}~{piece.rstr}{sign}"
