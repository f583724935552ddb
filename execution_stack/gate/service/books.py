"""What is said of a book, in the words that cross: states as ticks, and pages of what was traded before.

No name of a participant or an order comes here, so none can leave. A number that no word holds is told as the largest:
one book with such a number must not keep all others from being told.
"""

from collections.abc import Iterable, Iterator

from boundary.kernel.runtime import transaction
from boundary.wire import market, values, words
from execution_stack.clob import model
from execution_stack.clob.market_data import candles, levels
from execution_stack.clob.service import following, history


def ticks(state: following.State) -> Iterator[market.Tick]:
    """Everything that is told of one book."""
    of, figures = state.instrument, state.day
    yield market.BookState(
        of,
        state.picture.sequence,
        words.BookPhase[state.state.name],
        _ticks(state.indication.price),
        _sum(state.indication.lots),
        _shown(state.picture.bids),
        _shown(state.picture.asks),
    )
    if state.trades:
        yield market.Prints(of, state.trades[-1].number, tuple(_print(each) for each in state.trades))
    for span, candle in state.candles:
        yield market.CandleState(of, words.CandleSpan[span.name], _candle(candle))
    yield market.DayFigures(
        of, figures.open, figures.high, figures.low, figures.close, _sum(figures.lots), figures.trades
    )


async def page(tx: transaction.Tx, asked: market.HistoryAfter) -> market.Page:
    """What follows a trade in a history. Of an instrument without a book there is none."""
    of, after = asked.instrument, asked.after
    if asked.series is words.Series.TRADES:
        trades = await history.trades(tx, of, after, market.PAGE_MAX)
        return market.PrintsAfter(of, after, tuple(_print(each) for each in trades))
    span = candles.Span[asked.series.name]
    found = await history.spans(tx, of, span, after, market.PAGE_MAX)
    return market.CandlesAfter(of, words.CandleSpan[span.name], after, tuple(_candle(each) for each in found))


def _shown(side: Iterable[levels.Level]) -> market.ShownSide:
    return tuple(market.Shown(_ticks(price), _sum(lots)) for price, lots in side)


def _print(of: candles.Trade) -> market.Print:
    side = words.Side.BUY if of.side == model.Side.BUY else words.Side.SELL
    kind = words.PrintKind.AUCTION if of.auction else words.PrintKind.CONTINUOUS
    return market.Print(of.price, of.lots, side, kind, of.at)


def _candle(of: candles.Candle) -> market.Candle:
    return market.Candle(of.opens_at, of.open, of.high, of.low, of.close, _sum(of.lots), of.first, of.last)


def _ticks(price: int) -> int:
    return min(price, values.TICKS_MAX)


def _sum(lots: int) -> int:
    return min(lots, market.SUM_MAX)
