"""What is known beside a name moves its score, every reason is told, and the same question has the same answer."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack.screening import model
from customer_stack.screening.matchers import v1, v1_skeleton
from customer_stack.screening.service import matching
from tests.customer.screening import samples

LISTS = matching.read_lists(
    [
        model.ListFile("un.xml", samples.UN),
        model.ListFile("sdn.csv", samples.SDN),
        model.ListFile("alt.csv", samples.ALT),
        model.ListFile("add.csv", samples.ADD),
    ]
)
SCREENER = matching.prepare(LISTS)


def asked(name: str, **known: object) -> model.Decision:
    return matching.screen(SCREENER, model.Query(name, **known), threshold=0, limit=10)


def best(name: str, **known: object) -> model.Candidate:
    return asked(name, **known).candidates[0]


@pytest.mark.parametrize(
    "name, ref",
    [
        ("Harun al-Misbahi", "9000001"),
        ("Misbahi Harun", "9000001"),
        ("HARUN MISBAHY", "101"),
        ("هارون المصباحي", "9000001"),
        ("Lantern Oil Trading Limited", "103"),
        ("LanternStar", "102"),
    ],
)
def test_who_is_listed_is_found_however_the_name_is_written(name: str, ref: str) -> None:
    found = asked(name).candidates
    assert ref in {each.ref for each in found[:3]}
    assert found[0].score >= 700_000


def test_somebody_else_is_not_found() -> None:
    assert [each for each in asked("Tilda Sample").candidates if each.score >= 500_000] == []


@pytest.mark.parametrize(
    "better, worse",
    [
        ({"born": date(1970, 5, 4)}, {"born": date(1991, 1, 1)}),
        ({"countries": ("sy",)}, {"countries": ("is",)}),
        ({"kind": model.Kind.PERSON}, {"kind": model.Kind.VESSEL}),
        ({"identifiers": ("s 000-1234",)}, {"identifiers": ("S9999999",)}),
    ],
)
def test_what_agrees_ranks_above_what_contradicts(better: dict[str, object], worse: dict[str, object]) -> None:
    agreeing, silent, contradicting = (best("Harun Misbahy", **known) for known in (better, {}, worse))
    assert agreeing.score >= silent.score >= contradicting.score
    assert agreeing.rank > contradicting.rank


def test_the_same_document_is_enough_under_any_name() -> None:
    found = best("Somebody Quite Different", identifiers=("S0001234",))
    assert (found.ref in {"101", "9000001"}, found.score >= 980_000) == (True, True)


def test_a_list_that_knows_no_birth_date_lets_nobody_pass_by_theirs() -> None:
    assert best("Lantern Oil Trading", born=date(1990, 1, 1)).score == best("Lantern Oil Trading").score


def test_a_weak_alias_counts_for_less_than_a_good_one() -> None:
    weak = next(each for each in asked("Abu Lantern").candidates if each.ref == "9000001")
    assert weak.quality == model.Quality.WEAK
    assert weak.score < model.ONE
    assert [each.effect for each in weak.features if each.name == "alias_quality"] == [v1.v1_features.WEAK]


def test_every_point_of_a_score_has_its_reason() -> None:
    known = {"born": date(1975, 5, 4), "countries": ("sy",), "kind": model.Kind.PERSON}
    for each in asked("Harun Misbahy", **known).candidates:
        assert each.score == min(model.ONE, max(0, sum(feature.effect for feature in each.features)))
        assert each.features[0].detail


def test_scripts_that_differ_are_compared_by_their_consonants_too() -> None:
    lists = matching.read_lists([model.ListFile("sdn.csv", samples.SDN), *_rest()])
    (found, *_) = matching.screen(matching.prepare(lists), model.Query("هارون مصباحي"), threshold=0, limit=1).candidates
    values = {feature.name: feature.value for feature in found.features}
    assert found.ref == "101"
    assert values["name"] == round((values["name_letters"] + values["name_skeleton"]) / 2)


def _rest() -> list[model.ListFile]:
    return [model.ListFile("alt.csv", samples.ALT), model.ListFile("add.csv", samples.ADD)]


@pytest.mark.parametrize(
    "left, right",
    [
        ("හරුන් සාම්පල", "Harun Sampala"),
        ("ஹருன் மிஸ்பாஹி", "Harun Misbahi"),
        ("Харун Мисбахи", "Harun Misbahi"),
        ("هارون المصباحي", "Harun al-Misbahi"),
    ],
)
def test_a_skeleton_is_the_same_in_each_script(left: str, right: str) -> None:
    assert v1_skeleton.likeness(v1_skeleton.of(left), v1_skeleton.of(right)) >= 0.9


def test_the_decision_names_its_lists_and_libraries() -> None:
    decision = asked("Harun Misbahi")
    assert decision.matcher == "v1"
    assert {each.sha256 for each in decision.lists} == {each.version.sha256 for each in LISTS}
    assert set(decision.libraries) >= {"rigour", "rapidfuzz", "unicode"}


_AGAIN = """
from tests.customer.screening import test_matching as here
import sys
for name in here.NAMES:
    sys.stdout.buffer.write(here.matching.decision_bytes(here.asked(name)))
"""
NAMES = ("Harun Misbahi", "Lantern", "Aaron Misbah", "هارون", "Lantern Oil & Gas Trading Co. Ltd 2", "", "!!", "a")


def test_another_process_gives_the_same_bytes() -> None:
    """With another seed of Python's hashes, and the lists in another order."""
    mine = b"".join(matching.decision_bytes(asked(name)) for name in NAMES)
    call = [sys.executable, "-c", _AGAIN]
    other = subprocess.run(call, env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."}, capture_output=True, check=True)
    assert other.stdout == mine
    orders = [(*LISTS[at:], *LISTS[:at]) for at in range(1, len(LISTS))]
    for order in (*orders, LISTS[::-1]):
        turned = matching.prepare(order)
        assert mine == b"".join(
            matching.decision_bytes(matching.screen(turned, model.Query(name), threshold=0, limit=10)) for name in NAMES
        )


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_have_a_score_and_a_name_is_like_itself(left: str, right: str) -> None:
    assert 0 <= matching.pair(left, right) <= model.ONE
    if any(letter.isascii() and letter.isalpha() for letter in left):
        assert matching.pair(left, left) in {0, model.ONE}


@pytest.mark.parametrize("name", ["x" * 512, "a " * 256, "\u0000", "ﷺ" * 50, "=cmd()"])
def test_a_hostile_name_is_answered(name: str) -> None:
    found: Sequence[model.Candidate] = asked(name).candidates
    assert all(each.score <= model.ONE for each in found)


def test_a_name_that_nobody_has_is_refused() -> None:
    for screened in (lambda: asked("x" * 513), lambda: matching.pair("x", "y " * 300)):
        with pytest.raises(model.BadQuery):
            screened()
