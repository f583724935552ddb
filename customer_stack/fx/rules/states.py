"""The states of a quote and of a hedge order, as tables."""

from boundary.kernel import states
from customer_stack.fx import model

_Q, _QE = model.QuoteState, model.QuoteEvent
QUOTE = states.Machine(
    "quote",
    _Q.ACTIVE,
    {
        (_Q.ACTIVE, _QE.USE): _Q.USED,
        (_Q.ACTIVE, _QE.EXPIRE): _Q.EXPIRED,
        (_Q.ACTIVE, _QE.CANCEL): _Q.CANCELLED,
    },
    {_Q.USED, _Q.EXPIRED, _Q.CANCELLED},
)

_H, _HE = model.HedgeState, model.HedgeEvent
HEDGE = states.Machine(
    "hedge",
    _H.PLANNED,
    {
        (_H.PLANNED, _HE.SEND): _H.SENDING,
        (_H.SENDING, _HE.FILL): _H.DONE,
        (_H.SENDING, _HE.REFUSE): _H.REFUSED,
        (_H.SENDING, _HE.LOSE): _H.UNKNOWN,
        (_H.SENDING, _HE.MISS): _H.PLANNED,  # never left us: the provider could not be reached
        (_H.UNKNOWN, _HE.FILL): _H.DONE,
        (_H.UNKNOWN, _HE.REFUSE): _H.REFUSED,
        (_H.UNKNOWN, _HE.LOSE): _H.UNKNOWN,
        (_H.UNKNOWN, _HE.MISS): _H.PLANNED,  # the provider was asked and knows of none
    },
    {_H.DONE, _H.REFUSED},
)
