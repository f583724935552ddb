"""The Central Bank of Sri Lanka's buying and selling rates of telegraphic transfers, as its page of results shows them.

https://www.cbsl.gov.lk/en/rates-and-indicators/exchange-rates/daily-buy-and-sell-exchange-rates embeds a form
(`/cbsl_custom/exratestt/exratestt.php`) whose answer is the only machine's surface without a session: for each currency
a heading and a table of date, buying and selling rate in rupees. They are averages of what licensed banks quote at
half past nine in the morning in Colombo.
"""

import html.parser
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

from customer_stack.fx.formats import reading
from customer_stack.fx.model import refusals

RESULTS = "/cbsl_custom/exratestt/exrates_resultstt.php"
NAMES = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CNY": "Renminbi",
    "EUR": "Euro",
    "GBP": "British Pound",
    "JPY": "Yen",
    "SGD": "Singapore Dollar",
    "USD": "United States Dollar",
}
_CALLED = {name.lower(): code for code, name in NAMES.items()} | {"us dollar": "USD", "japanese yen": "JPY"}
_NOON_OF_RATES = time(9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
_WIDTH = 3
DAYS = 10


class Row(NamedTuple):
    """One currency on one day, in rupees for one unit."""

    currency: str
    at: datetime
    buying: Decimal
    selling: Decimal


def form(currencies: list[str], today: date) -> list[tuple[str, str]]:
    """The fields of the form: these currencies, of the last days; on a day off nothing is published."""
    chosen = [("chk_cur[]", f"{code}~{NAMES[code]}") for code in currencies]
    return [
        ("lookupPage", "lookup_daily_exchange_rates.php"),
        ("startRange", "2006-11-11"),
        ("rangeType", "dates"),
        ("txtStart", (today - timedelta(days=DAYS)).isoformat()),
        ("txtEnd", today.isoformat()),
        *chosen,
        ("submit_button", "Submit"),
    ]


def newest(body: bytes) -> dict[str, Row]:
    """The last day's row of each currency. A page without one is no answer."""
    page = _Page()
    try:
        page.feed(body.decode("utf-8", "replace"))
        page.close()
        rows = [_row(code, *cells) for code, cells in page.rows]
    except (ValueError, AssertionError):
        raise refusals.ProviderSilent("the page of results cannot be read") from None
    if not rows:
        raise refusals.ProviderSilent("the page of results has no rate")
    return {row.currency: row for row in sorted(rows, key=lambda row: row.at)}


def _row(code: str, day: str, buying: str, selling: str) -> Row:
    at = datetime.combine(date.fromisoformat(day), _NOON_OF_RATES).astimezone(UTC)
    return Row(code, at, reading.number(buying.replace(",", "")), reading.number(selling.replace(",", "")))


class _Page(html.parser.HTMLParser):
    """Collects rows of three cells below a heading that names a currency."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[str, tuple[str, str, str]]] = []
        self._heading: list[str] | None = None
        self._currency = ""
        self._cells: list[str] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "h2":
            self._heading, self._currency = [], ""
        elif tag == "tr":
            self._cells = []
        elif tag == "td":
            self._cells.append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2" and self._heading is not None:
            name = " ".join("".join(self._heading).split()).lower()
            self._currency, self._heading = _CALLED.get(name, ""), None
        elif tag == "td":
            self._in_cell = False
        elif tag == "tr" and self._currency and len(self._cells) == _WIDTH:
            day, buying, selling = (cell.strip() for cell in self._cells)
            self.rows.append((self._currency, (day, buying, selling)))
            self._cells = []

    def handle_data(self, data: str) -> None:
        if self._heading is not None:
            self._heading.append(data)
        elif self._in_cell:
            self._cells[-1] += data
