"""What ticks say, in the words of this stack: which fields of a quote and of a book they change, and what was traded."""

from collections.abc import Iterable
from datetime import datetime

from boundary.kernel import clock
from boundary.wire import market, words
from customer_stack.gate import ports


def of_quote(tick: market.Tick) -> dict[str, object]:
    match tick:
        case market.Status(state=state):
            return {"state": words.MarketState(state).name.lower()}
        case market.ReferencePrice(ticks=ticks):
            return {"reference_ticks": ticks or None}
        case market.BookTop():
            names = ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots")
            return {name: getattr(tick, name) or None for name in names}
        case market.BookLevels(bids=bids, asks=asks):
            return {"bids": _pairs(bids), "asks": _pairs(asks)}
        case market.LastTrade(ticks=ticks, lots=lots, traded_at=at):
            return {"trade_ticks": ticks, "trade_lots": lots, "traded_at": _moment(at)}
        case market.BookState():
            return _levels(tick)
        case market.Prints(prints=prints):
            last = prints[-1]
            return {"trade_ticks": last.ticks, "trade_lots": last.lots, "traded_at": _moment(last.traded_at)}
        case _:
            return {}


def of_book(tick: market.Tick) -> dict[str, object]:
    match tick:
        case market.BookState():
            return {
                "sequence": tick.sequence,
                "phase": words.BookPhase(tick.phase).name.lower(),
                "indicative_ticks": tick.indicative_ticks,
                "indicative_lots": tick.indicative_lots,
                "bids": _pairs(tick.bids),
                "asks": _pairs(tick.asks),
            }
        case market.Prints(last=number, prints=prints):
            last = prints[-1]
            return {"trade_number": number, "trade_ticks": last.ticks, "trade_at": _moment(last.traded_at)}
        case market.DayFigures():
            return {
                "day_open": tick.open_ticks,
                "day_high": tick.high_ticks,
                "day_low": tick.low_ticks,
                "day_lots": tick.lots,
                "day_trades": tick.trades,
            }
        case _:
            return {}


def trades(said: market.Prints | market.PrintsAfter) -> ports.TradesHeard:
    after = said.after if isinstance(said, market.PrintsAfter) else said.last - len(said.prints)
    found = tuple(
        ports.TradeHeard(
            number,
            each.ticks,
            each.lots,
            words.Side(each.side).name.lower(),
            each.kind is words.PrintKind.AUCTION,
            _moment(each.traded_at),
        )
        for number, each in enumerate(said.prints, after + 1)
    )
    return ports.TradesHeard(said.instrument, after, found)


def candle(said: market.CandleState) -> ports.CandlesHeard:
    return ports.CandlesHeard(said.instrument, _span(said.span), (_candle(said.candle),))


def candles(said: market.CandlesAfter) -> ports.CandlesHeard:
    return ports.CandlesHeard(said.instrument, _span(said.span), tuple(_candle(each) for each in said.candles))


def _candle(of: market.Candle) -> ports.CandleHeard:
    prices = (of.open_ticks, of.high_ticks, of.low_ticks, of.close_ticks)
    return ports.CandleHeard(_moment(of.opens_at), *prices, of.lots, of.first, of.last)


def _span(of: words.CandleSpan) -> str:
    return words.CandleSpan(of).name.lower()


def _levels(tick: market.BookState) -> dict[str, object]:
    bids, asks = _pairs(tick.bids), _pairs(tick.asks)
    bid_ticks, bid_lots = bids[0] if bids else (None, None)
    ask_ticks, ask_lots = asks[0] if asks else (None, None)
    tops = {"bid_ticks": bid_ticks, "bid_lots": bid_lots, "ask_ticks": ask_ticks, "ask_lots": ask_lots}
    return {**tops, "bids": bids, "asks": asks}


def _pairs(levels: Iterable[market.Level | market.Shown]) -> tuple[tuple[int, int], ...]:
    return tuple((level.ticks, level.lots) for level in levels)


def _moment(seconds: int) -> datetime:
    return clock.from_micros(seconds * 1_000_000)
