"""Evens positions with a provider: plans orders, carries them, and reads back those whose fate is not known.

An order is marked as sent before it is sent. Whatever then happens to us or to the provider, it is known that it may
exist, and the provider is asked for it by our reference. Only when they say that they know of none, and some time has
passed in which they would have heard of it, is it sent again, under the same reference. A refusal is believed only
after the same question: it may be their word for "you have sent this before".
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors, ids, money
from boundary.kernel.runtime import audit, telemetry, transaction
from customer_stack.fx import model, ports
from customer_stack.fx.model import entries, policy, refusals
from customer_stack.fx.repo import conversions
from customer_stack.fx.repo import hedges as repo
from customer_stack.fx.repo import rates as rates_repo
from customer_stack.fx.rules import positions, postings, states
from customer_stack.fx.rules import terms as terms_rules
from customer_stack.fx.service import house
from customer_stack.ledger.service import posting

ABANDONED = timedelta(seconds=90)
"""After so long a sender is dead, and its order's fate unknown."""
LATE = timedelta(seconds=120)
"""So long a provider may take until an order that it took can be found."""
MOVED = telemetry.Event("fx.hedge", order=UUID, state=telemetry.Word)


class Hedger(NamedTuple):
    """What it takes to hedge. `chosen` is the provider of new orders; older ones stay with theirs."""

    policy: policy.Policy
    providers: Mapping[str, ports.Provider]
    chosen: str | None
    house: house.House
    ids: ids.Ids


class _Outcome(NamedTuple):
    event: model.HedgeEvent
    fill: model.Fill | None = None


async def plan(tx: transaction.Tx, hedger: Hedger) -> int:
    """An order for every position that is too far from even and has none yet; how many."""
    if hedger.chosen is None:
        return 0
    made = 0
    for position in await conversions.positions(tx):
        pair = position.pair
        terms = terms_rules.of(hedger.policy, pair.base, pair.quote)
        known = await hedger.house.known(tx, (pair.base, pair.quote))
        scales = positions.Scales(known.assets[pair.base].scale, known.assets[pair.quote].scale)
        minor = positions.to_hedge(terms, position, scales)
        if not minor:
            continue
        now = await rates_repo.moment(tx)
        order = model.HedgeOrder(hedger.ids.ref(), pair, hedger.chosen, minor, states.HEDGE.initial, "", 0, now, now)
        units = minor * 10 ** (scales.base - money.currency(pair.base).scale)
        if await repo.plan(tx, order, units):
            await audit.write(tx, entries.HedgeMoved(order.id, order.state.value, 0))
            made += 1
    return made


async def carry(db: transaction.Database, hedger: Hedger) -> None:
    """Take every open order one step further."""
    for order in await db.read("fx.hedge.open", repo.open_orders):
        provider = hedger.providers.get(order.provider)
        if provider is not None:
            await _step(db, hedger, provider, order)


async def _step(db: transaction.Database, hedger: Hedger, provider: ports.Provider, order: model.HedgeOrder) -> None:
    if order.state is model.HedgeState.SENDING:
        if not await db.read("fx.hedge.quiet", lambda tx: repo.is_quiet(tx, order.id, ABANDONED)):
            return  # somebody is at it
        await _record(db, hedger, order.id, _Outcome(model.HedgeEvent.LOSE))
    if order.state is model.HedgeState.PLANNED:
        sent = await db.run("fx.hedge.send", lambda tx: _send(tx, order.id))
        outcome = await _sent(provider, order) if sent else None
    else:
        outcome = await _read_back(db, provider, order)
    if outcome is not None:
        await _record(db, hedger, order.id, outcome)


async def _send(tx: transaction.Tx, number: UUID) -> bool:
    """Mark it before anything leaves us."""
    order = await repo.lock(tx, number)
    if order is None or order.state is not model.HedgeState.PLANNED:
        return False
    state = states.HEDGE.advance(order.state, model.HedgeEvent.SEND)
    await repo.mark(tx, number, state, order.handle, None, attempt=True)
    await audit.write(tx, entries.HedgeMoved(number, state.value, order.attempts + 1))
    return True


