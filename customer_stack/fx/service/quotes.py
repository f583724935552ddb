"""Quotes: given, shown, cancelled, over.

A quote is priced from the board, counted against the limits of its pair and its customer, signed and kept, in one
transaction. When it is over is decided by `repo.rates.moment` alone.
"""

from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, ids, money, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.fx import model, ports
from customer_stack.fx.formats import documents
from customer_stack.fx.model import entries, policy, refusals
from customer_stack.fx.repo import conversions
from customer_stack.fx.repo import quotes as repo
from customer_stack.fx.repo import rates as rates_repo
from customer_stack.fx.rules import pricing, states
from customer_stack.fx.rules import terms as terms_rules
from customer_stack.fx.service import board, house
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts

EXPIRED_AT_ONCE = 500


class Desk(NamedTuple):
    """What it takes to quote and to convert. Without a key there are no quotes, without clearance no conversions."""

    policy: policy.Policy
    seed: bytes | None
    house: house.House
    clearance: ports.Clearance | None
    ids: ids.Ids

    @property
    def key(self) -> bytes:
        """The secret that documents are signed with."""
        if self.seed is None:
            raise refusals.NotOffered("there is no key here to sign quotes with")
        return self.seed


class Wanted(NamedTuple):
    """What a customer asks to be quoted: one amount, as text, of the side that they name."""

    account: UUID
    kind: model.Kind
    sell: str
    buy: str
    side: model.Side
    amount: str


async def create(tx: transaction.Tx, desk: Desk, wanted: Wanted) -> model.Quote:
    """Price it, and promise the price."""
    seed = desk.key
    terms = terms_rules.of(desk.policy, wanted.sell, wanted.buy)
    asked = _asked(wanted)
    priced, now = await board.priced(tx, terms)
    month = conversions.first_of_month(now)
    level = pricing.tier(desk.policy.tiers, wanted.kind, await repo.volume(tx, wanted.account, month))
    known = await desk.house.known(tx, (wanted.sell, wanted.buy))
    sell, buy = known.assets[wanted.sell], known.assets[wanted.buy]
    price = pricing.computed(terms, priced, level, asked, pricing.Scales(sell.scale, buy.scale))
    cash = await _cash(tx, desk, wanted.account, (sell.number, buy.number))
    await _stake(tx, terms, wanted.account, price, pricing.Scales(sell.scale, buy.scale))
    number, expires = desk.ids.ordered(), now + terms.lifetime
    document = documents.quote(number, wanted.account, priced, price, now, expires)
    quote = model.Quote(
        id=number,
        account=wanted.account,
        pair=terms.pair,
        side=wanted.side,
        sell=wanted.sell,
        buy=wanted.buy,
        sell_units=price.sell_units,
        buy_units=price.buy_units,
        fee_units=price.fee_units,
        residue_units=price.residue_units,
        residue_of=price.residue_of,
        base_units=price.base_units,
        quote_units=price.buy_units if wanted.sell == terms.base else price.sell_units,
        volume=pricing.volume(terms, price),
        sell_account=cash[sell.number],
        buy_account=cash[buy.number],
        document=document,
        signature=documents.sign(seed, documents.QUOTE, document),
        created_at=now,
        expires_at=expires,
        state=states.QUOTE.initial,
    )
    await repo.add(tx, quote)
    await audit.write(tx, entries.Quoted(number, primitives.sha256(document)))
    return quote


def _asked(wanted: Wanted) -> pricing.Asked:
    currency = money.currency(wanted.sell if wanted.side is model.Side.SELL else wanted.buy)
    minor = money.parse(wanted.amount, currency).to_minor()
    if minor <= 0:
        raise refusals.AmountTooSmall("an amount is above zero")
    return pricing.Asked(wanted.sell, wanted.buy, wanted.side, minor)


async def _cash(tx: transaction.Tx, desk: Desk, account: UUID, assets: tuple[int, int]) -> dict[int, UUID]:
    """The customer's two accounts; one that they have not yet is opened."""
    kind = ledger.Kind.CUSTOMER_CASH
    found = {each.asset: each.id for each in await accounts.of_owner(tx, account) if each.code == kind}
    for asset in assets:
        if asset not in found:
            found[asset] = (await accounts.ensure(tx, account, kind, asset, desk.ids)).id
    return found


