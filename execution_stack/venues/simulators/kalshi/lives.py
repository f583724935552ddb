"""How markets live: they open, pause, close, are determined and settle, by script or by command."""

from typing import Any

from execution_stack.venues.simulators.kalshi import amounts, markets
from execution_stack.venues.simulators.kalshi.exchange import Exchange, RejectionError

_ENDED = {"closed", "determined", "disputed", "amended", "finalized"}


def step(exchange: Exchange) -> None:
    """What is due by now."""
    now = exchange.now()
    exchange.expire()
    for market in list(exchange.markets.values()):
        if market.status == "initialized" and market.opens <= now:
            market.status = "active"
        if market.status in {"active", "inactive"} and market.closes <= now:
            close(exchange, market)
        script = market.script
        if market.status == "closed" and script.determines is not None and script.determines <= now:
            determine(exchange, market, script.result, script.value)
        if market.status == "determined" and script.settles is not None and script.settles <= now:
            settle(exchange, market)


def close(exchange: Exchange, market: markets.Market) -> None:
    exchange.sweep(market, every=True)
    market.status, market.closes = "closed", min(market.closes, exchange.now())


def pause(exchange: Exchange, market: markets.Market) -> None:
    market.status = "inactive"
    exchange.sweep(market, every=False)
    _tell(exchange, market, "deactivated", is_deactivated=True)


def resume(exchange: Exchange, market: markets.Market) -> None:
    """Whatever rested through the pause is cancelled now."""
    exchange.sweep(market, every=True)
    market.status = "active"
    _tell(exchange, market, "activated", is_deactivated=False)


def determine(exchange: Exchange, market: markets.Market, result: str, value: int) -> None:
    market.status = "determined"
    market.result = "" if result == "void" else result
    market.value = {"yes": amounts.DOLLAR, "no": 0, "void": None}.get(result, value)
    market.script.result = result
    _tell(
        exchange,
        market,
        "determined",
        result=result,
        determination_ts=exchange.now() // 1_000_000,
        settlement_value=amounts.price_text(market.value or 0),
    )


def settle(exchange: Exchange, market: markets.Market) -> None:
    if market.status not in {"determined", "disputed", "amended"}:
        raise RejectionError(409, "market_not_determined")
    now = exchange.now()
    market.status, market.settled = "finalized", now
    done = exchange.account.settle(market.ticker, market.event, market.script.result, market.value or 0, now)
    _tell(exchange, market, "settled", settled_ts=now // 1_000_000)
    if done is not None:
        exchange.tell("settlement", ticker=market.ticker)


def command(exchange: Exchange, market: markets.Market, wanted: dict[str, Any]) -> None:
    """`{"do": "determine", "result": "scalar", "value": "0.3700"}`."""
    do = wanted["do"]
    if do == "pause":
        pause(exchange, market)
    elif do == "resume":
        resume(exchange, market)
    elif do == "close":
        close(exchange, market)
    elif do == "determine":
        if market.status not in _ENDED:
            close(exchange, market)
        determine(exchange, market, wanted["result"], amounts.dollars(wanted.get("value", "1")))
    elif do in {"disputed", "amended"}:
        market.status = do
    elif do == "settle":
        settle(exchange, market)
    elif do == "structure":
        market.structure = wanted["structure"]
        _tell(
            exchange,
            market,
            "price_level_structure_updated",
            price_level_structure=market.structure,
            price_ranges=market.ranges_row(),
        )
    else:
        raise RejectionError(400, "bad_request", "no such command")
    market.updated = exchange.now()


def trading(exchange: Exchange, *, trading: bool, active: bool) -> None:
    exchange.trading_active, exchange.exchange_active = trading, active
    if not trading:
        for market in exchange.markets.values():
            exchange.sweep(market, every=False)


def _tell(exchange: Exchange, market: markets.Market, event: str, **more: object) -> None:
    exchange.tell("lifecycle", msg={"market_ticker": market.ticker, "event_type": event, **more})
