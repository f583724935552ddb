"""How good the matcher is, on labelled pairs and on real lists: 826 pairs of names, and UN names in Arabic letters."""

import csv
import gzip
import re
from pathlib import Path

import msgspec
import pytest

from customer_stack.screening import model
from customer_stack.screening.service import matching

ARABIC = re.compile("[\u0600-\u06ff]")
pytestmark = pytest.mark.timeout(300)  # rigour prepares its dictionary of names once, which takes seconds


@pytest.fixture(scope="module")
def pairs(vectors: Path) -> list[tuple[int, bool, str]]:
    with (vectors / "names" / "nk_name_bench_cases.csv").open(encoding="utf-8", newline="") as file:
        return [
            (matching.pair(row["name1"], row["name2"]), row["is_match"] == "true", row["quality"])
            for row in csv.DictReader(file)
        ]


def _packed(vectors: Path, name: str) -> bytes:
    return gzip.decompress((vectors / "names" / f"lists_{name}.gz").read_bytes())


@pytest.fixture(scope="module")
def lists(vectors: Path) -> tuple[model.List, ...]:
    parts = ("ofac_sdn.csv", "ofac_alt.csv", "ofac_add.csv", "UN_consolidated_20260227.xml")
    return matching.read_lists([model.ListFile(part, _packed(vectors, part)) for part in parts])


def test_labelled_pairs(pairs: list[tuple[int, bool, str]]) -> None:
    """Names alone, without being told whether a person or a firm is meant."""
    assert len(pairs) == 826
    listed = sum(same for _, same, _ in pairs)

    def f1(threshold: int) -> float:
        found = [same for score, same, _ in pairs if score >= threshold]
        return 2 * sum(found) / (len(found) + listed)

    best = max(sorted({score for score, _, _ in pairs}), key=f1)
    assert f1(best) >= 0.79
    assert [score for score, same, quality in pairs if quality == "STRONG" and same and score < best] == []


def test_real_lists_are_read_whole(lists: tuple[model.List, ...]) -> None:
    un, ofac = sorted(lists, key=lambda each: each.version.entities)
    assert un.version.entities == 1003
    assert ofac.version.entities == 7379
    assert ofac.version.names >= 7379 + 9600
    assert sum(bool(entity.born) for entity in ofac.entities) >= 3500


@pytest.mark.parametrize("aliases", [False, True])
def test_arabic_letters_find_the_latin_name(lists: tuple[model.List, ...], aliases: bool) -> None:
    """Each person's name in Arabic letters, against the list without any: by first names alone, and with all aliases."""
    un = min(lists, key=lambda each: each.version.entities)
    people = [entity for entity in un.entities if entity.kind == model.Kind.PERSON]
    queries = {
        entity.ref: arabic[0]
        for entity in people
        if (arabic := [each.name for each in entity.names if ARABIC.search(each.name)])
    }
    latin = [
        msgspec.structs.replace(
            entity, names=tuple(each for each in entity.names if not ARABIC.search(each.name))[: None if aliases else 1]
        )
        for entity in people
    ]
    screener = matching.prepare([msgspec.structs.replace(un, entities=tuple(latin))])
    found = 0
    for ref, name in queries.items():
        decision = matching.screen(screener, model.Query(name, model.Kind.PERSON), threshold=0, limit=1)
        found += [each.ref for each in decision.candidates] == [ref]
    assert len(queries) >= 320
    assert found / len(queries) >= 0.89


def test_whoever_is_listed_is_found_under_each_name(lists: tuple[model.List, ...]) -> None:
    """The index loses nobody: every 40th name of both lists finds its entry with a full score of the name."""
    screener = matching.prepare(lists)
    for each in lists:
        for entity in each.entities[::40]:
            for alias in entity.names:
                decision = matching.screen(screener, model.Query(alias.name, entity.kind), threshold=500_000, limit=24)
                refs = {candidate.ref for candidate in decision.candidates}
                same = {c.name.casefold() for c in decision.candidates if c.features[0].value == model.ONE}
                assert entity.ref in refs or len(same) >= 1, alias.name
