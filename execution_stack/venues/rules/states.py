"""How an order at a venue and what is asked about it move from state to state."""

from boundary.kernel import states
from execution_stack.venues.model.dealing import CommandEvent, CommandState, Event, State

_LIVE = {
    Event.ACCEPT: State.WORKING,
    Event.PART: State.PARTIALLY_FILLED,
    Event.COMPLETE: State.FILLED,
    Event.CANCEL: State.CANCELLED,
    Event.EXPIRE: State.EXPIRED,
}

ORDER: states.Machine[State, Event] = states.Machine(
    name="venue order",
    initial=State.RECORDED,
    transitions={
        (State.RECORDED, Event.BEGIN): State.SENDING,
        (State.RECORDED, Event.REFUSE): State.REFUSED,
        **{(State.RECORDED, event): state for event, state in _LIVE.items()},  # an earlier attempt did arrive
        **{(State.SENDING, event): state for event, state in _LIVE.items()},
        (State.SENDING, Event.REFUSE): State.REFUSED,
        (State.SENDING, Event.LOSE): State.UNKNOWN,
        (State.SENDING, Event.POSTPONE): State.RECORDED,
        **{(State.UNKNOWN, event): state for event, state in _LIVE.items()},
        (State.UNKNOWN, Event.MISS): State.RECORDED,
        **{(State.WORKING, event): state for event, state in _LIVE.items() if event is not Event.ACCEPT},
        **{(State.PARTIALLY_FILLED, event): state for event, state in _LIVE.items() if event is not Event.ACCEPT},
        (State.CANCELLED, Event.PART): State.CANCELLED,  # a fill that was under way when the cancel arrived
        (State.CANCELLED, Event.COMPLETE): State.FILLED,
        (State.EXPIRED, Event.PART): State.EXPIRED,
        (State.EXPIRED, Event.COMPLETE): State.FILLED,
    },
    terminal=(State.FILLED, State.REFUSED),
)

COMMAND: states.Machine[CommandState, CommandEvent] = states.Machine(
    name="venue command",
    initial=CommandState.RECORDED,
    transitions={
        (CommandState.RECORDED, CommandEvent.BEGIN): CommandState.SENDING,
        (CommandState.RECORDED, CommandEvent.FINISH): CommandState.DONE,
        (CommandState.RECORDED, CommandEvent.REFUSE): CommandState.REFUSED,
        (CommandState.SENDING, CommandEvent.FINISH): CommandState.DONE,
        (CommandState.SENDING, CommandEvent.REFUSE): CommandState.REFUSED,
        (CommandState.SENDING, CommandEvent.LOSE): CommandState.UNKNOWN,
        (CommandState.SENDING, CommandEvent.POSTPONE): CommandState.RECORDED,
        (CommandState.UNKNOWN, CommandEvent.FINISH): CommandState.DONE,
        (CommandState.UNKNOWN, CommandEvent.REFUSE): CommandState.REFUSED,
        (CommandState.UNKNOWN, CommandEvent.MISS): CommandState.RECORDED,
    },
    terminal=(CommandState.DONE, CommandState.REFUSED),
)
