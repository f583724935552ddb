"""When a channel's link is open or lost, over every pair of state and event."""

import itertools

import pytest

from boundary.channel import envelope
from boundary.kernel import states
from execution_stack.gate import model, rules

LEGAL = {
    (model.Link.UNSEEN, model.LinkEvent.HEARD): model.Link.OPEN,
    (model.Link.OPEN, model.LinkEvent.HEARD): model.Link.OPEN,
    (model.Link.LOST, model.LinkEvent.HEARD): model.Link.OPEN,
    (model.Link.OPEN, model.LinkEvent.SILENT): model.Link.LOST,
}


@pytest.mark.parametrize("state, event", [*itertools.product(model.Link, model.LinkEvent)])
def test_every_pair_moves_as_the_table_says_or_not_at_all(state: model.Link, event: model.LinkEvent) -> None:
    if (state, event) in LEGAL:
        assert rules.LINK.advance(state, event) is LEGAL[state, event]
        return
    with pytest.raises(states.IllegalTransition):
        rules.LINK.advance(state, event)


def test_a_nonce_is_kept_longer_than_any_frame_could_be_accepted_again() -> None:
    assert rules.NONCE_KEPT.total_seconds() * 1_000_000 > 2 * envelope.WINDOW_MICROS
