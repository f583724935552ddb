"""The European Central Bank's euro foreign exchange reference rates, as its daily XML file has them.

https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml: one day's `Cube` with what a euro is in each currency,
published about 16:00 in Frankfurt on working days of TARGET. Rates between two other currencies are their quotient,
rounded apart by one part of the last place, so that the exact one lies between.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from xml.parsers import expat

from customer_stack.fx import model
from customer_stack.fx.formats import reading
from customer_stack.fx.model import refusals

DAILY = "/stats/eurofxref/eurofxref-daily.xml"
EURO = "EUR"
_SET_AT = time(13, 0, tzinfo=UTC)
"""The banks concert at 14:15 in Frankfurt; this is never later than the publication, summer or winter."""
_PLACE = Decimal(1).scaleb(-model.RATE_PLACES_MAX)


class Day(NamedTuple):
    """What a euro was in each currency on a day."""

    at: datetime
    rates: dict[str, Decimal]


def daily(body: bytes) -> Day:
    """The file's one day. A document type or an entity in it is not of the bank's making."""
    days: list[str] = []
    rates: dict[str, Decimal] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in attributes:
            days.append(attributes["time"])
        if "currency" in attributes:
            rates[attributes["currency"]] = reading.number(attributes.get("rate", ""))

    def refuse(*_: object) -> None:
        raise refusals.ProviderSilent("the file of reference rates declares what it should not")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
        [day] = days
        at = datetime.combine(date.fromisoformat(day), _SET_AT)
    except (expat.ExpatError, ValueError):
        raise refusals.ProviderSilent("the file of reference rates cannot be read") from None
    if not rates:
        raise refusals.ProviderSilent("the file of reference rates has no rate")
    return Day(at, rates | {EURO: Decimal(1)})


def crossed(day: Day, pair: model.Pair) -> tuple[Decimal, Decimal] | None:
    """Bid and ask of any two currencies of the day: equal where the file says them, else one place apart."""
    base, quote = day.rates.get(pair.base), day.rates.get(pair.quote)
    if base is None or quote is None:
        return None
    if pair.base == EURO:
        return quote, quote
    low = (quote / base).quantize(_PLACE, rounding="ROUND_FLOOR")
    return low, low + _PLACE
