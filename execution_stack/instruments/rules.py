"""What a sensible instrument is, and how its state moves."""

import re
from datetime import UTC, datetime

from boundary.kernel import states
from execution_stack.instruments import model

TICKS_MAX = 10**9
LOTS_MAX = 10**12
AMOUNT_MAX = 10**15
"""What the words that cross can say of one instrument, in micro-USD: its whole cap at its highest price."""
FIRST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2199, 12, 31, tzinfo=UTC)
_CODE = re.compile(r"[A-Z0-9.-]{1,32}")

STATE: states.Machine[model.State, model.StateEvent] = states.Machine(
    name="instrument",
    initial=model.State.LISTED,
    transitions={
        (model.State.LISTED, model.StateEvent.HALT): model.State.HALTED,
        (model.State.HALTED, model.StateEvent.RESUME): model.State.LISTED,
        (model.State.LISTED, model.StateEvent.DELIST): model.State.DELISTED,
        (model.State.HALTED, model.StateEvent.DELIST): model.State.DELISTED,
    },
    terminal=(model.State.DELISTED,),
)


def check(instrument: model.Instrument) -> None:
    """Refuse what could later make an amount that does not fit or a window that never opens."""
    sane = (
        _CODE.fullmatch(instrument.code) is not None
        and instrument.tick_size >= 1
        and 1 <= instrument.lot_size <= AMOUNT_MAX
        and 1 <= instrument.price_max <= TICKS_MAX
        and 1 <= instrument.cap_lots <= LOTS_MAX
        and instrument.tick_size * instrument.price_max * instrument.cap_lots <= AMOUNT_MAX
        and FIRST_MOMENT <= instrument.opens_at < instrument.closes_at <= LAST_MOMENT
        and len(instrument.document) == 32
    )
    if not sane:
        raise model.BadInstrument("the code, the grid, the cap, the window or the document's hash makes no sense")
