"""Takes a venue's catalogue in: each market's public document, the instrument that stands for it, and how its life goes.

A market is listed once its document is published; one whose document waits for people, or was refused, is not. Text is
swept and stored outside transactions; each market is a transaction of its own, so one that cannot be taken stops none.
"""

import asyncio
import functools
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import prometheus_client

from boundary.kernel import errors, primitives
from boundary.kernel.runtime import audit, telemetry, transaction
from execution_stack.catalogue import model as catalogue_model
from execution_stack.catalogue import ports as catalogue_ports
from execution_stack.catalogue import rules as catalogue_rules
from execution_stack.catalogue import service as catalogue
from execution_stack.documents import model as documents_model
from execution_stack.documents import ports as documents_ports
from execution_stack.instruments import model as instruments_model
from execution_stack.instruments import ports as instruments_ports
from execution_stack.instruments import rules as instruments_rules
from execution_stack.instruments import service as instruments
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.repo import markets as repo
from execution_stack.venues.rules import contracts
from execution_stack.venues.service.wiring import Dealing

IMPORTED = prometheus_client.Counter("venue_markets", "Markets of catalogues by what became of them", ["outcome"])
LEFT_OUT = telemetry.Event("venues.market_left_out", code=telemetry.Word)
NOT_CHANGED = telemetry.Event("venues.instrument_not_changed", instrument=UUID, code=telemetry.Word)
_OUTCOME = catalogue_model.Outcome
_STATUSES = list(model.MarketStatus)
_GOES_ON = (
    model.MarketStatus.INITIALIZED,
    model.MarketStatus.ACTIVE,
    model.MarketStatus.INACTIVE,
    model.MarketStatus.CLOSED,
    model.MarketStatus.DETERMINED,
    model.MarketStatus.DISPUTED,
    model.MarketStatus.AMENDED,
)
_LISTABLE = frozenset({model.MarketStatus.INITIALIZED, model.MarketStatus.ACTIVE, model.MarketStatus.INACTIVE})
_TRADES = frozenset({model.MarketStatus.INITIALIZED, model.MarketStatus.ACTIVE})
_HALTS = frozenset({model.MarketStatus.INACTIVE})
_OVER = frozenset(model.MarketStatus) - _TRADES - _HALTS


class Importing(NamedTuple):
    """What an import needs beside the venue: the key it signs with, and where documents go."""

    seed: bytes
    store: documents_ports.Store
    held: documents_ports.Store
    """Where documents lie that wait for people; nothing is served from there."""
    sweep: catalogue_ports.Sweep
    documents: documents_ports.Outbound
    instruments: instruments_ports.Outbound
    orders: instruments_ports.Orders


class Catalogue(NamedTuple):
    series: Mapping[str, model.Series]
    events: Mapping[str, model.Event]


class Text(NamedTuple):
    """A document, and what was found in it."""

    document: documents_model.Document
    findings: int | None


async def sync(db: transaction.Database, deal: Dealing, importing: Importing) -> dict[str, int]:
    """The whole catalogue; how many markets came to what."""
    public = primitives.ed25519_public(importing.seed)
    await db.read("catalogue.key", lambda tx: catalogue.require_active(tx, public))
    read = await _catalogue(deal)
    outcomes: dict[str, int] = {}
    seen: set[str] = set()
    for status in _GOES_ON:
        cursor = ""
        while True:
            page = await deal.venue.markets(status=status, cursor=cursor)
            for market in page.items:
                seen.add(market.ticker)
                _count(outcomes, await _tried(db, deal, importing, read, market))
            cursor = page.cursor
            if not cursor:
                break
    for ticker in await db.read("venues.going_on", lambda tx: repo.going_on(tx, deal.name)):
        if ticker not in seen:
            await one(db, deal, importing, ticker)
    return outcomes


