"""What the exchange's refusals mean, as its page on order errors says.

On 400, 403, 404, 409 and 410 an unknown code is a rejection; 408, any 5xx and a dropped connection say nothing about
the outcome. One code is more than a rejection: an order that already exists means that an earlier attempt arrived. An
unknown 409 to a new order could mean the same in words that we do not know, so that is not taken for a rejection.
"""

import re

import msgspec

from execution_stack.venues import model

REJECTED = frozenset({400, 403, 404, 409, 410})
CONFLICT = 409
FORBIDDEN = 403
NOT_FOUND = 404
EXISTS = "order_already_exists"
EXPIRED = "header_timestamp_expired"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_CODES = {
    "insufficient_balance": model.Code.FUNDS,
    "invalid_price": model.Code.PRICE,
    "invalid_count": model.Code.COUNT,
    "market_not_found": model.Code.MARKET_UNKNOWN,
    "MARKET_INACTIVE": model.Code.MARKET_CLOSED,
    "market_inactive": model.Code.MARKET_CLOSED,
    "market_closed": model.Code.MARKET_CLOSED,
    "market_paused": model.Code.MARKET_PAUSED,
    "trading_is_paused": model.Code.EXCHANGE_PAUSED,
    "exchange_is_paused": model.Code.EXCHANGE_PAUSED,
    "fill_or_kill_insufficient_resting_volume": model.Code.NOT_FILLABLE,
    "immediate_or_cancel_insufficient_resting_volume": model.Code.NOT_FILLABLE,
    "order_group_triggered": model.Code.GROUP,
    "order_group_not_found": model.Code.GROUP,
    "self_trade": model.Code.SELF_TRADE,
    "too_many_open_orders": model.Code.TOO_MANY_ORDERS,
    "invalid_order": model.Code.INVALID,
    "invalid_parameters": model.Code.INVALID,
    "missing_parameters": model.Code.INVALID,
    "bad_request": model.Code.INVALID,
    "not_found": model.Code.ORDER_UNKNOWN,
    "order_not_found": model.Code.ORDER_UNKNOWN,
}


class Told(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""
    details: str = ""


class _Under(msgspec.Struct, frozen=True):
    error: Told | str | None = None
    code: str = ""
    details: str = ""


def read(body: bytes) -> Told:
    """What an answer says went wrong; nothing, where that cannot be read."""
    try:
        found = msgspec.json.decode(body, type=_Under)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Told()
    if isinstance(found.error, Told):
        return found.error
    return Told(code=found.code or (found.error or ""), details=found.details)


def refusal(status: int, told: Told, *, places: bool) -> Exception:
    """What a rejection is to whoever asked."""
    if told.code == EXISTS:
        return model.Duplicate("the venue has an order under this client order id")
    reason = _CODES.get(told.code, model.Code.UNRECOGNISED)
    if reason is model.Code.INVALID and told.details == "post only cross":
        reason = model.Code.POST_ONLY_CROSSES
    if reason is model.Code.UNRECOGNISED and status == CONFLICT and places:
        return model.Unknown("a conflict in words that we do not know: read back")
    if reason is model.Code.UNRECOGNISED and status == FORBIDDEN:
        reason = model.Code.FORBIDDEN
    if reason is model.Code.UNRECOGNISED and status == NOT_FOUND:
        reason = model.Code.ORDER_UNKNOWN
    return model.Refused(reason, told.code if _WORD.fullmatch(told.code) else "")


def item(told: Told, *, places: bool) -> model.Refused | model.Unknown:
    """What is said of one item of a batch, without a status of its own."""
    if told.code in {"internal_server_error", "internal_error", "service_unavailable", "timeout"}:
        return model.Unknown("the venue does not say what became of this item")
    found = refusal(CONFLICT if told.code not in _CODES else 400, told, places=places)
    return found if isinstance(found, model.Refused | model.Unknown) else model.Unknown("unclear")
