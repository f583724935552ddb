"""Which intents want the same, and how an order's state moves. Pure."""

from boundary.kernel import states
from execution_stack.aggregation import model
from execution_stack.instruments import model as instruments
from execution_stack.intents import model as intents

_AT_ONCE = frozenset({intents.TimeInForce.AT_ONCE_OR_CANCEL})

STATE: states.Machine[model.State, model.StateEvent] = states.Machine(
    name="omnibus_order",
    initial=model.State.GATHERING,
    transitions={
        (model.State.GATHERING, model.StateEvent.CLOSE): model.State.MANIFESTED,
        (model.State.GATHERING, model.StateEvent.END): model.State.ENDED,
        (model.State.MANIFESTED, model.StateEvent.LEAVE): model.State.LEAVING,
        (model.State.MANIFESTED, model.StateEvent.END): model.State.ENDED,
        (model.State.LEAVING, model.StateEvent.WORK): model.State.WORKING,
        (model.State.LEAVING, model.StateEvent.END): model.State.ENDED,
        (model.State.WORKING, model.StateEvent.END): model.State.ENDED,
    },
    terminal=(model.State.ENDED,),
)


def pool(terms: intents.Terms, instrument: instruments.Instrument) -> model.Pool:
    """A market intent takes the worst price there is, and what it does not find at once is cancelled."""
    limit = terms.limit_ticks or (instrument.price_max if terms.side is intents.Side.BUY else 1)
    if terms.time_in_force is intents.TimeInForce.ALL_OR_NOTHING:
        manner = model.Manner.ALL_OR_NOTHING
    elif terms.kind is intents.Kind.MARKET or terms.time_in_force in _AT_ONCE:
        manner = model.Manner.AT_ONCE
    elif terms.kind is intents.Kind.POST_ONLY:
        manner = model.Manner.POST_ONLY
    else:
        manner = model.Manner.RESTING
    return model.Pool(terms.instrument, terms.side.value, limit, manner)
