"""Follows the execution stack's register, keeps the documents, and says what can be traded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.gate import ports
from customer_stack.markets import model, repo, rules


class Register:
    """What the gate tells of instruments and documents (`gate.ports.Markets`)."""

    async def published(self, tx: transaction.Tx, documents: Sequence[ports.Published]) -> None:
        columns = [(each.document, each.size, each.kind) for each in documents]
        hashes, sizes, kinds = (list(column) for column in zip(*columns, strict=True))
        await repo.add_documents(tx, hashes, sizes, kinds)

    async def listed(self, tx: transaction.Tx, listings: Sequence[ports.Listing]) -> None:
        for each in listings:
            await repo.put(
                tx,
                model.Instrument(
                    ref=each.instrument,
                    route=each.route,
                    product=each.product,
                    state=model.State.LISTED,
                    tick_size=each.tick_size,
                    lot_size=each.lot_size,
                    price_max=each.price_max,
                    cap_lots=each.cap_lots,
                    opens_at=each.opens_at,
                    closes_at=each.closes_at,
                    document=each.document,
                    grid=each.grid,
                ),
            )

    async def state_changed(self, tx: transaction.Tx, instrument: UUID, state: str) -> None:
        await repo.set_state(tx, instrument, model.State(state))


class Quotes:
    """What the gate tells of prices (`gate.ports.Quotes`): the newest state replaces the one before, nothing is kept."""

    async def heard(
        self, tx: transaction.Tx, place: tuple[int, int], quotes: Sequence[ports.Quote], *, anew: bool, now: datetime
    ) -> None:
        if not await repo.reach(tx, *place, now):
            return
        if anew:
            await repo.forget_quotes(tx, [each.instrument for each in quotes])
        if quotes:
            await repo.put_quotes(tx, [_quote(each) for each in quotes])


def _quote(heard: ports.Quote) -> model.Quote:
    state = model.State(heard.state) if heard.state is not None else None
    return model.Quote(**msgspec.structs.asdict(heard) | {"state": state})


async def quotes(tx: transaction.Tx, after: UUID, limit: int) -> tuple[datetime | None, list[model.Quote]]:
    """When the feed was heard last, and quotes in the order of their instruments, behind one of them."""
    return await repo.heard_at(tx), await repo.quotes(tx, after, limit)


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return await repo.every(tx)


async def page(tx: transaction.Tx, search: model.Search, after: UUID, limit: int) -> list[model.Listed]:
    """Instruments that were asked for, in the order of their references, behind one of them."""
    return await repo.page(tx, search, after, limit)


async def one(tx: transaction.Tx, ref: UUID) -> model.Listed:
    found = (await repo.some(tx, [ref])).get(ref)
    if found is None:
        raise model.UnknownInstrument("there is no such instrument")
    return found


async def document_of(tx: transaction.Tx, ref: UUID) -> model.Held:
    """The public document of an instrument, as it was recomputed here."""
    found = await repo.held(tx, (await one(tx, ref)).instrument.document)
    if found is None:
        raise model.NoDocument("the document of this instrument is not here")
    return found


async def untradable(tx: transaction.Tx, refs: Sequence[UUID]) -> Mapping[UUID, model.Untradable]:
    """Those among the instruments for which an intent must be refused, with the reason."""
    found = await repo.some(tx, sorted(set(refs)))
    reasons = {ref: rules.untradable(found.get(ref)) for ref in refs}
    return {ref: reason for ref, reason in reasons.items() if reason is not None}


class Trading:
    """What the gate asks before an intent leaves (`gate.ports.Trading`)."""

    async def require_tradable(self, tx: transaction.Tx, instrument: UUID) -> None:
        await require_tradable(tx, instrument)


async def require_tradable(tx: transaction.Tx, ref: UUID) -> None:
    reason = (await untradable(tx, [ref])).get(ref)
    if reason is not None:
        raise model.NotTradable("this instrument cannot be traded now", reason=reason.value)


async def due(tx: transaction.Tx, now: datetime, limit: int) -> list[model.Wanted]:
    """Documents that are to be pulled now."""
    return await repo.due(tx, now, limit)


async def hold(tx: transaction.Tx, wanted: model.Wanted, media_type: str, content: bytes) -> None:
    if await repo.hold(tx, wanted.hash, media_type, content):
        await audit.write(tx, model.DocumentHeld(wanted.hash, len(content)))


async def postpone(tx: transaction.Tx, wanted: model.Wanted, refusal: errors.Refusal, now: datetime) -> None:
    """Ask again later. That bytes came which are not to be shown is written down, the first time."""
    refused = not isinstance(refusal, errors.Unavailable)
    state = model.DocumentState.REFUSED if refused else wanted.state
    until = now + rules.patience(wanted.attempts, refused=refused)
    if await repo.postpone(tx, wanted.hash, state, refusal.code, until) and state is not wanted.state:
        await audit.write(tx, model.DocumentRefused(wanted.hash, refusal.code))
