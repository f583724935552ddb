"""OpenPayd's API: JSON both ways, amounts as JSON numbers that are kept as they stand.

https://apidocs.openpayd.com/reference (OAuth token, List accounts, Get detailed quote, Create exchange, List
transactions). A quote names two accounts of ours, one in each currency. An exchange carries our reference as its
`comment`, and transactions of the type EXCHANGE are listed and looked through for it.
"""

from decimal import Decimal
from typing import Any

import msgspec

from customer_stack.fx import model
from customer_stack.fx.formats import reading
from customer_stack.fx.model import refusals

TOKEN = "/api/oauth/token?grant_type=client_credentials"  # noqa: S105 -- an address
ACCOUNTS = "/api/accounts?size=100"
QUOTE = "/api/transactions/exchange/quote/detailed"
EXCHANGE = "/api/transactions/exchange"
TRANSACTIONS = "/api/transactions?type=EXCHANGE&size=1000"
HOLDER_HEADER = "x-account-holder-id"
PROBE = Decimal(1000)
"""Rates are asked for by an amount: this many of the base currency."""
_DEAD = frozenset({"FAILED", "CANCELLED", "REJECTED"})


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """A token, how long it holds, and whose accounts it opens."""

    access_token: str = msgspec.field(name="access_token")
    expires_in: int = msgspec.field(name="expires_in")
    account_holder_id: str = ""


class _Money(msgspec.Struct):
    value: Decimal
    currency: str


class _Account(msgspec.Struct, rename="camel"):
    id: str
    status: str
    available_balance: _Money


class _Accounts(msgspec.Struct):
    content: list[_Account]


class _Quote(msgspec.Struct, rename="camel"):
    quote_id: str
    sell_amount: _Money
    buy_amount: _Money


class _Exchange(msgspec.Struct, rename="camel"):
    transaction_id: str
    status: str
    sell_amount: _Money
    buy_amount: _Money
    comment: str | None = None


class _Exchanges(msgspec.Struct):
    content: list[_Exchange]


class Account(msgspec.Struct, frozen=True):
    id: str
    currency: str
    available: Decimal


def session(body: bytes) -> Session:
    return reading.decoded(body, Session)


def accounts(body: bytes) -> dict[str, Account]:
    """Our active accounts by currency."""
    return {
        each.available_balance.currency: Account(each.id, each.available_balance.currency, each.available_balance.value)
        for each in reading.decoded(body, _Accounts).content
        if each.status == "ACTIVE"
    }


def asked(sell: Account, buy: Account, side: model.Side, amount: Decimal) -> dict[str, Any]:
    """The body of a request for a quote, and of an exchange."""
    fixed = sell if side is model.Side.SELL else buy
    return {
        "source": {"identifier": sell.id, "type": "ACCOUNT"},
        "destination": {"identifier": buy.id, "type": "ACCOUNT"},
        "fixedSide": side.name,
        "amount": {"currency": fixed.currency, "value": amount},
    }


def encoded(body: dict[str, Any]) -> bytes:
    """Decimals as JSON numbers, digit by digit."""
    return msgspec.json.Encoder(decimal_format="number").encode(body)


def quote_id(body: bytes) -> str:
    return reading.decoded(body, _Quote).quote_id


def rate(body: bytes, base: str) -> Decimal:
    """How much of the other currency one `base` was quoted at, cut to the places of a rate."""
    found = reading.decoded(body, _Quote)
    by_currency = {found.sell_amount.currency: found.sell_amount, found.buy_amount.currency: found.buy_amount}
    if base not in by_currency or len(by_currency) < 2:
        raise refusals.ProviderSilent("the vendor speaks of another pair")
    other = next(each for code, each in by_currency.items() if code != base)
    exact = reading.number(abs(other.value)) / reading.number(abs(by_currency[base].value))
    return exact.quantize(Decimal(1).scaleb(-model.RATE_PLACES_MAX)).normalize()


def made(body: bytes, wanted: model.Wanted) -> model.Fill:
    return _fill(reading.decoded(body, _Exchange), wanted)


def found(body: bytes, wanted: model.Wanted) -> model.Fill | None:
    """The exchange with our reference. Listed twice it is still one; two with one reference are nobody's guess."""
    alive = [
        each
        for each in reading.decoded(body, _Exchanges).content
        if each.comment == str(wanted.reference) and each.status not in _DEAD
    ]
    if not alive:
        return None
    if len({each.transaction_id for each in alive}) > 1:
        raise refusals.OrderUnknown("the vendor knows of several exchanges under one reference")
    return _fill(alive[0], wanted)


def _fill(made_: _Exchange, wanted: model.Wanted) -> model.Fill:
    if (made_.sell_amount.currency, made_.buy_amount.currency) != (wanted.sell, wanted.buy):
        raise refusals.OrderUnknown("the vendor did something that was not asked for")
    sold, bought = reading.number(abs(made_.sell_amount.value)), reading.number(abs(made_.buy_amount.value))
    return model.Fill(wanted.reference, made_.transaction_id, sold, bought)
