"""A list that lost a part of itself, or its youth, does not replace the one before it."""

from datetime import UTC, datetime, timedelta

import pytest

from customer_stack.screening import model
from customer_stack.screening.rules import admitting
from customer_stack.screening.service import matching
from tests.customer.screening import samples

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = model.Version(model.Publisher.UN, "a" * 64, entities=1000, names=4000, published=NOW - timedelta(days=2))
LIMITS = admitting.limits_of(model.Publisher.UN)


def version(**changes: object) -> model.Version:
    return model.Version(
        **{"publisher": GOOD.publisher, "sha256": "b" * 64, "entities": 1001, "names": 4001, "published": NOW} | changes
    )


@pytest.mark.parametrize(
    "found, reason",
    [
        (version(published=NOW - timedelta(days=15)), model.Reason.STALE),
        (version(published=NOW + timedelta(days=3)), model.Reason.MALFORMED),
        (version(published=NOW - timedelta(days=3)), model.Reason.OLDER),
        (version(entities=899), model.Reason.SHRUNKEN),
        (version(names=3599), model.Reason.SHRUNKEN),
        (version(publisher=model.Publisher.EU, entities=5000), model.Reason.UNKNOWN_FORMAT),
    ],
)
def test_a_version_that_is_worse_is_refused(found: model.Version, reason: model.Reason) -> None:
    with pytest.raises(model.ListRefused) as refusal:
        admitting.admit(found, GOOD, NOW, LIMITS)
    assert refusal.value.reason == reason


def test_a_first_version_needs_a_plausible_size() -> None:
    admitting.admit(version(entities=500), None, NOW, LIMITS)
    with pytest.raises(model.ListRefused) as refusal:
        admitting.admit(version(entities=499), None, NOW, LIMITS)
    assert refusal.value.reason == model.Reason.SHRUNKEN


@pytest.mark.parametrize(
    "found", [version(), version(entities=900, names=3600), version(published=None), version(published=GOOD.published)]
)
def test_a_version_that_is_as_good_is_taken(found: model.Version) -> None:
    admitting.admit(found, GOOD, NOW, LIMITS)


def test_a_list_is_held_to_its_own_publishers_limits() -> None:
    """Two entries are a list of FollowTheMoney, and a fragment of the UN's."""
    small, fragment = (matching.read_lists([model.ListFile("list", data)])[0] for data in (samples.FTM, samples.UN))
    assert matching.admit(small, None, NOW) == small.version
    assert matching.admit(small, small.version, NOW) == small.version
    with pytest.raises(model.ListRefused) as refusal:
        matching.admit(fragment, None, NOW)
    assert refusal.value.reason == model.Reason.SHRUNKEN
    with pytest.raises(model.ListRefused):
        matching.admit(small, None, NOW + timedelta(days=20))