async def one(db: transaction.Database, deal: Dealing, importing: Importing, ticker: str) -> str:
    """One market, of which there is news."""
    market = await deal.venue.market(ticker)
    if market is None:
        return "unknown"
    return await _tried(db, deal, importing, await _catalogue(deal, market.event), market)


async def _catalogue(deal: Dealing, wanted: str | None = None) -> Catalogue:
    series = {each.ticker: each for each in (await deal.venue.series()).items}
    events: dict[str, model.Event] = {}
    cursor = ""
    while True:
        page = await deal.venue.events(cursor=cursor)
        events |= {each.ticker: each for each in page.items}
        cursor = page.cursor
        if not cursor or wanted in events:
            return Catalogue(series, events)


def _count(outcomes: dict[str, int], word: str) -> None:
    outcomes[word] = outcomes.get(word, 0) + 1
    IMPORTED.labels(word).inc()


async def _tried(
    db: transaction.Database, deal: Dealing, importing: Importing, read: Catalogue, market: model.Market
) -> str:
    try:
        return await _market(db, deal, importing, read, market)
    except (errors.Invalid, errors.Conflict) as refusal:
        telemetry.emit(LEFT_OUT, "warning", code=telemetry.Word(type(refusal).code))
        return "left_out"


async def _market(
    db: transaction.Database, deal: Dealing, importing: Importing, read: Catalogue, market: model.Market
) -> str:
    event = read.events.get(market.event)
    series = read.series.get(event.series) if event else None
    if event is None or series is None or not all(map(contracts.is_code, (market.ticker, event.ticker, series.ticker))):
        return "left_out"
    data = contracts.document(deal.name, series, event, market)
    text = await asyncio.to_thread(_judged, importing, data)
    signature = catalogue_rules.sign(importing.seed, catalogue.content(text.document))
    work = functools.partial(
        _take, deal=deal, importing=importing, market=market, event=event, text=text, signature=signature
    )
    return await db.run("venues.market", work)


def _judged(importing: Importing, data: bytes) -> Text:
    """Swept, and stored where what the sweep says puts it."""
    findings = catalogue.judge(data, importing.sweep)
    document = catalogue.described(data)
    if findings is not None:
        (importing.held if findings else importing.store).put(document.hash, data)
    return Text(document, findings)


async def _take(
    tx: transaction.Tx,
    deal: Dealing,
    importing: Importing,
    market: model.Market,
    event: model.Event,
    text: Text,
    signature: bytes,
) -> str:
    """One market in one transaction: its document, its instrument, its row."""
    known = await repo.instrument_of(tx, deal.name, market.ticker)
    if known is None and market.status not in _LISTABLE:
        return "over"
    public = primitives.ed25519_public(importing.seed)
    outcome = await catalogue.take(tx, text.document, text.findings, public, signature, importing.documents)
    if outcome not in {_OUTCOME.PUBLISHED, _OUTCOME.KNOWN}:
        if known is not None:  # what its contract says now is not public: nothing more is traded under what it said
            await _move(tx, importing, known, model.MarketStatus.ACTIVE, model.MarketStatus.INACTIVE)
        return outcome.value
    before = (await repo.of_instruments(tx, [known])).get(known) if known else None
    if before is None:
        return await _list(tx, deal, importing, market, event, text)
    return await _change(tx, deal, importing, before, market, text)


def _row(
    deal: Dealing, instrument: UUID, market: model.Market, event: model.Event | dealing.Market, hashed: bytes
) -> dealing.Market:
    codes = (event.ticker, event.series) if isinstance(event, model.Event) else (event.event, event.series)
    return dealing.Market(
        venue=deal.name,
        market=market.ticker,
        instrument=instrument,
        event=codes[0],
        series=codes[1],
        status=market.status,
        grid=market.grid,
        document=hashed,
        opens_at=market.opens_at,
        closes_at=market.closes_at,
    )


