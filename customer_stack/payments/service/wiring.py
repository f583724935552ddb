"""What payments work with, made once per process and handed down."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import clock, errors, ids, money, primitives
from customer_stack.ledger import model as ledger
from customer_stack.payments import ports
from customer_stack.payments.model import accounts
from customer_stack.payments.model.rails import Rail
from customer_stack.payments.rules import beneficiaries
from customer_stack.vault import service as vaults


class NotConfigured(errors.Unavailable):
    """No provider is set up that could do this."""

    code = "payment_provider_missing"


class UnknownProvider(errors.NotFound):
    """No such provider is set up here."""

    code = "payment_provider_unknown"


class CurrencyNotHeld(errors.Invalid):
    """No asset of this currency is counted here."""

    code = "payment_currency_unknown"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator decides. Limits are in the currency's minor unit; a currency without one needs a second person
    for every withdrawal.
    """

    country: str
    """Where our own accounts are."""
    approval_above: Mapping[str, int]
    cool_down: timedelta = beneficiaries.COOL_DOWN


class Payments(NamedTuple):
    vault: vaults.Vault
    clearance: ports.Clearance
    screener: ports.Screener
    customers: ports.Customers
    reviews: ports.Reviews
    payee: ports.PayeeCheck
    providers: Mapping[str, ports.Provider]
    policy: Policy
    clock: clock.Clock
    ids: ids.Ids
    modulus: accounts.Modulus | None = None

    def provider(self, name: str) -> ports.Provider:
        found = self.providers.get(name)
        if found is None:
            raise UnknownProvider("no such provider is set up")
        return found

    def offered(self, currency: str) -> Collection[Rail]:
        """The rails that somebody here sends this currency on."""
        return {rail for each in self.providers.values() for rail, of in each.rails.items() if currency in of}

    def choose(self, rail: Rail, currency: str) -> ports.Provider:
        """The first by name that sends it: the same one every time."""
        fit = sorted(name for name, each in self.providers.items() if currency in each.rails.get(rail, ()))
        if not fit:
            raise NotConfigured("no provider sends this currency on this rail", rail=rail.value)
        return self.providers[fit[0]]


class Code:
    """What a ledger transfer is for. Part of statements, so the numbers stay."""

    DEPOSIT = 301
    WITHDRAWAL = 302
    FEE = 303
    RETURN = 304
    FROM_SUSPENSE = 305
    TO_PAYABLE = 306


def derived(of: UUID, what: str) -> UUID:
    """The id of a transfer that exists once for a thing: doing it again finds it done."""
    return UUID(bytes=primitives.sha256(of.bytes + what.encode())[:16], version=4)


def iso_unit(asset: ledger.Asset) -> int:
    """How many of the ledger's units are one minor unit of the currency."""
    return int(10 ** (asset.scale - money.currency(asset.code).scale))


def by_code(assets: Mapping[int, ledger.Asset], currency: str) -> ledger.Asset:
    for each in assets.values():
        if each.code == currency and each.kind is ledger.AssetKind.CURRENCY:
            return each
    raise CurrencyNotHeld("this currency is not held here", currency=currency)
