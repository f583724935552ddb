"""Refusals: each category has a code of its own, and facts stay beside the words."""

import pytest

from boundary.kernel import errors

CATEGORIES = errors.Refusal.__subclasses__()


def test_no_two_categories_share_a_code() -> None:
    own = {category.__dict__["code"] for category in CATEGORIES if category.__module__ == errors.__name__}
    assert len(own) == 11


@pytest.mark.parametrize("category", [errors.Refusal, errors.Invalid, errors.Conflict, errors.OutcomeUnknown])
def test_a_refusal_says_its_detail_or_else_its_code(category: type[errors.Refusal]) -> None:
    assert str(category()) == category.code
    assert category().detail == ""
    refusal = category("the limit is reached", limit=3)
    assert str(refusal) == refusal.detail == "the limit is reached"
    assert refusal.facts == {"limit": 3}
