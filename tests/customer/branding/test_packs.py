"""The dated packs: their selection, their limits, and that every figure in the four we ship has a source."""

import json
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import strategies

from customer_stack.branding import model, service
from customer_stack.branding.adapters import files
from customer_stack.branding.rules import packs as rules

PACKS = files.jurisdictions()
LK = rules.pack_at(PACKS, "LK", date(2026, 1, 1))


def lkr(amount: int) -> model.Amount:
    return model.Amount(amount=f"{amount}.00", currency="LKR")


def changed(**fields: Any) -> model.Pack:
    return msgspec.structs.replace(LK, **fields)


def details(*packs: model.Pack) -> dict[str, str]:
    return {problem.pointer: problem.detail for problem in rules.problems(packs, code="LK")}


def test_the_four_jurisdictions_are_there() -> None:
    assert {pack.code for pack in PACKS} == {"LK", "LU", "AE", "US"}


def test_a_version_holds_from_its_first_day_until_the_next_begins() -> None:
    before, after = (rules.pack_at(PACKS, "AE", date(2026, *day)) for day in ((5, 31), (6, 1)))
    assert (before.minimum_age, after.minimum_age) == (21, 18)
    assert before.effective_from < after.effective_from == date(2026, 6, 1)


@pytest.mark.parametrize("code", ["LK", "LU", "AE", "US"])
def test_a_day_before_the_first_version_is_refused(code: str) -> None:
    first = min(pack.effective_from for pack in PACKS if pack.code == code)
    assert rules.pack_at(PACKS, code, first).effective_from == first
    with pytest.raises(model.NoPack, match=code):
        rules.pack_at(PACKS, code, first - timedelta(days=1))


def test_an_unknown_jurisdiction_is_refused() -> None:
    with pytest.raises(model.NoPack):
        rules.pack_at(PACKS, "ZZ", date(2026, 1, 1))


def test_the_order_of_the_versions_does_not_matter() -> None:
    day = date(2030, 1, 1)
    assert rules.pack_at(PACKS, "LU", day) == rules.pack_at(PACKS[::-1], "LU", day)


def test_law_changes_at_midnight_of_the_place_and_not_of_utc() -> None:
    midnight_in_dubai = datetime(2026, 5, 31, 20, tzinfo=UTC)
    assert rules.pack_now(PACKS, "AE", midnight_in_dubai - timedelta(microseconds=1)).minimum_age == 21
    assert rules.pack_now(PACKS, "AE", midnight_in_dubai).minimum_age == 18


def test_a_moment_before_the_first_version_is_refused() -> None:
    with pytest.raises(model.NoPack):
        rules.pack_now(PACKS, "LK", datetime(2024, 1, 1, tzinfo=UTC))


def test_without_overrides_the_limits_are_those_of_the_law() -> None:
    assert rules.effective_limits(LK, model.LimitOverrides()) == LK.limits
    assert rules.minimum_age(LK, model.LimitOverrides()) == LK.minimum_age


def test_a_stricter_override_holds_and_a_looser_one_does_not() -> None:
    overrides = model.LimitOverrides(single=lkr(100), month=lkr(10**12), minimum_age=16)
    limits = rules.effective_limits(LK, overrides)
    assert limits.single == lkr(100)
    assert limits.month == LK.limits.month
    assert rules.minimum_age(LK, overrides) == LK.minimum_age
    assert rules.minimum_age(LK, model.LimitOverrides(minimum_age=25)) == 25


def test_an_override_in_another_currency_loosens_nothing() -> None:
    overrides = model.LimitOverrides(single=model.Amount(amount="1.00", currency="USD"))
    assert rules.effective_limits(LK, overrides) == LK.limits


def test_a_stricter_day_limits_the_single_operation_too() -> None:
    limits = rules.effective_limits(LK, model.LimitOverrides(day=lkr(7)))
    assert (limits.single, limits.day, limits.month) == (lkr(7), lkr(7), LK.limits.month)


