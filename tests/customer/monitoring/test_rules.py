"""Expressions, packs, deadlines, risk and the travel rule: laws, tables, and attacks on rule files."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import errors
from customer_stack.branding.adapters import files as branding
from customer_stack.monitoring import model
from customer_stack.monitoring.adapters import files
from customer_stack.monitoring.formats import rule_file
from customer_stack.monitoring.model import packs, travel
from customer_stack.monitoring.rules import deadlines, expressions, risk
from customer_stack.monitoring.rules import packs as rules
from customer_stack.monitoring.rules import travel as travel_rules
from customer_stack.monitoring.service import rulebook

SHIPPED = ("AE", "LK", "LU", "US")
LK = rulebook.read(files.shipped("LK"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WINDOW = packs.Window(measure=packs.Measure.SUM, hours=24)


def facts(**more: Any) -> expressions.Facts:
    said: dict[str, Any] = {"amount": 100, "whole": 100, "own_amount": 100, "country": "", "dormant_days": 0,
                            "known_days": 0, "windows": {WINDOW: 7}}  # fmt: skip
    return expressions.Facts(**said | more)


def number(value: int) -> packs.Number:
    return packs.Number(value=value)


def is_(value: bool | None) -> packs.Condition:
    """A condition that comes out so: unknown is a window without a value."""
    left: packs.Numeric = WINDOW if value is None else number(1)
    return packs.Compare(is_=packs.Comparison.GE, left=left, right=number(0 if value is not False else 2))


TRUTH = st.sampled_from([True, False, None])


@given(st.lists(TRUTH, min_size=1, max_size=5))
def test_all_any_and_not_are_kleenes(values: list[bool | None]) -> None:
    known = facts(windows={WINDOW: None})
    parts = tuple(is_(value) for value in values)
    both = expressions.holds(packs.All(of=parts), known, LK)
    assert both is (False if False in values else None if None in values else True)
    one = expressions.holds(packs.Some(of=parts), known, LK)
    assert one is (True if True in values else None if None in values else False)
    opposite = {True: False, False: True, None: None}
    assert expressions.holds(packs.Not(of=parts[0]), known, LK) is opposite[values[0]]
    mirrored = packs.Not(of=packs.Some(of=tuple(packs.Not(of=part) for part in parts)))
    assert expressions.holds(mirrored, known, LK) is both


@given(
    st.integers(0, 10**15), st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**12), st.integers(0, 10**6)
)
def test_a_limit_in_another_currency_divides_amounts_where_their_worth_does(
    amount: int, numerator: int, denominator: int, limit: int, step: int
) -> None:
    """What the database is told to count is what would be counted one by one."""
    rate = model.Rate(numerator, denominator)
    edge = expressions.largest_below(limit, rate)
    for each in {amount, edge, edge + 1, max(0, edge - step)}:
        assert (expressions.local(each, rate) < limit) is (each <= edge)


@given(st.integers(0, 10**18), st.integers(1, 10**9), st.integers(1, 10**9))
def test_worth_is_never_rounded_down(amount: int, numerator: int, denominator: int) -> None:
    worth = expressions.local(amount, model.Rate(numerator, denominator))
    assert worth * denominator >= amount * numerator > (worth - 1) * denominator or amount == 0


@pytest.mark.parametrize(
    "node, value",
    [
        (number(3), 3),
        (packs.Money(amount="10.50"), 1050),
        (packs.Percent(percent=80, of=number(9)), 7),
        (packs.Percent(percent=80, of=WINDOW), 5),
        (packs.Fact(name=packs.FactName.AMOUNT), 100),
        (packs.Fact(name=packs.FactName.DORMANT_DAYS), 5),
        (packs.Fact(name=packs.FactName.KNOWN_DAYS), 6),
        (WINDOW, 7),
    ],
)
def test_values(node: packs.Numeric, value: int) -> None:
    assert expressions.value(node, facts(dormant_days=5, known_days=6), LK) == value


@pytest.mark.parametrize(
    "comparison, held", [("ge", (0, 1, 1)), ("gt", (0, 0, 1)), ("le", (1, 1, 0)), ("lt", (1, 0, 0))]
)
def test_comparisons(comparison: str, held: tuple[int, int, int]) -> None:
    for left, wanted in zip((1, 2, 3), held, strict=True):
        compare = packs.Compare(is_=packs.Comparison(comparison), left=number(left), right=number(2))
        assert expressions.holds(compare, facts(), LK) is bool(wanted)


def test_a_round_amount_is_one_in_its_own_asset() -> None:
    for amount, held in ((0, False), (50_00, False), (100_00, True), (300_00, True), (100_01, False)):
        assert expressions.holds(packs.RoundAmount(to=100), facts(own_amount=amount), LK) is held


# ---- packs


@pytest.mark.parametrize("jurisdiction", SHIPPED)
def test_a_shipped_pack_agrees_with_the_jurisdictions_law(jurisdiction: str) -> None:
    """Where both speak of the same figure, both say the same; each rule and list names its source."""
    pack = rulebook.read(files.shipped(jurisdiction))
    law = next(each for each in branding.jurisdictions() if each.code == jurisdiction)
    assert (pack.jurisdiction, pack.currency, pack.time_zone) == (jurisdiction, law.currency, law.time_zone)
    for name in ("suspicious_report", "threshold_report"):
        mine, theirs = getattr(pack.deadlines, name), getattr(law.deadlines, name)
        assert (mine.count, mine.unit.value) == (theirs.count, theirs.unit.value)
    if pack.threshold_report is not None:
        assert pack.threshold_report.amount == law.limits.threshold_report.amount
    assert {rule.code for rule in pack.rules} == {rule.code for rule in LK.rules}
    assert all(rule.source for rule in pack.rules)
    assert rules.begins(pack) <= NOON


def broken(**more: Any) -> bytes:
    return json.dumps(json.loads(files.shipped("LK")) | more).encode()


def rule(**more: Any) -> dict[str, Any]:
    return json.loads(files.shipped("LK"))["rules"][0] | more


def deep(depth: int) -> Any:
    node: Any = {"op": "round", "to": 1}
    for _ in range(depth):
        node = {"op": "not", "of": node}
    return node


BIG = {"op": "all", "of": [{"op": "all", "of": [{"op": "round", "to": 1}] * 8}] * 8}
BOTH = {"op": "compare", "is": "ge", "left": {"op": "fact", "name": "amount"}, "right": {"op": "number", "value": 1}}
ATTACKS: dict[str, bytes] = {
    "no json": b"{",
    "a doubled key": files.shipped("LK").replace(b'"risk"', b'"currency": "LKR", "risk"', 1),
    "an unknown name": broken(extra=1),
    "an unknown operator": broken(rules=[rule(when={"op": "eval", "of": "1"})]),
    "code as text": broken(rules=[rule(when="__import__('os')")]),
    "an unknown fact": broken(rules=[rule(when=BOTH | {"left": {"op": "fact", "name": "name"}})]),
    "money against a number": broken(rules=[rule(when=BOTH)]),
    "a list that is not there": broken(rules=[rule(when={"op": "listed", "list": "nowhere"})]),
    "too deep": broken(rules=[rule(when=deep(9))]),
    "far too deep": broken(lists="@").replace(b'"@"', b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "too large": broken(rules=[rule(when=BIG)]),
    "no rules": broken(rules=[]),
    "too many rules": broken(rules=[rule(code=f"rule-{n}") for n in range(65)]),
    "a rule twice": broken(rules=[rule(), rule()]),
    "a time zone that is none": broken(time_zone="Mars/Olympus"),
    "another currency": broken(currency="XXX"),
    "an amount of nothing": broken(threshold_report={"amount": "0.00", "reported": "above", "code": "EFT"}),
    "an amount with too many places": broken(threshold_report={"amount": "1.001", "reported": "above", "code": "EFT"}),
    "a negative window": broken(rules=[rule(when=BOTH | {"left": {"op": "window", "measure": "count", "hours": -1}})]),
    "a window of nothing": broken(
        rules=[rule(when=BOTH | {"left": {"op": "window", "measure": "count", "hours": 2, "skip_hours": 2}})]
    ),
    "a window of years": broken(
        rules=[rule(when=BOTH | {"left": {"op": "window", "measure": "count", "hours": 10**6}})]
    ),
    "a float": broken(risk={"medium": 1.5, "high": 3}),
    "levels upside down": broken(risk={"medium": 9, "high": 3}),
    "no source": broken(sources={}),
    "a bool for a number": broken(risk={"medium": True, "high": 3}),
    "not utf-8": b"\xff" + files.shipped("LK"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_rule_file_that_is_not_fit_is_refused(attack: str) -> None:
    with pytest.raises(model.BadRules):
        rulebook.read(ATTACKS[attack])


def test_a_pack_has_one_text_and_one_hash() -> None:
    spaced = json.dumps(json.loads(files.shipped("LK")), indent=7).encode()
    one, other = (rule_file.canonical_text(text) for text in (files.shipped("LK"), spaced))
    assert rule_file.digest(one) == rule_file.digest(other)
    assert rulebook.read(one) == rulebook.read(spaced) == LK
    with pytest.raises(model.RulesUnknown):
        files.shipped("XX")
    with pytest.raises(model.RulesUnknown):
        rules.rule_of(LK, "nowhere")


def test_an_alert_is_the_same_in_its_stretch_of_time() -> None:
    daily = rules.rule_of(LK, "daily-sum")
    keys = {rules.alert_key(daily, b"a" * 16, bytes([n]), NOON + timedelta(hours=n)) for n in range(12)}
    assert len(keys) == 1
    assert rules.alert_key(daily, b"a" * 16, b"", NOON + timedelta(hours=12)) not in keys
    assert rules.alert_key(daily, b"b" * 16, b"", NOON) not in keys
    single = rules.rule_of(LK, "single-large")
    assert len({rules.alert_key(single, b"a" * 16, bytes([n]), NOON) for n in range(3)}) == 3


# ---- deadlines


@pytest.mark.parametrize(
    "start, count, unit, due",
    [
        ("2026-05-04T12:00", 2, "working_days", "2026-05-06T18:30"),  # Monday: to the end of Wednesday
        ("2026-05-08T12:00", 2, "working_days", "2026-05-12T18:30"),  # Friday: the weekend does not count
        ("2026-04-30T12:00", 1, "working_days", "2026-05-04T18:30"),  # a holiday on Friday, then the weekend
        ("2026-05-04T19:00", 2, "working_days", "2026-05-07T18:30"),  # it is Tuesday already in Colombo
        ("2026-05-04T12:00", 31, "days", "2026-06-04T18:30"),
        ("2026-05-04T12:00", 72, "hours", "2026-05-07T12:00"),
    ],
)
def test_deadlines_by_the_calendar_of_the_place(start: str, count: int, unit: str, due: str) -> None:
    moment, wanted = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, due))
    deadline = packs.Deadline(count=count, unit=packs.Unit(unit))
    assert deadlines.due(moment, deadline, LK) == wanted


@given(st.integers(0, 6 * 366 * 24), st.integers(1, 30))
def test_a_later_start_is_never_due_earlier(hours: int, count: int) -> None:
    start = NOON + timedelta(hours=hours)
    deadline = packs.Deadline(count=count, unit=packs.Unit.WORKING_DAYS)
    first, second = (deadlines.due(each, deadline, LK) for each in (start, start + timedelta(hours=7)))
    assert start + timedelta(days=count) < first <= second


# ---- risk


@given(st.integers(1, 1000), st.integers(1, 3660), st.integers(0, 10**9), st.integers(0, 10**6))
def test_risk_only_fades_and_halves_in_its_time(points: int, half: int, seconds: int, more: int) -> None:
    reason = model.Reason(points, half, NOON)
    at = NOON + timedelta(seconds=seconds)
    assert 0 <= risk.faded(reason, at + timedelta(seconds=more)) <= risk.faded(reason, at) <= points * risk.SCALE
    assert risk.faded(reason, NOON + timedelta(days=half)) == points * risk.SCALE // 2
    assert risk.faded(reason, NOON - timedelta(days=1)) == points * risk.SCALE


# ---- travel rule

WHOLE = travel.Party(
    name="Test Sample", account="1", address="1 Example Road", country="LK", born=date(1990, 1, 2), birth_place="Kandy"
)
GAPS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set()),
    ({"originator": {"name": " "}}, {"travel.originator_name"}),
    ({"originator": {"account": ""}}, {"travel.originator_account"}),
    ({"originator": {"address": "", "birth_place": ""}}, {"travel.originator_place"}),
    ({"originator": {"address": "", "birth_place": "", "national_id": "199"}}, set()),
    ({"originator": {"born": None}}, {"travel.originator_birth"}),
    ({"originator": None}, {"travel.originator"}),
    ({"beneficiary": {"name": ""}}, {"travel.beneficiary_name"}),
    ({"beneficiary": {"account": ""}}, {"travel.beneficiary_account"}),
    ({"beneficiary": {"country": ""}}, {"travel.beneficiary_country"}),
    ({"beneficiary": None}, {"travel.beneficiary"}),
]


def fields(change: dict[str, Any]) -> travel.TravelFields:
    sides = {
        name: None
        if name in change and change[name] is None
        else msgspec.structs.replace(WHOLE, **change.get(name, {}))
        for name in ("originator", "beneficiary")
    }
    return travel.TravelFields(**sides)


@pytest.mark.parametrize("change, wanted", GAPS)
def test_from_the_minimum_on_everything_travels(change: dict[str, Any], wanted: set[str]) -> None:
    assert set(travel_rules.gaps(fields(change), 300_000_00, 300_000_00, abroad=True)) == wanted
    assert set(travel_rules.gaps(fields(change), None, 300_000_00, abroad=True)) == wanted, "unknown counts as above"


def test_below_the_minimum_the_names_do_and_at_home_no_birth_is_asked_for() -> None:
    assert set(travel_rules.gaps(None, 1, 2, abroad=True)) == {"travel.originator_name", "travel.beneficiary_name"}
    assert set(travel_rules.gaps(None, 2, 2, abroad=True)) == {"travel.originator", "travel.beneficiary"}
    assert travel_rules.gaps(fields({"originator": {"account": ""}}), 1, 2, abroad=True) == ()
    home = fields({"originator": {"born": None}, "beneficiary": {"country": ""}})
    assert travel_rules.gaps(home, 2, 2, abroad=False) == ()
    assert issubclass(model.BadRules, errors.Invalid)
