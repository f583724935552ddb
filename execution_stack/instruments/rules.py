"""What a sensible instrument is, which prices it can have, what of it may change, and how its state moves."""

import hashlib
import math
import re
from datetime import UTC, datetime

import msgspec

from boundary.kernel import clock, states
from execution_stack.instruments import model

TICKS_MAX = 10**9
LOTS_MAX = 10**12
AMOUNT_MAX = 10**15
"""What the words that cross can say of one instrument, in micro-USD: its whole cap at its highest price."""
FIRST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2199, 12, 31, tzinfo=UTC)
_CODE = re.compile(r"[A-Z0-9.-]{1,32}")

GRID_MAX = 8
"""Bands of one tick table: as many as cross."""

_S, _E = model.State, model.StateEvent
STATE: states.Machine[model.State, model.StateEvent] = states.Machine(
    name="instrument",
    initial=_S.LISTED,
    transitions={
        (_S.LISTED, _E.HALT): _S.HALTED,
        (_S.HALTED, _E.RESUME): _S.LISTED,
        (_S.LISTED, _E.CLOSE): _S.CLOSED,
        (_S.HALTED, _E.CLOSE): _S.CLOSED,
        (_S.HALTED, _E.RESOLVE): _S.RESOLVED,
        (_S.CLOSED, _E.RESOLVE): _S.RESOLVED,
        (_S.LISTED, _E.DELIST): _S.DELISTED,
        (_S.HALTED, _E.DELIST): _S.DELISTED,
        (_S.CLOSED, _E.DELIST): _S.DELISTED,
        (_S.RESOLVED, _E.DELIST): _S.DELISTED,
    },
    terminal=(_S.DELISTED,),
)
TRADING = frozenset({_S.LISTED, _S.HALTED})
"""States in which orders may rest."""
_GRID = ("price_max", "grid")
_PRODUCTS = {
    model.Route.OMNIBUS: frozenset({model.Product.EVENT_CONTRACT}),
    model.Route.CLOB: frozenset(model.Product),
    model.Route.BROKER: frozenset(
        {model.Product.EQUITY, model.Product.OPTION, model.Product.FUTURE, model.Product.CURRENCY_PAIR}
    ),
}


def check(instrument: model.Instrument) -> None:
    """Refuse what could later make an amount that does not fit, a price that nobody can say, a window that never opens."""
    wrong = _wrong(instrument)
    if wrong is not None:
        raise model.BadInstrument(f"{wrong}: this makes no sense in an instrument", field=wrong)


def _wrong(each: model.Instrument) -> str | None:
    """The first field that does not fit."""
    sane = {
        "code": is_code(each.code),
        "product": each.product in _PRODUCTS[each.route],
        "state": each.state in TRADING,
        "tick_size": 1 <= each.tick_size <= AMOUNT_MAX,
        "lot_size": 1 <= each.lot_size <= AMOUNT_MAX,
        "price_max": 1 <= each.price_max <= TICKS_MAX,
        "cap_lots": 1 <= each.cap_lots <= LOTS_MAX and each.tick_size * each.price_max * each.cap_lots <= AMOUNT_MAX,
        "opens_at": each.opens_at >= FIRST_MOMENT,
        "closes_at": each.opens_at < each.closes_at <= LAST_MOMENT,
        "document": len(each.document) == 32,
        "grid": _is_grid(each),
    }
    return next((field for field, fits in sane.items() if not fits), None)


def _is_grid(each: model.Instrument) -> bool:
    """Bands ascend, each says something about some price, and the highest price is one."""
    starts = [band.from_ticks for band in each.grid]
    return (
        len(each.grid) <= GRID_MAX
        and starts == sorted(set(starts))
        and all(1 <= start <= each.price_max for start in starts)
        and all(1 <= band.step_ticks <= each.price_max for band in each.grid)
        and is_price(each, each.price_max)
    )


def is_price(instrument: model.Instrument, ticks: int) -> bool:
    """Whether this is a price of the instrument: within its bounds and, if bands thin them out, on its band's step."""
    if not 1 <= ticks <= instrument.price_max:
        return False
    step = 1
    for band in instrument.grid:
        if band.from_ticks > ticks:
            break
        step = band.step_ticks
    return ticks % step == 0


def common_step(instrument: model.Instrument) -> int:
    """The coarsest step that all prices are multiples of: what a book with one tick is told."""
    steps = [band.step_ticks for band in instrument.grid]
    if not steps or instrument.grid[0].from_ticks > 1:
        return 1
    return math.gcd(*steps)


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def terms(instrument: model.Instrument) -> model.Terms:
    return model.Terms(**{field: getattr(instrument, field) for field in model.Terms.__struct_fields__})


def change(instrument: model.Instrument, wanted: model.Terms, now: datetime, open_orders: int) -> model.Instrument:
    """The instrument with new terms. Its prices may change only while nobody has an order on them, its opening only
    before it has come, its close only to a time that has not.
    """
    if instrument.state not in TRADING:
        raise model.BadChange("state: its trading is over", field="state")
    old = terms(instrument)
    for field in model.Terms.__struct_fields__:
        if getattr(old, field) == getattr(wanted, field):
            continue
        if field in _GRID and open_orders:
            raise model.BadChange(f"{field}: orders are open at its prices; they must be cancelled first", field=field)
        if field == "opens_at" and instrument.opens_at <= now:
            raise model.BadChange(f"{field}: it has opened", field=field)
        if field == "closes_at" and (instrument.closes_at <= now or wanted.closes_at <= now):
            raise model.BadChange(f"{field}: a close that has come or gone is none to set", field=field)
    changed = msgspec.structs.replace(instrument, **msgspec.structs.asdict(wanted))
    check(changed)
    return changed


def listed(each: model.Instrument) -> model.Listed:
    """As the audit log tells it."""
    window = clock.to_micros(each.opens_at), clock.to_micros(each.closes_at)
    worth = each.tick_size, each.lot_size, each.price_max, each.cap_lots
    return model.Listed(
        each.ref, _number(each.route), _number(each.product), *worth, *window, each.document, grid_hash(each)
    )


def changed(each: model.Instrument) -> model.Changed:
    window = clock.to_micros(each.opens_at), clock.to_micros(each.closes_at)
    return model.Changed(each.ref, each.price_max, each.cap_lots, *window, each.document, grid_hash(each))


def state_changed(each: model.Instrument) -> model.StateChanged:
    return model.StateChanged(each.ref, _number(each.state))


def grid_hash(each: model.Instrument) -> bytes:
    """Over its bands, a line for each."""
    lines = "".join(f"{band.from_ticks} {band.step_ticks}\n" for band in each.grid)
    return hashlib.sha256(lines.encode()).digest()


def _number(word: model.Route | model.Product | model.State) -> int:
    return list(type(word)).index(word) + 1
