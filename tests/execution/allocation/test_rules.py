"""Shares of a fill: exact in sum, fair to within one, decided by who came first, and the same for whoever recomputes."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution_stack.allocation import model, rules

AMOUNT = st.integers(0, 10**15)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


def naive(fill: int, weights: list[int], tie_break: list[int]) -> list[int]:
    """As a clerk would do it: exact fractions, and one unit at a time to whoever is furthest behind."""
    exact = [Fraction(fill * weight, sum(weights)) for weight in weights]
    shares = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], tie_break[i], i))
    for place in order[: fill - sum(shares)]:
        shares[place] += 1
    return shares


class TestAllocating:
    @given(fill=AMOUNT, weights=WEIGHTS, seed=st.randoms())
    def test_is_what_a_clerk_with_fractions_would_do(self, fill: int, weights: list[int], seed: Any) -> None:
        if sum(weights) == 0:
            weights[0] = 1
        ties = [seed.randrange(len(weights)) for _ in weights]
        assert rules.allocate(fill, weights, ties) == naive(fill, weights, ties)

    @given(fill=AMOUNT, weights=WEIGHTS)
    def test_adds_up_and_gives_nothing_to_whoever_weighs_nothing(self, fill: int, weights: list[int]) -> None:
        weights[0] += 1
        shares = rules.allocate(fill, weights, range(len(weights)))
        assert sum(shares) == fill
        assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)

    @given(weights=WEIGHTS, part=st.integers(0, 1000))
    def test_nobody_gets_more_than_it_wants_of_a_fill_that_fits(self, weights: list[int], part: int) -> None:
        weights[0] += 1
        fill = sum(weights) * part // 1000
        shares = rules.allocate(fill, weights, range(len(weights)))
        assert all(share <= weight for share, weight in zip(shares, weights, strict=True))

    @given(weights=WEIGHTS, fill=AMOUNT, seed=st.randoms())
    def test_does_not_depend_on_the_order_in_which_intents_are_listed(
        self, weights: list[int], fill: int, seed: Any
    ) -> None:
        weights[0] += 1
        places = list(range(len(weights)))
        seed.shuffle(places)
        straight = rules.allocate(fill, weights, range(len(weights)))
        shuffled = rules.allocate(fill, [weights[p] for p in places], places)
        assert [straight[p] for p in places] == shuffled

    @pytest.mark.parametrize(
        "fill, weights, ties, shares",
        [
            (10, [1, 1, 1], [0, 1, 2], [4, 3, 3]),
            (10, [1, 1, 1], [2, 1, 0], [3, 3, 4]),
            (10, [1, 1, 1], [5, 5, 5], [4, 3, 3]),
            (2, [1, 1, 1], [7, 3, 3], [0, 1, 1]),
            (1, [1, 2], [0, 1], [0, 1]),
            (0, [3, 4], [0, 1], [0, 0]),
            (0, [], [], []),
            (0, [0, 0], [0, 1], [0, 0]),
            (5, [0, 7, 0], [0, 1, 2], [0, 5, 0]),
            (7, [10**30, 1], [0, 1], [7, 0]),
            (3, [1, 1], [1, 0], [1, 2]),
            (-0, [1], [-4], [0]),
        ],
    )
    def test_known_shares(self, fill: int, weights: list[int], ties: list[int], shares: list[int]) -> None:
        assert rules.allocate(fill, weights, ties) == shares

    @pytest.mark.parametrize(
        "fill, weights, ties, error",
        [
            (-1, [1], [0], ValueError),
            (1, [-1, 3], [0, 1], ValueError),
            (1, [], [], ValueError),
            (1, [0, 0], [0, 1], ValueError),
            (1, [1, 1], [0], ValueError),
            (1.0, [1], [0], TypeError),
            (True, [1], [0], TypeError),
            (1, [1, 1.0], [0, 1], TypeError),
            (1, [1, True], [0, 1], TypeError),
            (1, [1, 1], [0, None], TypeError),
            ("1", [1], [0], TypeError),
        ],
    )
    def test_refuses_what_is_no_whole_number_and_what_nobody_can_take(
        self, fill: int, weights: list[int], ties: list[int], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            rules.allocate(fill, weights, ties)


class TestSharing:
    @given(
        wanted=st.lists(st.integers(0, 10**6), min_size=1, max_size=40),
        part=st.integers(1, 1000),
        fee=st.integers(0, 10**9),
        improvement=st.integers(0, 10**9),
    )
    def test_lots_fees_and_improvement_add_up(self, wanted: list[int], part: int, fee: int, improvement: int) -> None:
        wanted[0] += 1
        fill = model.Fill(max(1, sum(wanted) * part // 1000), fee, improvement)
        rule, shares = rules.share(fill, wanted, range(len(wanted)))
        assert tuple(map(sum, zip(*shares, strict=True))) == fill
        assert all(each.lots or not (each.fee or each.improvement) for each in shares)
        uneven = any(
            fill.lots * each % sum(wanted) or fee * share.lots % fill.lots or improvement * share.lots % fill.lots
            for each, share in zip(wanted, shares, strict=True)
        )
        assert (rule is model.Rule.LARGEST_REMAINDER) == uneven

    def test_refuses_a_fill_that_is_larger_than_what_was_wanted(self) -> None:
        with pytest.raises(model.FillTooLarge):
            rules.share(model.Fill(4, 0, 0), [1, 2], [0, 1])


class TestPricesBetweenTicks:
    @given(cost=st.integers(1, 10**12), lots=st.integers(1, 10**6), tick=st.integers(1, 10**5), buying=st.booleans())
    def test_tick_and_improvement_make_up_exactly_what_was_paid(
        self, cost: int, lots: int, tick: int, buying: bool
    ) -> None:
        ticks, improvement = rules.on_grid(cost, lots, tick, buying=buying)
        stated = ticks * tick * lots
        assert cost == (stated - improvement if buying else stated + improvement)
        assert 0 <= improvement < tick * lots