async def _stake(
    tx: transaction.Tx, terms: policy.Terms, account: UUID, price: model.Computed, scales: pricing.Scales
) -> None:
    """Count it, and refuse what passes a limit. What is over by now makes room first."""
    scale = scales.sell if price.sell == terms.base else scales.buy
    unit = 10 ** (scale - money.currency(terms.base).scale)
    open_ = await repo.stake(tx, terms.pair, account, price.base_units)
    if open_.pair > terms.pair_open_max * unit or open_.account > terms.customer_open_max * unit:
        await expire(tx)
        open_ = await repo.at_stake(tx, terms.pair, account)
    if open_.account > terms.customer_open_max * unit:
        raise refusals.CustomerExposed("too much is promised to you in this pair", pair=str(terms.pair))
    if open_.pair > terms.pair_open_max * unit:
        raise refusals.PairExposed("too much is promised in this pair", pair=str(terms.pair))


async def expire(tx: transaction.Tx) -> int:
    """End what is over, a bounded number at a time; how many. Writes the time down: it never was earlier."""
    now = await rates_repo.moment(tx)
    over = await repo.due(tx, now, EXPIRED_AT_ONCE)
    await _end(tx, over, model.QuoteEvent.EXPIRE)
    await rates_repo.raise_high(tx, now)
    return len(over)


async def cancel(tx: transaction.Tx, account: UUID, number: UUID) -> model.Quote | errors.Refusal:
    """End one of the customer's own. Cancelling what is cancelled is no change."""
    quote = (await repo.lock(tx, [number])).get(number)
    if quote is None or quote.account != account:
        raise refusals.QuoteUnknown("there is no such quote")
    if quote.state is model.QuoteState.CANCELLED:
        return quote
    refusal = refused(quote)
    if refusal is not None:
        return refusal
    if quote.expires_at <= await rates_repo.moment(tx):
        await _end(tx, [quote], model.QuoteEvent.EXPIRE)
        return refusals.QuoteExpired("the quote's time is over")
    await _end(tx, [quote], model.QuoteEvent.CANCEL)
    return (await repo.find(tx, [number]))[number]


async def cancel_all(tx: transaction.Tx, account: UUID, saga: UUID) -> int:
    """End every active quote of an account, because somebody decided that it may do nothing more; how many.

    Once more changes nothing. The saga is whose doing it is; its own record says so.
    """
    del saga
    return await _end(tx, await repo.open_of(tx, account), model.QuoteEvent.CANCEL)


class CancelQuotes:
    """The step of a late refusal that belongs to foreign exchange; it has the shape of `kyc.ports.Step`."""

    name = "fx.cancel_quotes"

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        await cancel_all(tx, account, saga)


async def one(tx: transaction.Tx, account: UUID, number: UUID) -> model.Quote:
    """A quote of the customer's own."""
    quote = (await repo.find(tx, [number])).get(number)
    if quote is None or quote.account != account:
        raise refusals.QuoteUnknown("there is no such quote")
    return quote


async def listed(
    tx: transaction.Tx, account: UUID | None, state: model.QuoteState | None, before: UUID | None, limit: int
) -> list[model.Quote]:
    return await repo.listed(tx, account, state, before, limit)


def refused(quote: model.Quote) -> errors.Refusal | None:
    """Why a quote can no longer be used or cancelled, by its state."""
    match quote.state:
        case model.QuoteState.USED:
            return refusals.QuoteUsed("the quote was used")
        case model.QuoteState.EXPIRED:
            return refusals.QuoteExpired("the quote's time is over")
        case model.QuoteState.CANCELLED:
            return refusals.QuoteCancelled("the quote was cancelled")
        case model.QuoteState.ACTIVE:
            return None


async def _end(tx: transaction.Tx, quotes: list[model.Quote], event: model.QuoteEvent) -> int:
    if not quotes:
        return 0
    state = states.QUOTE.advance(model.QuoteState.ACTIVE, event)
    now = await rates_repo.moment(tx)
    count = await repo.end(tx, quotes, state, now)
    digest = primitives.sha256(b"".join(each.id.bytes for each in quotes))
    await audit.write(tx, entries.QuotesEnded(state.value, count, digest))
    return count


def content(document: bytes) -> dict[str, Any]:
    """A signed document as what it says."""
    return msgspec.json.decode(document, type=dict[str, Any])
