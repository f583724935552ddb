"""How a participant's status moves, over every pair of status and event."""

import itertools

import pytest

from boundary.kernel import states
from execution_stack.participants import model, rules

S, E, R = model.Status, model.StatusEvent, model.Refusal

ANSWERS: dict[tuple[model.Status | None, model.StatusEvent], model.Status | model.Refusal] = {
    (None, E.ACTIVATE): R.UNKNOWN,
    (None, E.ADMIT): R.UNKNOWN,
    (None, E.FREEZE): R.UNKNOWN,
    (None, E.CLOSE): R.UNKNOWN,
    (S.ISSUED, E.ACTIVATE): S.ELIGIBLE,
    (S.ISSUED, E.ADMIT): R.NOT_ACTIVE,
    (S.ISSUED, E.FREEZE): R.NOT_ACTIVE,
    (S.ISSUED, E.CLOSE): R.NOT_ACTIVE,
    (S.ELIGIBLE, E.ACTIVATE): R.ALREADY_ACTIVE,
    (S.ELIGIBLE, E.ADMIT): S.ELIGIBLE,
    (S.ELIGIBLE, E.FREEZE): S.FROZEN,
    (S.ELIGIBLE, E.CLOSE): S.CLOSED,
    (S.FROZEN, E.ACTIVATE): R.ALREADY_ACTIVE,
    (S.FROZEN, E.ADMIT): S.ELIGIBLE,
    (S.FROZEN, E.FREEZE): S.FROZEN,
    (S.FROZEN, E.CLOSE): S.CLOSED,
    (S.CLOSED, E.ACTIVATE): R.CLOSED,
    (S.CLOSED, E.ADMIT): R.CLOSED,
    (S.CLOSED, E.FREEZE): R.CLOSED,
    (S.CLOSED, E.CLOSE): R.CLOSED,
}


def test_the_table_below_is_complete() -> None:
    assert set(ANSWERS) == set(itertools.product((None, *S), E))


@pytest.mark.parametrize("status, event", ANSWERS)
def test_every_pair_has_its_answer(status: model.Status | None, event: model.StatusEvent) -> None:
    assert rules.judge(status, event) is ANSWERS[status, event]


@pytest.mark.parametrize("status, event", rules.STATUS.illegal_pairs())
def test_the_machine_refuses_what_the_table_refuses(status: model.Status, event: model.StatusEvent) -> None:
    assert isinstance(ANSWERS[status, event], model.Refusal)
    with pytest.raises(states.IllegalTransition):
        rules.STATUS.advance(status, event)


def test_nothing_activates_twice_or_comes_back_from_closed() -> None:
    into_issued = [pair for pair, new in rules.STATUS.transitions.items() if new is S.ISSUED]
    out_of_closed = [old for old, _ in rules.STATUS.transitions if old is S.CLOSED]
    activations = [old for old, event in rules.STATUS.transitions if event is E.ACTIVATE]
    assert (into_issued, out_of_closed, activations) == ([], [], [S.ISSUED])
