"""An intent as a command, and an order's end as the intent's."""

from execution_stack.clob import model
from execution_stack.intents import model as intents

MICROS = 1_000_000
TOTAL = 1
"""The `type` of an amendment whose quantity is all that the order shall ever trade, not what shall be open."""
_TIF = {
    intents.TimeInForce.DAY: model.Tif.DAY,
    intents.TimeInForce.UNTIL_CANCELLED: model.Tif.GTC,
    intents.TimeInForce.UNTIL_TIME: model.Tif.GTD,
    intents.TimeInForce.AT_ONCE_OR_CANCEL: model.Tif.IOC,
    intents.TimeInForce.ALL_OR_NOTHING: model.Tif.FOK,
}
_POSTING = {
    intents.TimeInForce.DAY: model.Tif.POST_DAY,
    intents.TimeInForce.UNTIL_CANCELLED: model.Tif.POST,
    intents.TimeInForce.UNTIL_TIME: model.Tif.POST_GTD,
}
_MARKET = {intents.TimeInForce.ALL_OR_NOTHING: model.Tif.FOK}
_NEW, _AMEND, _CANCEL = int(model.Op.NEW), int(model.Op.AMEND), int(model.Op.CANCEL)
_LIMIT, _AT_MARKET = int(model.Type.LIMIT), int(model.Type.MARKET)


def _side(terms: intents.Terms) -> int:
    return 0 if terms.side is intents.Side.BUY else 1


def new(terms: intents.Terms, user: int) -> model.Command:
    """A market order never rests, so its life is no more than at once, whatever the intent says."""
    type_, time = _LIMIT, 0
    if terms.kind is intents.Kind.MARKET:
        type_, tif = _AT_MARKET, _MARKET.get(terms.time_in_force, model.Tif.IOC)
    else:
        tif = (_POSTING if terms.kind is intents.Kind.POST_ONLY else _TIF)[terms.time_in_force]
        time = terms.expires_at * MICROS
    return model.Command(_NEW, _side(terms), type_, int(tif), user, 0, terms.limit_ticks, terms.lots, 0, 0, time)


def amend(terms: intents.Terms, user: int, order: int) -> model.Command:
    """The intent's lots are all that it shall ever trade."""
    return model.Command(_AMEND, type=TOTAL, user=user, id=order, price=terms.limit_ticks, quantity=terms.lots)


def cancel(user: int, order: int) -> model.Command:
    return model.Command(_CANCEL, user=user, id=order)
