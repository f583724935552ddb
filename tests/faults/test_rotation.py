"""Keys are exchanged while intents cross: nothing valid is refused, nothing is lost, nothing doubled."""

import time

import pytest

from tests.faults import house, load, platform, rotating

SEED = 20_260_504
PER_SECOND_MIN = 200


def test_keys_rotate_under_load_and_no_valid_frame_is_refused() -> None:
    with house.running(SEED) as stacks:
        rotate(stacks, rounds=2)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_keys_rotate_many_times_under_load() -> None:
    with house.running(SEED) as stacks:
        rotate(stacks, rounds=25)


def rotate(stacks: house.House, rounds: int) -> None:
    rotation = rotating.Rotation(stacks.platform)
    platform.wait_for(lambda: all(rotation.is_seen(side, 1) for side in rotating.SIDES))
    before = stacks.facts().intents
    started = time.monotonic()
    with load.running(stacks.platform, stacks.instrument, count=2000, batch=20) as running:
        replaced: list[int] = []
        for number in range(rounds):
            replaced.append(rotation.active("customer"))
            new = rotation.new()
            rotation.promote(*(rotating.SIDES if number % 2 else reversed(rotating.SIDES)))
            assert [rotation.active(side) for side in rotating.SIDES] == [new, new]
            if number:  # the one of the round before: a process may take a second or two to learn of this one's end
                rotation.retire(replaced.pop(0))
    per_second = running.answered / (time.monotonic() - started)
    facts = stacks.rest()
    assert facts.intents == before + running.answered > before
    assert (running.broken, per_second > PER_SECOND_MIN) == (0, True), per_second
    attempts = rotation.attempts()
    assert set(attempts) == {"acknowledged"}, attempts
    for log in ("customer-worker.log", "execution-API.log"):
        assert "keys.not_taken" not in (stacks.platform.place.logs / log).read_text()
