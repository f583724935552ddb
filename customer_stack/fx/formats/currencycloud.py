"""Currencycloud's API v2: forms that are sent, JSON that comes back.

https://developer.currencycloud.com/api-reference/ (Authenticate, Find Rates, Get Detailed Rates, Create Conversion,
Find Conversions, Find Balances). Amounts and rates are texts. `unique_request_id` is the caller's own reference: it is
taken once, and conversions are found by it. A rate carries no time of its own but that of the answer.
"""

from decimal import Decimal
from uuid import UUID

import msgspec

from customer_stack.fx import model
from customer_stack.fx.formats import reading
from customer_stack.fx.model import refusals

AUTHENTICATE = "/v2/authenticate/api"
RATES = "/v2/rates/find"
DETAILED = "/v2/rates/detailed"
CREATE = "/v2/conversions/create"
FIND = "/v2/conversions/find"
BALANCES = "/v2/balances/find"
TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 -- the name of a header
PER_PAGE = 100
_DEAD = frozenset({"closed", "cancelled"})


class _Token(msgspec.Struct):
    auth_token: str


class _Rates(msgspec.Struct):
    rates: dict[str, tuple[str, str]]
    unavailable: list[str] = []


class _Detailed(msgspec.Struct):
    currency_pair: str
    client_rate: str


class _Conversion(msgspec.Struct):
    id: str
    status: str
    buy_currency: str
    sell_currency: str
    client_buy_amount: str
    client_sell_amount: str
    unique_request_id: str | None = None


class _Conversions(msgspec.Struct):
    conversions: list[_Conversion]


class _Balance(msgspec.Struct):
    currency: str
    amount: str


class _Balances(msgspec.Struct):
    balances: list[_Balance]


def login(login_id: str, api_key: str) -> dict[str, str]:
    return {"login_id": login_id, "api_key": api_key}


def token(body: bytes) -> str:
    return reading.decoded(body, _Token).auth_token


def rates(body: bytes) -> dict[str, tuple[Decimal, Decimal]]:
    """Bid and offer by pair, as the vendor writes pairs."""
    found = reading.decoded(body, _Rates).rates
    return {code: (reading.number(bid), reading.number(ask)) for code, (bid, ask) in found.items()}


def detailed(base: str, quote: str) -> dict[str, str]:
    """What it takes to buy one thousand of the base currency."""
    return {"buy_currency": base, "sell_currency": quote, "fixed_side": "buy", "amount": "1000.00"}


def detailed_rate(body: bytes, base: str, quote: str) -> Decimal:
    """How much of `quote` one `base` costs; the vendor names the pair as the market does, which may be the other way."""
    found = reading.decoded(body, _Detailed)
    rate = reading.number(found.client_rate)
    if found.currency_pair == base + quote:
        return rate
    if found.currency_pair == quote + base:
        return (1 / rate).quantize(Decimal(1).scaleb(-model.RATE_PLACES_MAX))
    raise refusals.ProviderSilent("the vendor speaks of another pair")


def order(wanted: model.Wanted) -> dict[str, str]:
    return {
        "buy_currency": wanted.buy,
        "sell_currency": wanted.sell,
        "fixed_side": wanted.side.value,
        "amount": reading.plain(wanted.amount),
        "reason": "treasury",
        "term_agreement": "true",
        "unique_request_id": str(wanted.reference),
    }


def made(body: bytes, wanted: model.Wanted) -> model.Fill:
    """The conversion that was just made."""
    return _fill(reading.decoded(body, _Conversion), wanted)


def found(body: bytes, wanted: model.Wanted) -> model.Fill | None:
    """The conversion with our reference. Listed twice it is still one; two with one reference are nobody's guess."""
    alive = [
        each
        for each in reading.decoded(body, _Conversions).conversions
        if each.unique_request_id == str(wanted.reference) and each.status not in _DEAD
    ]
    if not alive:
        return None
    if len({each.id for each in alive}) > 1:
        raise refusals.OrderUnknown("the vendor knows of several orders under one reference")
    return _fill(alive[0], wanted)


def balances(body: bytes) -> list[model.ProviderPosition]:
    return [
        model.ProviderPosition(each.currency, reading.signed(each.amount))
        for each in reading.decoded(body, _Balances).balances
    ]


def _fill(made_: _Conversion, wanted: model.Wanted) -> model.Fill:
    if (made_.sell_currency, made_.buy_currency) != (wanted.sell, wanted.buy):
        raise refusals.OrderUnknown("the vendor did something that was not asked for")
    sold, bought = reading.number(made_.client_sell_amount), reading.number(made_.client_buy_amount)
    return model.Fill(UUID(str(wanted.reference)), made_.id, sold, bought)
