"""Series, events and markets: their texts, their tick tables, and their lives by script."""

import dataclasses
from datetime import timedelta

from boundary.kernel import clock
from execution_stack.venues.simulators.kalshi import amounts, books, fees

STRUCTURES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "linear_cent": (("0.0000", "1.0000", "0.0100"),),
    "deci_cent": (("0.0000", "1.0000", "0.0010"),),
    "tapered_deci_cent": (
        ("0.0000", "0.1000", "0.0010"),
        ("0.1000", "0.9000", "0.0100"),
        ("0.9000", "1.0000", "0.0010"),
    ),
}


@dataclasses.dataclass
class Series:
    ticker: str
    title: str
    category: str
    frequency: str
    sources: tuple[tuple[str, str], ...]
    contract_url: str
    terms_url: str
    schedule: fees.Schedule = dataclasses.field(default_factory=fees.Schedule)

    def row(self) -> dict[str, object]:
        return {
            "ticker": self.ticker,
            "title": self.title,
            "category": self.category,
            "frequency": self.frequency,
            "tags": [],
            "settlement_sources": [{"name": name, "url": url} for name, url in self.sources],
            "contract_url": self.contract_url,
            "contract_terms_url": self.terms_url,
            "fee_type": self.schedule.type.value,
            "fee_multiplier": self.schedule.multiplier / 1_000_000,
            "additional_prohibitions": [],
            "exchange_index": 0,
        }


@dataclasses.dataclass
class Event:
    ticker: str
    series: str
    title: str
    subtitle: str
    exclusive: bool = False

    def row(self) -> dict[str, object]:
        return {
            "event_ticker": self.ticker,
            "series_ticker": self.series,
            "title": self.title,
            "sub_title": self.subtitle,
            "collateral_return_type": "MECNET" if self.exclusive else "binary",
            "mutually_exclusive": self.exclusive,
            "available_on_brokers": False,
            "product_metadata": {},
            "exchange_index": 0,
        }


@dataclasses.dataclass
class Script:
    """What becomes of a market, and when, without anybody asking."""

    determines: int | None = None
    settles: int | None = None
    result: str = "yes"
    value: int = amounts.DOLLAR


@dataclasses.dataclass
class Market:
    """Times are microseconds. `value` is what a YES contract pays once that is determined."""

    ticker: str
    event: str
    title: str
    yes_means: str
    no_means: str
    rules: str
    rules_more: str
    opens: int
    closes: int
    structure: str = "linear_cent"
    kind: str = "binary"
    status: str = "initialized"
    result: str = ""
    value: int | None = None
    settled: int | None = None
    fair: int = 500_000
    last: int = 0
    last_size: int = 0
    volume: int = 0
    interest: int = 0
    updated: int = 0
    script: Script = dataclasses.field(default_factory=Script)
    book: books.Book = dataclasses.field(default_factory=books.Book)

    def allows(self, price: int) -> bool:
        """Whether the tick table has this price; both ends of the whole are no prices."""
        return 0 < price < amounts.DOLLAR and any(
            first <= price <= last and (price - first) % step == 0 for first, last, step in self.ranges()
        )

    def ranges(self) -> list[tuple[int, int, int]]:
        table = [tuple(amounts.dollars(each) for each in row) for row in STRUCTURES[self.structure]]
        return [(first, last, step) for first, last, step in table]

    def ranges_row(self) -> list[dict[str, str]]:
        return [dict(zip(("start", "end", "step"), row, strict=True)) for row in STRUCTURES[self.structure]]

    def row(self) -> dict[str, object]:
        bid, ask = self.book.best(books.BID), self.book.best(books.ASK)
        yes_bid, yes_ask = bid or 0, amounts.DOLLAR if ask is None else ask
        prices = {
            "yes_bid_dollars": yes_bid,
            "yes_ask_dollars": yes_ask,
            "no_bid_dollars": amounts.DOLLAR - yes_ask,
            "no_ask_dollars": amounts.DOLLAR - yes_bid,
            "last_price_dollars": self.last,
            "previous_yes_bid_dollars": yes_bid,
            "previous_yes_ask_dollars": yes_ask,
            "previous_price_dollars": self.last,
            "notional_value_dollars": amounts.DOLLAR,
        }
        counts = {
            "yes_bid_size_fp": self.book.size(books.BID, yes_bid),
            "yes_ask_size_fp": self.book.size(books.ASK, yes_ask),
            "volume_fp": self.volume,
            "volume_24h_fp": self.volume,
            "open_interest_fp": self.interest,
        }
        return {
            **self._texts(),
            **{name: amounts.price_text(value) for name, value in prices.items()},
            **{name: amounts.count_text(value) for name, value in counts.items()},
            **self._end(),
        }

    def _texts(self) -> dict[str, object]:
        return {
            "ticker": self.ticker,
            "event_ticker": self.event,
            "market_type": self.kind,
            "title": self.title,
            "yes_sub_title": self.yes_means,
            "no_sub_title": self.no_means,
            "created_time": moment(self.opens),
            "updated_time": moment(self.updated or self.opens),
            "open_time": moment(self.opens),
            "close_time": moment(self.closes),
            "latest_expiration_time": moment(self.closes + 7 * 86_400 * 1_000_000),
            "settlement_timer_seconds": 60,
            "status": self.status,
            "can_close_early": True,
            "rules_primary": self.rules,
            "rules_secondary": self.rules_more,
            "price_level_structure": self.structure,
            "price_ranges": self.ranges_row(),
            "settlement_bounds_type": "default",
            "exchange_index": 0,
        }

    def _end(self) -> dict[str, object]:
        row: dict[str, object] = {"result": self.result, "expiration_value": ""}
        if self.value is not None:
            row["settlement_value_dollars"] = amounts.price_text(self.value)
        if self.settled is not None:
            row["settlement_ts"] = moment(self.settled)
        return row


def moment(micros: int) -> str:
    return (clock.EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
