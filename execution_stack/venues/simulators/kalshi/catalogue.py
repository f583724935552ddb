"""What is listed: a small catalogue for tests, and one that lives for demonstrations.

In the demonstration a market of the quick series opens, closes, is determined and settles every few minutes, and the
next one opens before it; the others stay open for months. All texts are made up.
"""

from execution_stack.venues.simulators.kalshi import amounts, fees, markets
from execution_stack.venues.simulators.kalshi.exchange import Exchange

MINUTE = 60 * 1_000_000
DAY = 24 * 60 * MINUTE
KEPT = 100
_TERMS = "https://exchange.example/terms"

SERIES = (
    ("KXRAINCMB", "Rain in Colombo", "Climate and Weather", "daily", "Department of Meteorology", fees.Type.QUADRATIC),
    (
        "KXRATELK",
        "Policy rate of the Central Bank of Sri Lanka",
        "Economics",
        "monthly",
        "Central Bank of Sri Lanka",
        fees.Type.QUADRATIC_WITH_MAKER_FEES,
    ),
    ("KXQUICK", "A number drawn every few minutes", "Demonstration", "custom", "Simulator", fees.Type.QUADRATIC),
)
STANDING = (
    # ticker, series, title, YES, tick table, kind
    ("KXRAINCMB-27JAN01-T10", "KXRAINCMB", "Rain above 10 mm on 1 January?", "Above 10 mm", "linear_cent", "binary"),
    (
        "KXRAINCMB-27JAN01-T50",
        "KXRAINCMB",
        "Rain above 50 mm on 1 January?",
        "Above 50 mm",
        "tapered_deci_cent",
        "binary",
    ),
    ("KXRATELK-27MAR-T8.00", "KXRATELK", "Policy rate above 8 % in March?", "Above 8 %", "linear_cent", "binary"),
    ("KXRATELK-27MAR-S", "KXRATELK", "Policy rate in March, in tenths", "Value", "deci_cent", "scalar"),
)


def standing(exchange: Exchange) -> None:
    """What is there from the beginning and stays."""
    now = exchange.now()
    for ticker, title, category, frequency, source, structure in SERIES:
        exchange.series[ticker] = markets.Series(
            ticker,
            title,
            category,
            frequency,
            ((source, "https://source.example/" + ticker.lower()),),
            "https://exchange.example/contracts/" + ticker.lower(),
            _TERMS,
            fees.Schedule(structure),
        )
    for ticker, series, title, means, table, kind in STANDING:
        event = ticker.rpartition("-")[0]
        exchange.events.setdefault(event, markets.Event(event, series, title, "", exclusive=False))
        add(exchange, ticker, event, title, means, now - MINUTE, now + 180 * DAY, structure=table, kind=kind)


def add(
    exchange: Exchange,
    ticker: str,
    event: str,
    title: str,
    means: str,
    opens: int,
    closes: int,
    *,
    structure: str = "linear_cent",
    kind: str = "binary",
    script: markets.Script | None = None,
) -> markets.Market:
    market = markets.Market(
        ticker=ticker,
        event=event,
        title=title,
        yes_means=means,
        no_means=f"Not: {means}",
        rules=f"If the source named in the series says so for {ticker}, the market resolves to Yes.",
        rules_more="A value that is published late counts if it is published within seven days.",
        opens=opens,
        closes=closes,
        structure=structure,
        kind=kind,
        status="active" if opens <= exchange.now() else "initialized",
        script=script or markets.Script(),
    )
    exchange.markets[ticker] = market
    _announce(exchange, market)
    return market


def _announce(exchange: Exchange, market: markets.Market) -> None:
    exchange.tell(
        "lifecycle",
        msg={
            "market_ticker": market.ticker,
            "event_type": "created",
            "exchange_index": 0,
            "open_ts": market.opens // 1_000_000,
            "close_ts": market.closes // 1_000_000,
            "price_level_structure": market.structure,
            "price_ranges": market.ranges_row(),
            "additional_metadata": {
                "name": market.title,
                "title": market.title,
                "yes_sub_title": market.yes_means,
                "no_sub_title": market.no_means,
                "rules_primary": market.rules,
                "rules_secondary": market.rules_more,
                "can_close_early": True,
                "event_ticker": market.event,
                "expected_expiration_ts": market.closes // 1_000_000,
            },
        },
    )


class Quick:
    """The series whose markets live for minutes. Their results follow a pattern: yes, no, scalar, yes, void."""

    RESULTS = ("yes", "no", "scalar", "yes", "void")

    def __init__(self, exchange: Exchange, every: int) -> None:
        self._exchange, self._every = exchange, every
        self._number = 0
        self._next = 0

    def step(self) -> None:
        now = self._exchange.now()
        if now < self._next:
            return
        self._number += 1
        self._next = now + self._every
        self._forget()
        ticker = f"KXQUICK-{self._number:06d}"
        event = ticker
        self._exchange.events[event] = markets.Event(event, "KXQUICK", "Is the next number even?", "", exclusive=False)
        result = self.RESULTS[(self._number - 1) % len(self.RESULTS)]
        closes = now + self._every * 2
        script = markets.Script(
            determines=closes + self._every // 4,
            settles=closes + self._every // 2,
            result=result,
            value=37 * amounts.DOLLAR // 100,
        )
        add(self._exchange, ticker, event, "Is the next number even?", "Even", now, closes, script=script)

    def _forget(self) -> None:
        """Only the newest markets that are over stay listed, as an exchange archives old ones."""
        over = [each for each in self._exchange.markets.values() if each.status == "finalized"]
        for market in over[:-KEPT]:
            del self._exchange.markets[market.ticker]