async def _list(
    tx: transaction.Tx,
    deal: Dealing,
    importing: Importing,
    market: model.Market,
    event: model.Event,
    text: Text,
) -> str:
    instrument = instruments_model.Instrument(
        ref=deal.ids.ref(),
        code=market.ticker,
        route=instruments_model.Route.OMNIBUS,
        product=instruments_model.Product.EVENT_CONTRACT,
        state=instruments_model.State.LISTED,
        tick_size=market.grid.tick_size,
        lot_size=market.grid.lot_size,
        price_max=market.grid.price_max,
        cap_lots=contracts.cap_lots(market.grid),
        opens_at=market.opens_at,
        closes_at=market.closes_at,
        document=text.document.hash,
        grid=_bands(market.grid),
    )
    await instruments.add(tx, instrument, importing.instruments)
    await _write(tx, _row(deal, instrument.ref, market, event, text.document.hash), deal.clock.now())
    if market.status not in _TRADES:
        await instruments.move(tx, instrument.ref, instruments_model.StateEvent.HALT, importing.instruments)
    return "listed"


async def _change(
    tx: transaction.Tx, deal: Dealing, importing: Importing, before: dealing.Market, market: model.Market, text: Text
) -> str:
    after = _row(deal, before.instrument, market, before, text.document.hash)
    told = await _tell(tx, deal, importing, after)
    if after == before:
        return "changed" if told else "unchanged"
    await _write(tx, after, deal.clock.now())
    await _move(tx, importing, before.instrument, before.status, market.status)
    return "changed"


async def _tell(tx: transaction.Tx, deal: Dealing, importing: Importing, market: dealing.Market) -> bool:
    """Give the instrument the market's terms; whether they were others. What may not change while orders are open, or
    once it has opened, is tried again with every import.
    """
    found = (await instruments.some(tx, [market.instrument])).get(market.instrument)
    if found is None or found.state not in instruments_rules.TRADING:
        return False
    wanted = instruments_model.Terms(
        price_max=market.grid.price_max,
        cap_lots=found.cap_lots,
        opens_at=market.opens_at if found.opens_at > deal.clock.now() else found.opens_at,
        closes_at=market.closes_at,
        document=market.document,
        grid=_bands(market.grid),
    )
    if wanted == instruments_rules.terms(found):
        return False
    try:
        await instruments.change(tx, found.ref, wanted, deal.clock.now(), importing.instruments, importing.orders)
    except instruments_model.BadChange as refusal:
        telemetry.emit(NOT_CHANGED, "warning", instrument=found.ref, code=telemetry.Word(refusal.code))
        return False
    return True


def _bands(grid: model.Grid) -> tuple[instruments_model.Band, ...]:
    return tuple(instruments_model.Band(*each) for each in contracts.bands(grid))


async def _write(tx: transaction.Tx, market: dealing.Market, now: datetime) -> None:
    await repo.put(tx, market, now)
    await audit.write(
        tx, entries.MarketImported(market.instrument, _STATUSES.index(market.status) + 1, market.document)
    )


async def _move(
    tx: transaction.Tx,
    importing: Importing,
    instrument: UUID,
    before: model.MarketStatus,
    after: model.MarketStatus,
) -> None:
    """The instrument's state follows the market's, and only where that moved: an operator's own halt stays."""
    found = (await instruments.some(tx, [instrument])).get(instrument)
    if found is None:
        return
    state, event = instruments_model.State, instruments_model.StateEvent
    trading = found.state in instruments_rules.TRADING
    if after in _OVER and trading:
        await instruments.move(tx, instrument, event.CLOSE, importing.instruments)
    if after is model.MarketStatus.FINALIZED and (trading or found.state is state.CLOSED):
        await instruments.move(tx, instrument, event.RESOLVE, importing.instruments)
    elif after in _TRADES and before not in _TRADES and found.state is state.HALTED:
        await instruments.move(tx, instrument, event.RESUME, importing.instruments)
    elif after in _HALTS and before in _TRADES and found.state is state.LISTED:
        await instruments.move(tx, instrument, event.HALT, importing.instruments)
