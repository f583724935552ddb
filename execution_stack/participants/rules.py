"""How a participant's status moves, and why a move is refused."""

from boundary.kernel import states
from execution_stack.participants import model

STATUS: states.Machine[model.Status, model.StatusEvent] = states.Machine(
    name="participant",
    initial=model.Status.ISSUED,
    transitions={
        (model.Status.ISSUED, model.StatusEvent.ACTIVATE): model.Status.ELIGIBLE,
        (model.Status.ELIGIBLE, model.StatusEvent.ADMIT): model.Status.ELIGIBLE,
        (model.Status.ELIGIBLE, model.StatusEvent.FREEZE): model.Status.FROZEN,
        (model.Status.ELIGIBLE, model.StatusEvent.CLOSE): model.Status.CLOSED,
        (model.Status.FROZEN, model.StatusEvent.ADMIT): model.Status.ELIGIBLE,
        (model.Status.FROZEN, model.StatusEvent.FREEZE): model.Status.FROZEN,
        (model.Status.FROZEN, model.StatusEvent.CLOSE): model.Status.CLOSED,
    },
    terminal=(model.Status.CLOSED,),
)


def judge(status: model.Status | None, event: model.StatusEvent) -> model.Status | model.Refusal:
    """The new status, or why there is none; an unknown reference has no status."""
    if status is None:
        return model.Refusal.UNKNOWN
    moved = STATUS.transitions.get((status, event))
    if moved is not None:
        return moved
    if status is model.Status.CLOSED:
        return model.Refusal.CLOSED
    if event is model.StatusEvent.ACTIVATE:
        return model.Refusal.ALREADY_ACTIVE
    return model.Refusal.NOT_ACTIVE
