"""Ids: refs say nothing, ordered ids sort by time, seeded ones repeat."""

import uuid
from datetime import UTC, datetime, timedelta

from boundary.kernel import clock, ids

START = datetime(2031, 5, 6, tzinfo=UTC)


def sources(time: clock.Clock) -> list[ids.Ids]:
    return [ids.SystemIds(time), ids.SeededIds(7, time)]


def test_a_ref_is_a_version_4_uuid_and_an_ordered_id_is_none() -> None:
    for source in [*sources(clock.ManualClock(START)), ids.SystemIds(), ids.SeededIds(1)]:
        assert ids.is_ref(source.ref())
        assert not ids.is_ref(source.ordered())
        assert source.ordered().version == 7
        assert source.ordered().variant == uuid.RFC_4122


def test_a_ref_is_told_by_version_and_variant() -> None:
    assert not ids.is_ref(uuid.UUID(int=0))
    assert not ids.is_ref(uuid.UUID("00000000-0000-4000-0000-000000000000"))
    assert ids.is_ref(uuid.UUID("00000000-0000-4000-8000-000000000000"))


def test_ordered_ids_carry_the_millisecond_and_sort_by_it() -> None:
    for time in (clock.ManualClock(START),):
        for source in sources(time):
            first = source.ordered()
            assert first.int >> 80 == clock.to_micros(time.now()) // 1000
            time.advance(timedelta(milliseconds=1))
            assert first < source.ordered()


def test_no_two_are_alike() -> None:
    for source in sources(clock.ManualClock(START)):
        made = [make() for make in (source.ref, source.ordered) for _ in range(1000)]
        assert len(set(made)) == 2000


def test_a_token_has_the_size_asked_for() -> None:
    for source in sources(clock.ManualClock(START)):
        assert len(source.token(32)) == 32
        assert source.token(32) != source.token(32)


def test_the_same_seed_repeats_and_another_does_not() -> None:
    def drawn(seed: int) -> list[object]:
        source = ids.SeededIds(seed, clock.ManualClock(START))
        return [source.ref(), source.ordered(), source.token(16)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
