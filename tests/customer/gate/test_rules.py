"""When the link to the execution stack is open or lost, over every pair of state and event."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from boundary.kernel import states
from customer_stack.gate import model, rules

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
CHANNEL = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516")
LEGAL = {
    (model.Link.UNSEEN, model.LinkEvent.ANSWERED): model.Link.OPEN,
    (model.Link.OPEN, model.LinkEvent.ANSWERED): model.Link.OPEN,
    (model.Link.LOST, model.LinkEvent.ANSWERED): model.Link.OPEN,
    (model.Link.OPEN, model.LinkEvent.SILENT): model.Link.LOST,
}


@pytest.mark.parametrize("state, event", [*itertools.product(model.Link, model.LinkEvent)])
def test_every_pair_moves_as_the_table_says_or_not_at_all(state: model.Link, event: model.LinkEvent) -> None:
    if (state, event) in LEGAL:
        assert rules.LINK.advance(state, event) is LEGAL[state, event]
        return
    with pytest.raises(states.IllegalTransition):
        rules.LINK.advance(state, event)


@pytest.mark.parametrize(
    "link, since, silent",
    [
        (model.Link.OPEN, timedelta(seconds=15), False),
        (model.Link.OPEN, timedelta(seconds=15, microseconds=1), True),
        (model.Link.OPEN, timedelta(0), False),
        (model.Link.OPEN, None, False),
        (model.Link.LOST, timedelta(days=1), False),
        (model.Link.UNSEEN, timedelta(days=1), False),
    ],
)
def test_an_open_link_is_silent_after_fifteen_seconds(link: model.Link, since: timedelta | None, silent: bool) -> None:
    answered = None if since is None else NOW - since
    assert rules.is_silent(model.ChannelState(CHANNEL, link, answered), NOW) is silent