async def _sent(provider: ports.Provider, order: model.HedgeOrder) -> _Outcome:
    wanted = asked(order)
    try:
        return _Outcome(model.HedgeEvent.FILL, await provider.create_fx_order(wanted))
    except refusals.OrderUnknown:
        return _Outcome(model.HedgeEvent.LOSE)
    except refusals.ProviderSilent:
        return _Outcome(model.HedgeEvent.MISS)
    except refusals.ProviderRefused:
        try:
            fill = await provider.find_fx_order(wanted)
        except errors.Refusal:
            return _Outcome(model.HedgeEvent.LOSE)
        return _Outcome(model.HedgeEvent.REFUSE if fill is None else model.HedgeEvent.FILL, fill)


async def _read_back(db: transaction.Database, provider: ports.Provider, order: model.HedgeOrder) -> _Outcome | None:
    try:
        fill = await provider.find_fx_order(asked(order))
    except errors.Refusal:
        return None  # still unknown
    if fill is not None:
        return _Outcome(model.HedgeEvent.FILL, fill)
    late = await db.read("fx.hedge.quiet", lambda tx: repo.is_quiet(tx, order.id, LATE))
    return _Outcome(model.HedgeEvent.MISS) if late else None


def asked(order: model.HedgeOrder) -> model.Wanted:
    """The order in a provider's words: the base currency's amount is the one that is fixed."""
    pair = order.pair
    amount = money.from_minor(abs(order.base_minor), money.currency(pair.base)).amount
    if order.base_minor > 0:
        return model.Wanted(order.id, pair.quote, pair.base, model.Side.BUY, amount)
    return model.Wanted(order.id, pair.base, pair.quote, model.Side.SELL, amount)


async def _record(db: transaction.Database, hedger: Hedger, number: UUID, outcome: _Outcome) -> None:
    state = await db.run("fx.hedge.record", lambda tx: _write(tx, hedger, number, outcome))
    if state is not None:
        telemetry.emit(MOVED, "info", order=number, state=telemetry.Word(state.value))


async def _write(tx: transaction.Tx, hedger: Hedger, number: UUID, outcome: _Outcome) -> model.HedgeState | None:
    order = await repo.lock(tx, number)
    if order is None or (order.state, outcome.event) not in states.HEDGE.transitions:
        return None  # somebody else has found out meanwhile
    state = states.HEDGE.advance(order.state, outcome.event)
    quote_minor, handle = None, order.handle
    if outcome.fill is not None:
        quote_minor, handle = await _fill(tx, hedger, order, outcome.fill), outcome.fill.handle
    await repo.mark(tx, number, state, handle, quote_minor, attempt=False)
    await audit.write(tx, entries.HedgeMoved(number, state.value, order.attempts))
    return state


async def _fill(tx: transaction.Tx, hedger: Hedger, order: model.HedgeOrder, fill: model.Fill) -> int:
    """Post what happened, and move the position; what it was in the quote currency, in its smallest ISO unit."""
    pair = order.pair
    known = await hedger.house.known(tx, (pair.base, pair.quote))
    base, quote = known.assets[pair.base], known.assets[pair.quote]
    bought_base = order.base_minor > 0
    base_amount, quote_amount = (fill.bought, fill.sold) if bought_base else (fill.sold, fill.bought)
    base_units, quote_units = _units(base_amount, base.scale), _units(quote_amount, quote.scale)
    now = await rates_repo.moment(tx)
    assets = postings.Assets(base.number, quote.number)
    await posting.post_all(tx, postings.hedge(order, base_units, quote_units, assets, known.accounts, hedger.ids), now)
    sign = 1 if bought_base else -1
    await conversions.move(tx, {pair: (sign * base_units, -sign * quote_units)})
    return _units(quote_amount, money.currency(pair.quote).scale)


def _units(amount: Decimal, scale: int) -> int:
    """The amount in an asset's smallest unit; a provider does not deal in finer ones."""
    units = amount.scaleb(scale)
    if units != int(units):
        raise refusals.OrderUnknown("the provider states an amount finer than the currency has")
    return int(units)