@hypothesis.given(*[strategies.none() | strategies.integers(1, 10**9)] * 3)
def test_effective_limits_are_never_looser_than_either_side_and_never_cross(
    single: int | None, day: int | None, month: int | None
) -> None:
    overrides = model.LimitOverrides(
        single=lkr(single) if single else None, day=lkr(day) if day else None, month=lkr(month) if month else None
    )
    limits = rules.effective_limits(LK, overrides)
    for field in ("single", "day", "month"):
        result = rules.money_of(getattr(limits, field))
        assert result <= rules.money_of(getattr(LK.limits, field))
        ours = getattr(overrides, field)
        assert ours is None or result <= rules.money_of(ours)
    assert rules.money_of(limits.single) <= rules.money_of(limits.day) <= rules.money_of(limits.month)
    assert limits.threshold_report == LK.limits.threshold_report


def test_a_figure_without_a_source_is_a_problem() -> None:
    sources = {pointer: text for pointer, text in LK.sources.items() if pointer != "/limits/single"}
    assert "no entry in /sources" in details(changed(sources=sources))["/0/limits/single"]


def test_a_source_for_nothing_is_a_problem() -> None:
    assert "/colour" in details(changed(sources={**LK.sources, "/colour": "a law"}))["/0/sources"]


@pytest.mark.parametrize(
    "field,amount,words",
    [
        ("single", model.Amount(amount="1.00", currency="USD"), "currency is LKR"),
        ("day", model.Amount(amount="1.00", currency="XXQ"), "currency"),
        ("month", model.Amount(amount="0.00", currency="LKR"), "not above zero"),
        ("travel_rule_minimum", model.Amount(amount="1.001", currency="LKR"), "decimals"),
        ("single", lkr(10**9), "limit of a day"),
        ("day", lkr(10**9), "limit of a month"),
    ],
)
def test_a_wrong_limit_is_a_problem(field: str, amount: model.Amount, words: str) -> None:
    limits = msgspec.structs.replace(LK.limits, **{field: amount})
    assert words in details(changed(limits=limits))[f"/0/limits/{field}"]


def test_an_unknown_time_zone_is_a_problem() -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        assert "time zone" in details(changed(time_zone=zone))["/0/time_zone"]


def test_versions_begin_one_after_the_other_and_carry_the_code_of_their_file() -> None:
    assert "not after" in details(LK, LK)["/1/effective_from"]
    assert "is not LK" in details(changed(code="LU"))["/0/code"]
    assert "required" in details(changed(required_languages=()))["/0/required_languages"]


@pytest.mark.parametrize("code", ["LK", "LU", "AE", "US"])
def test_every_figure_of_a_shipped_pack_names_a_law_or_says_that_it_is_our_own(code: str) -> None:
    text = resources.files("customer_stack.branding").joinpath("jurisdictions", f"{code}.json").read_text("utf-8")
    for version in json.loads(text):
        figures = {
            *(f"/limits/{name}" for name in version["limits"]),
            *(f"/deadlines/{name}" for name in version["deadlines"]),
            "/minimum_age",
            "/retention_years",
            "/residency",
        }
        assert figures <= version["sources"].keys()
        for source in version["sources"].values():
            assert (
                source.startswith("operator default") or any(letter.isdigit() for letter in source) or "IANA" in source
            )


@pytest.mark.parametrize(
    "code,limits",
    [
        ("LK", "5000000.00 15000000.00 60000000.00 1000000.00 300000.00"),
        ("LU", "200000.00 1000000.00 5000000.00 15000.00 1000.00"),
        ("AE", "500000.00 2000000.00 10000000.00 55000.00 3500.00"),
        ("US", "250000.00 1000000.00 5000000.00 10000.00 3000.00"),
    ],
)
def test_the_figures_in_force_today(code: str, limits: str) -> None:
    """A change here is a change of law or policy: it wants a new version in the pack, not an edit."""
    pack = rules.pack_at(PACKS, code, date(2026, 11, 1))
    assert " ".join(amount.amount for amount in msgspec.structs.astuple(pack.limits)) == limits


def test_the_threshold_of_luxembourg_falls_when_the_european_regulation_applies() -> None:
    before, after = (rules.pack_at(PACKS, "LU", date(2027, 7, day)) for day in (9, 10))
    assert before.limits.threshold_report.amount == "15000.00"
    assert after.limits.threshold_report.amount == "10000.00"


@pytest.mark.parametrize(
    "data,words",
    [
        (b"{}", "list of versions"),
        (b"[]", "list of versions"),
        (b"[{}]", "/0/code: is missing"),
        (b'[{"tax": 1}]', "/0/tax: is not a field"),
    ],
)
def test_a_pack_file_of_another_shape_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(model.BadConfig, match=words):
        service.read_packs("LK.json", data)
