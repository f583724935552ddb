"""Requests about orders as they arrive: parsed, checked for what is missing, and never believed."""

import json
import re
from typing import Any

from execution_stack.venues.simulators.kalshi import amounts
from execution_stack.venues.simulators.kalshi.exchange import Asked, RejectionError

Row = dict[str, Any]
_CLIENT = re.compile(r"[-\w:+=/]{1,64}", re.ASCII)
_TIFS = {"fill_or_kill", "good_till_canceled", "immediate_or_cancel"}


def body(data: bytes) -> Row:
    try:
        found = json.loads(data or b"{}")
    except ValueError:
        raise RejectionError(400, "bad_request", "not JSON") from None
    if not isinstance(found, dict):
        raise RejectionError(400, "bad_request", "not an object")
    return found


def asked(row: Row, fallback: str) -> Asked:
    """One order; whoever names no client order id gets one."""
    if not row.get("ticker"):
        raise RejectionError(400, "missing_parameters", "ticker")
    if row.get("side") not in {"bid", "ask"} or row.get("time_in_force") not in _TIFS:
        raise RejectionError(400, "invalid_order", "side or time_in_force")
    if row.get("self_trade_prevention_type") not in {"taker_at_cross", "maker"}:
        raise RejectionError(400, "invalid_order", "self_trade_prevention_type")
    client = row.get("client_order_id") or fallback
    if not _CLIENT.fullmatch(client):
        raise RejectionError(400, "invalid_order", "client_order_id")
    expires = row.get("expiration_time")
    if expires is not None and not isinstance(expires, int):
        raise RejectionError(400, "bad_request", "expiration_time")
    return Asked(
        ticker=str(row["ticker"]),
        client=client,
        side=row["side"],
        count=count(row.get("count")),
        price=price(row.get("price")),
        tif=row["time_in_force"],
        stp=row["self_trade_prevention_type"],
        expires=expires * 1_000_000 if expires is not None else None,
        post_only=bool(row.get("post_only")),
        reduce_only=bool(row.get("reduce_only")),
        cancel_on_pause=bool(row.get("cancel_order_on_pause")),
        group=row.get("order_group_id"),
    )


def price(text: object) -> int:
    try:
        return amounts.dollars(text)
    except amounts.BadAmountError:
        raise RejectionError(400, "invalid_order", "price") from None


def count(text: object) -> int:
    try:
        return amounts.count(text)
    except amounts.BadAmountError:
        raise RejectionError(400, "invalid_order", "count") from None


def error(rejection: RejectionError) -> Row:
    """As orders are rejected: under `error`, but for a body that could not be parsed."""
    told = {"code": rejection.code, "message": rejection.code.lower().replace("_", " ")}
    if rejection.details:
        told["details"] = rejection.details
    return told if rejection.code == "bad_request" else {"error": told}


def item_error(rejection: RejectionError) -> Row:
    return {"code": rejection.code, "message": rejection.code.lower().replace("_", " "), "details": rejection.details}
