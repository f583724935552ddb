"""Contrast: the reference points of WCAG, and what a palette is refused for."""

import hypothesis
import msgspec
import pytest
from hypothesis import strategies

from customer_stack.branding import model
from customer_stack.branding.rules import colours

COLOUR = strategies.integers(0, 0xFFFFFF).map("#{:06x}".format)
PALETTE = model.Palette(
    primary="#0f6b63",
    on_primary="#ffffff",
    surface="#ffffff",
    surface_raised="#f1f5f4",
    text="#10201e",
    text_muted="#4a5a58",
)


@pytest.mark.parametrize(
    "one,other,ratio",
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#FFFFFF", 1.0),
        ("#767676", "#ffffff", 4.54),  # the lightest grey that may carry text on white
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.005)


@hypothesis.given(COLOUR, COLOUR)
def test_a_ratio_has_no_direction_and_lies_between_1_and_21(one: str, other: str) -> None:
    ratio = colours.contrast(one, other)
    assert ratio == colours.contrast(other, one)
    assert 1.0 <= ratio <= 21.0 + 1e-9


def test_a_readable_palette_has_no_problem() -> None:
    assert not list(colours.problems(model.Colours(light=PALETTE, dark=PALETTE)))


@pytest.mark.parametrize("ink,ground", colours.READ_ON)
def test_each_pair_that_is_read_is_checked_in_both_themes(ink: str, ground: str) -> None:
    pale = msgspec.structs.replace(PALETTE, **{ink: getattr(PALETTE, ground)})
    for theme, other in (("light", "dark"), ("dark", "light")):
        found = list(colours.problems(model.Colours(**{theme: pale, other: PALETTE})))
        assert f"has a contrast of 1.00:1 with {ground}; text needs at least 4.5:1" in {
            problem.detail for problem in found if problem.pointer == f"/brand/colours/{theme}/{ink}"
        }
        assert all(problem.pointer.startswith(f"/brand/colours/{theme}/") for problem in found)


def test_a_ratio_just_below_the_least_is_not_shown_as_the_least() -> None:
    grey = msgspec.structs.replace(PALETTE, text_muted="#777777")
    (white, _raised) = colours.problems(model.Colours(light=grey, dark=PALETTE))
    assert white.detail.startswith("has a contrast of 4.47:1 with surface")
