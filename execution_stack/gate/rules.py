"""When a channel's link is open and when it is lost."""

from datetime import timedelta

from boundary.kernel import states
from execution_stack.gate import model

SILENCE_MAX = timedelta(seconds=15)
NONCE_KEPT = timedelta(minutes=5)
"""Longer than twice the window in which a frame is accepted at all."""

LINK: states.Machine[model.Link, model.LinkEvent] = states.Machine(
    name="link",
    initial=model.Link.UNSEEN,
    transitions={
        (model.Link.UNSEEN, model.LinkEvent.HEARD): model.Link.OPEN,
        (model.Link.OPEN, model.LinkEvent.HEARD): model.Link.OPEN,
        (model.Link.LOST, model.LinkEvent.HEARD): model.Link.OPEN,
        (model.Link.OPEN, model.LinkEvent.SILENT): model.Link.LOST,
    },
    terminal=(),
)
