"""Matcher v1: rigour's reading of names, consonants across scripts, and what is known beside the name.

Kept for ever: decisions name it, and must come out the same when they are made again. Whatever would change a score is
a `v2` beside this module. The versions of the libraries that it stands on are part of every decision.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import NamedTuple

from customer_stack.screening import model
from customer_stack.screening.matchers import v1_features, v1_index, v1_names

NAME = "v1"
COMPARED_MAX = 24  # names compared in full for each query; the index orders all others behind them
COMPARED_MAX_ACROSS = 64  # of a query in another script, whose consonants alone find the names
LIBRARIES: Mapping[str, str] = {
    "normality": version("normality"),
    "pyicu-wheels": version("pyicu-wheels"),  # brings ICU itself
    "rapidfuzz": version("rapidfuzz"),
    "rigour": version("rigour"),
    "unicode": unicodedata.unidata_version,
}
UNKNOWN = model.ONE // 2  # a feature that says nothing ranks between agreement and contradiction


class Listed(NamedTuple):
    """One name of one entry."""

    publisher: model.Publisher
    entity: model.Entity
    alias: model.Alias
    kind: model.Kind


class Prepared(NamedTuple):
    """Lists, read and indexed."""

    versions: tuple[model.Version, ...]
    names: tuple[Listed, ...]
    found_by: v1_index.Index
    documents: Mapping[str, Sequence[int]]  # numbers of names, by the identifiers of their entries


def prepare(lists: Sequence[model.List]) -> Prepared:
    ordered = sorted(lists, key=lambda each: each.version)
    names = tuple(
        _listed(each.version.publisher, entity, alias)
        for each in ordered
        for entity in each.entities
        for alias in entity.names
    )
    documents: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        for identifier in name.entity.identifiers:
            documents.setdefault(identifier.value, []).append(number)
    versions = tuple(each.version for each in ordered)
    reads = (v1_names.read(each.alias.name, each.kind, queried=False) for each in names)
    return Prepared(versions, names, v1_index.build(reads), documents)


def _listed(publisher: model.Publisher, entity: model.Entity, alias: model.Alias) -> Listed:
    kind = v1_names.kind_of(alias.name) if entity.kind == model.Kind.UNKNOWN else entity.kind
    return Listed(publisher, entity, alias, kind)


def decide(prepared: Prepared, query: model.Query, *, threshold: int, limit: int) -> model.Decision:
    """Everybody on the lists who may be meant, best first, with the reasons."""
    guessed = v1_names.kind_of(query.name) if query.kind == model.Kind.UNKNOWN else query.kind
    reads = {guessed: v1_names.read(query.name, guessed, queried=True)}
    best: dict[tuple[model.Publisher, str], model.Candidate] = {}
    for number in _worth_comparing(prepared, query, reads[guessed]):
        listed = prepared.names[number]
        if listed.kind not in reads:
            reads[listed.kind] = v1_names.read(query.name, listed.kind, queried=True)
        likeness = v1_names.compare(reads[listed.kind], v1_names.listed(listed.alias.name, listed.kind))
        if not query.identifiers and _millionths(likeness.score) + v1_features.GAIN_MAX < threshold:
            continue  # nothing beside the name can lift it
        candidate = _judged(query, listed, likeness)
        key = (candidate.publisher, candidate.ref)
        if candidate.score >= threshold and (key not in best or _order(candidate) < _order(best[key])):
            best[key] = candidate
    candidates = tuple(sorted(best.values(), key=_order)[:limit])
    return model.Decision(NAME, dict(LIBRARIES), prepared.versions, threshold, candidates)


def _worth_comparing(prepared: Prepared, query: model.Query, read: v1_names.Read) -> list[int]:
    """Names like this one, and all names of whoever has a document of this number."""
    limit = COMPARED_MAX if read.script == "latin" else COMPARED_MAX_ACROSS
    near = v1_index.nearest(prepared.found_by, read, limit)
    plain = {v1_features.plain_identifier(each) for each in query.identifiers}
    same = {number for each in plain for number in prepared.documents.get(each, ())}
    return near + sorted(same.difference(near))


def _order(candidate: model.Candidate) -> tuple[object, ...]:
    """Best first. The last words only make the order the same in every run."""
    ranked = tuple(-each for each in candidate.rank)
    return (-candidate.score, ranked, candidate.publisher, candidate.ref, candidate.name)


def _judged(query: model.Query, listed: Listed, likeness: v1_names.Likeness) -> model.Candidate:
    entity, name = listed.entity, _millionths(likeness.score)
    described = model.Feature("name", name, name, query.name, listed.alias.name, likeness.pieces)
    parts = [described]
    if likeness.skeleton >= 0:
        parts.append(model.Feature("name_letters", max(0, _millionths(likeness.letters)), 0))
        parts.append(model.Feature("name_skeleton", _millionths(likeness.skeleton), 0))
    beside = (
        v1_features.alias(listed.alias.quality),
        v1_features.kind(query.kind, entity.kind),
        v1_features.born(query.born, entity.born),
        v1_features.country(query.countries, entity.countries),
        v1_features.identifier(query.identifiers, entity.identifiers),
    )
    features = (*parts, *(each for each in beside if each is not None))
    values = {each.name: each.value for each in features}
    rank = (
        name,
        *(values.get(each, UNKNOWN) for each in ("identifier", "birth_date", "country", "kind")),
        _QUALITIES[listed.alias.quality],
    )
    return model.Candidate(
        publisher=listed.publisher,
        ref=entity.ref,
        kind=entity.kind,
        name=listed.alias.name,
        quality=listed.alias.quality,
        score=_score(features),
        rank=rank,
        features=features,
    )


_QUALITIES = {model.Quality.PRIMARY: model.ONE, model.Quality.GOOD: model.ONE // 2, model.Quality.WEAK: 0}


def _score(features: Sequence[model.Feature]) -> int:
    """The name, moved by what is beside it; the same document is enough on its own."""
    floor = sum(each.effect for each in features if each.name == "identifier")
    moved = sum(each.effect for each in features if each.name != "identifier")
    return min(model.ONE, max(0, moved, floor))


def pair(left: str, right: str, kind: model.Kind = model.Kind.UNKNOWN) -> int:
    """How alike two names are, and nothing else: what a measurement of the matcher wants."""
    if kind == model.Kind.UNKNOWN:
        kinds = {v1_names.kind_of(left), v1_names.kind_of(right)}
        kind = model.Kind.ORGANISATION if model.Kind.ORGANISATION in kinds else model.Kind.PERSON
    query, candidate = v1_names.read(left, kind, queried=True), v1_names.read(right, kind, queried=False)
    return _millionths(v1_names.compare(query, candidate).score)


def _millionths(score: float) -> int:
    return round(score * model.ONE)
