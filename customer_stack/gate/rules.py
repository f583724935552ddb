"""When a link is open and when it is lost."""

from datetime import datetime, timedelta

from boundary.kernel import states
from customer_stack.gate import model

SILENCE_MAX = timedelta(seconds=15)

LINK: states.Machine[model.Link, model.LinkEvent] = states.Machine(
    name="link",
    initial=model.Link.UNSEEN,
    transitions={
        (model.Link.UNSEEN, model.LinkEvent.ANSWERED): model.Link.OPEN,
        (model.Link.OPEN, model.LinkEvent.ANSWERED): model.Link.OPEN,
        (model.Link.LOST, model.LinkEvent.ANSWERED): model.Link.OPEN,
        (model.Link.OPEN, model.LinkEvent.SILENT): model.Link.LOST,
    },
    terminal=(),
)


def is_silent(state: model.ChannelState, now: datetime) -> bool:
    return state.link is model.Link.OPEN and state.answered_at is not None and now - state.answered_at > SILENCE_MAX
