"""The tripwire's score on data it has never seen: a fresh seed in each run, and cases written by hand before it existed."""

import json
import os
import pathlib
import secrets
from collections import Counter

import pytest

from boundary.privacy import scan
from tests.boundary.privacy import corpus

SEED = int(os.environ.get("SCAN_SEED") or secrets.randbelow(2**32))
SAMPLE = 4_000
HELD_OUT = json.loads((pathlib.Path(__file__).parent / "held_out.json").read_text())


@pytest.mark.parametrize("make", [corpus.plain, corpus.encoded])
def test_at_least_99_of_100_personal_values_are_refused(make: corpus.Maker) -> None:
    missed = [case for case in corpus.cases(make, SEED, SAMPLE) if scan.clean(case.value)]
    print(f"seed {SEED}: {make.__name__} missed {Counter(case.kind for case in missed)}")  # noqa: T201 -- a seed to repeat
    assert len(missed) <= SAMPLE * 0.01, f"seed {SEED}: {missed[:20]}"


def test_at_most_one_of_1000_legitimate_values_and_messages_is_refused() -> None:
    cases = [*corpus.cases(corpus.clean_value, SEED, 3 * SAMPLE), *corpus.cases(corpus.clean_message, SEED, 2 * SAMPLE)]
    refused = [case for case in cases if not scan.clean(case.value)]
    print(f"seed {SEED}: refused {Counter(case.kind for case in refused)}")  # noqa: T201 -- a seed to repeat
    assert len(refused) <= len(cases) * 0.001, f"seed {SEED}: {refused}"


def test_hand_written_cases_are_told_apart() -> None:
    missed = [case for case in HELD_OUT["personal"] if scan.clean(case["value"])]
    refused = [value for value in HELD_OUT["legitimate"] if not scan.clean(value)]
    assert len(missed) <= len(HELD_OUT["personal"]) * 0.02, missed
    assert refused == []


def test_the_corpus_repeats_itself_from_its_seed() -> None:
    for make in (corpus.plain, corpus.encoded, corpus.clean_value, corpus.clean_message):
        once, again = (list(corpus.cases(make, 7, 50)) for _ in range(2))
        assert str(once) == str(again)
        assert str(once) != str(list(corpus.cases(make, 8, 50)))
